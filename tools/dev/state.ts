import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The processes whose pids dev.json names; null: not running, or not a process of ours. */
export const PARTS = ['server', 'gateway', 'importer', 'serverDp', 'mongodb', 'rabbitmq'] as const;
export type Part = (typeof PARTS)[number];

/** What `dev.json` in the state folder holds, for programs that want to talk to a running `npm start`. */
export interface DevFile {
  readonly serverUrl: string;
  readonly gatewayUrl: string;
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly apiToken: string;
  readonly mongodbUri: string;
  readonly amqpUrl: string;
  readonly amqpManagementUrl: string;
  readonly pids: Readonly<Record<Part, number | null>>;
}

/** Who administers here: made at the first start, kept for every later one. */
export interface Secrets {
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly apiToken: string;
}

export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
    mkdirSync(this.path, { recursive: true, mode: 0o700 }); // keys and passwords are in here
  }

  in(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** dev.json of the last start; undefined when there was none. */
  read(): DevFile | undefined {
    const file = this.in('dev.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DevFile) : undefined;
  }

  write(content: DevFile): void {
    const file = this.in('dev.json');
    // moved into place, so that a reader never sees half of it
    writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** As given by ADMIN_USER, ADMIN_PASSWORD and API_TOKEN, else kept, else new. */
  secrets(env: NodeJS.ProcessEnv): Secrets {
    const kept = this.read();
    return {
      adminUser: env.ADMIN_USER ?? kept?.adminUser ?? 'admin',
      adminPassword: env.ADMIN_PASSWORD ?? kept?.adminPassword ?? randomBytes(15).toString('base64url'),
      apiToken: env.API_TOKEN ?? kept?.apiToken ?? `rlp_${randomBytes(32).toString('base64url')}`,
    };
  }
}
