import { Injectable } from '@nestjs/common';
import {
  type CallPattern,
  type Calls,
  IMPORTER_RPC,
  type TestDirectoryAnswer,
  type TestDirectoryCall,
} from '#contract';
import {
  DIRECTORY_PASSWORD_INFO,
  DomainError,
  passwordBinding,
  type Directory,
  type DirectoryId,
} from '#domain';
import { BrokerUnavailable, RpcClient } from '#messaging';
import { publicKeyFromText, sealingKeyId, sealText } from '#sealing';

/** As long as a call lies on the queue. */
const KEY_MS = 10_000;
/** A test of a directory that does not answer takes its time: five steps with patience of their own. */
const TEST_MS = 60_000;

/** What only the importers can do: open bind passwords and speak to directories. */
@Injectable()
export class Importers {
  constructor(private readonly rpc: RpcClient) {}

  /**
   * Seals a bind password to the importers' key.
   *
   * @throws DomainError UNAVAILABLE while no importer runs: only importers know their key
   */
  async seal(
    directory: Pick<Directory, 'id' | 'url' | 'startTls'>,
    password: string,
  ): Promise<Directory['sealedPassword']> {
    const { key: text } = await this.call(IMPORTER_RPC.key, {}, KEY_MS);
    const key = publicKeyFromText('x25519', text);
    if (!key) throw new Error('the importers told a key that is none');
    const keyId = sealingKeyId(key);
    const binding = passwordBinding(directory, keyId);
    return { keyId, blob: sealText(key, DIRECTORY_PASSWORD_INFO, binding, password) };
  }

  test(directory: DirectoryId): Promise<TestDirectoryAnswer> {
    const call: TestDirectoryCall = { directory };
    return this.call(IMPORTER_RPC.testDirectory, call, TEST_MS);
  }

  private async call<Pattern extends CallPattern>(
    pattern: Pattern,
    request: Calls[Pattern]['request'],
    timeoutMs: number,
  ): Promise<Calls[Pattern]['response']> {
    try {
      return await this.rpc.call(pattern, request, timeoutMs);
    } catch (error) {
      if (!(error instanceof BrokerUnavailable)) throw error;
      throw new DomainError('UNAVAILABLE', 'import.noImporter', { why: error.message });
    }
  }
}
