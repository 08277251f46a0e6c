import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'ldapts';
import { anyFreePort } from '../peers/ports.ts';

const run = promisify(execFile);

const CACHE = resolve('.artifacts/ad-cache');

/** A computer as tools/peers/ad-directory.py made it. */
export interface ExpectedComputer {
  dn: string;
  sAMAccountName: string;
  dNSHostName: string | null;
  operatingSystem: string | null;
  enabled: boolean;
  /** Days since the last logon; null: never. */
  lastSeenDays: number | null;
  groups: string[];
}

/** A directory server of a test's own, started by one of tools/peers. */
class DirectoryServer {
  protected constructor(
    private readonly script: string,
    private readonly state: string,
    private readonly facts: ReadonlyMap<string, string>,
  ) {}

  /** The facts that `start` of the script prints. */
  protected static async run(
    script: string,
    state: string,
    args: readonly string[],
  ): Promise<Map<string, string>> {
    // one at a time: those that come while a domain is being made take it from the cache then
    mkdirSync(CACHE, { recursive: true });
    const lock = ['-o', join(CACHE, `${basename(script)}.lock`)];
    const { stdout } = await run('flock', [
      ...lock,
      process.execPath,
      script,
      'start',
      '--state',
      state,
      ...args,
    ]);
    const pairs = stdout
      .trim()
      .split(' ')
      .map((pair): [string, string] => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(at + 1)];
      });
    return new Map(pairs);
  }

  fact(key: string): string {
    const value = this.facts.get(key);
    if (value === undefined) throw new Error(`${this.script} said nothing of ${key}`);
    return value;
  }

  get ca(): string {
    return readFileSync(this.fact('CA_FILE'), 'utf8');
  }

  /** Ends it and forgets all that was in it. */
  async stop(): Promise<void> {
    await run(process.execPath, [this.script, 'wipe', '--state', this.state]);
  }
}

/**
 * A real Active Directory (Samba) with 60 computers. Making the domain takes a while, more on a busy machine: it is made
 * once and kept in `.artifacts`, and each start begins with it as it was made.
 */
export class TestDomain extends DirectoryServer {
  static async start(): Promise<TestDomain> {
    const script = resolve('tools/peers/ad.ts');
    const state = mkdtempSync(join(tmpdir(), 'ad-'));
    // an address for each process: Samba's ports are fixed
    const host = `127.88.${(process.pid >> 8) % 256}.${process.pid % 256 || 1}`;
    const facts = await DirectoryServer.run(script, state, ['--host', host, '--cache', CACHE]);
    return new TestDomain(script, state, facts);
  }

  get computers(): ExpectedComputer[] {
    const { computers } = JSON.parse(readFileSync(this.fact('EXPECTED'), 'utf8')) as {
      computers: ExpectedComputer[];
    };
    return computers;
  }

  /** A client with an administrator's rights; whoever asks for it ends it. */
  async administrator(): Promise<Client> {
    const client = new Client({ url: this.fact('LDAPS_URL'), tlsOptions: { ca: this.ca }, timeout: 60_000 });
    await client.bind(this.fact('ADMIN_DN'), this.fact('ADMIN_PASSWORD'));
    return client;
  }
}

/** OpenLDAP with a directory like AD's, which refuses more than 1,000 entries that are not asked for page by page. */
export class TestSlapd extends DirectoryServer {
  static async start(computers: number): Promise<TestSlapd> {
    const script = resolve('tools/peers/slapd.ts');
    const state = mkdtempSync(join(tmpdir(), 'slapd-'));
    const [port, ldapsPort] = [await anyFreePort(), await anyFreePort()];
    const ports = ['--port', `${port}`, '--ldaps-port', `${ldapsPort}`];
    const facts = await DirectoryServer.run(script, state, [...ports, '--computers', `${computers}`]);
    return new TestSlapd(script, state, facts);
  }
}
