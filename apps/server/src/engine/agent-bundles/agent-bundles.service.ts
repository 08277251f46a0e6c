import { Inject, Injectable } from '@nestjs/common';
import {
  type AgentBundleAnswer,
  agentBundleText,
  type AgentFileAnswer,
  signedAgentBundleText,
} from '#contract';
import { DomainError } from '#domain';
import { constantTimeEquals } from '#sealing';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { BundleFolder, type ServedFile } from './bundle-folder.js';

/** Milliseconds in which a download has to begin. */
const GOOD_FOR_MS = 60_000;

/**
 * Hands the agent's program out, through gateways. What it says of a version is signed by the key that DPs know: a gateway that
 * is not to be trusted can withhold a version, but not make one.
 */
@Injectable()
export class AgentBundlesService {
  private readonly folder: BundleFolder;

  constructor(
    private readonly keys: ServerKeys,
    @Inject(SERVER_ENV) env: ServerEnv,
  ) {
    this.folder = new BundleFolder(env.DP_BUNDLE_DIR);
  }

  /** Versions that can be installed from here, the newest first. */
  versions(): Promise<string[]> {
    return this.folder.versions();
  }

  /**
   * @param version null: the newest
   * @throws DomainError NOT_FOUND
   */
  async signed(version: string | null): Promise<AgentBundleAnswer> {
    const wanted = version ?? (await this.folder.versions())[0];
    const bundle = wanted === undefined ? null : await this.folder.bundle(wanted);
    if (!bundle) throw new DomainError('NOT_FOUND', 'notFound.agentBundle');
    const body = agentBundleText(bundle);
    const text = signedAgentBundleText({
      body,
      key: this.keys.serverKey,
      signature: this.keys.signText(body),
    });
    return { text };
  }

  /** @throws DomainError NOT_FOUND */
  async permit(name: string, now: Date): Promise<AgentFileAnswer> {
    await this.find(name);
    const until = String(now.getTime() + GOOD_FOR_MS);
    const token = this.keys.token('agent-file', name, until);
    return { path: `/internal/agent-files/${encodeURIComponent(name)}?until=${until}&token=${token}` };
  }

  /** @throws DomainError FORBIDDEN when the path was not made by {@link permit}, or too long ago; NOT_FOUND */
  async open(name: string, until: string, token: string, now: Date): Promise<ServedFile> {
    const isOurs = constantTimeEquals(token, this.keys.token('agent-file', name, until));
    if (!isOurs || Number(until) < now.getTime()) {
      throw new DomainError('FORBIDDEN', 'releaseFile.downloadRefused');
    }
    return this.find(name);
  }

  private async find(name: string): Promise<ServedFile> {
    const file = await this.folder.file(name);
    if (!file) throw new DomainError('NOT_FOUND', 'notFound.agentBundle');
    return file;
  }
}
