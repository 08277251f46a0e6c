import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import {
  loadOrCreateKeyFile,
  loadOrCreateSecretFile,
  serverKeyFingerprint,
  tokenKeyFingerprint,
} from '#sealing';
import { createDatabase, type TestDatabase } from '../../../tools/testing/database.js';
import { COMMANDS } from '../src/commands.js';
import { exitCodeOf } from '../src/program/run-program.js';
import { SIGNING_FILE, TOKEN_FILE } from '../src/keys/key-files.js';

/** What a command came to. */
export interface Ended {
  code: number;
  /** Standard output. */
  out: string;
  /** Standard error. */
  said: string;
}

/** A database and a state folder of their own, on which the commands run in this process. */
export class AdminStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'admin-'));
  readonly database: TestDatabase = createDatabase();
  private readonly client = new mongo.MongoClient(this.database.uri, { retryWrites: false });

  get db(): mongo.Db {
    return this.client.db();
  }

  get state(): string {
    return join(this.folder, 'state');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Keys as a server makes them at its first start, and the record of them. */
  async withKeys(): Promise<string> {
    const folder = join(this.state, 'keys');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { publicKey } = await loadOrCreateKeyFile(join(folder, SIGNING_FILE), 'ed25519');
    const token = await loadOrCreateSecretFile(join(folder, TOKEN_FILE));
    await loadOrCreateKeyFile(join(folder, 'importer.x25519.pem'), 'x25519');
    const signing = serverKeyFingerprint(publicKey);
    const record = {
      signing,
      token: tokenKeyFingerprint(token),
      first: signing,
      since: new Date(),
      revision: 0,
    };
    await this.db.collection<{ _id: string }>('installation').insertOne({ _id: 'server-keys', ...record });
    return signing;
  }

  /** @param env beside what leads to the database and the state folder */
  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}, signal?: AbortSignal): Promise<Ended> {
    const said = { out: '', terminal: '' };
    const code = await exitCodeOf(COMMANDS, args, {
      env: {
        MONGODB_URI: this.database.uri,
        MONGODB_STAND_IN: this.database.standIn ? '1' : '0',
        RELAYPOINT_STATE: this.state,
        ...env,
      },
      signal: signal ?? new AbortController().signal,
      out: { write: (text: string | Uint8Array) => Boolean((said.out += String(text))) },
      terminal: {
        isTTY: false,
        write: (text: string | Uint8Array) => Boolean((said.terminal += String(text))),
      },
    });
    return { code, out: said.out, said: said.terminal };
  }

  async end(): Promise<void> {
    await this.client.close();
    await this.database.drop();
    rmSync(this.folder, { recursive: true });
  }
}
