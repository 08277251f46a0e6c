import { execFile, execFileSync, type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { WireOrder, WireRelease } from '#contract';
import { sha256 } from '#sealing';
import { stringify } from 'yaml';
import { bound } from '../../../tools/testing/bound-process.js';
import type { TestGateway } from './gateway.js';

const MAIN = resolve('apps/dp-agent/src/main.ts');
const LOADER = resolve('apps/dp-agent/testing/source-loader.mjs');

/** The agent as a process of its own, on a state folder of its own. */
export class TestAgent {
  readonly state = mkdtempSync(join(tmpdir(), 'dp-agent-'));
  private child: ChildProcess | null = null;
  private ended: Promise<number | null> = Promise.resolve(null);
  output = '';
  /** Names the state folder as seen from the one above it, where the agent is started. */
  isRelative = false;
  /** Makes of the command line of `run` another one that ends up in it. */
  within: (command: string, args: readonly string[]) => [string, string[]] = (command, args) => [
    command,
    [...args],
  ];
  /** Further environment of the process. */
  environment: Record<string, string> = {};

  /** Writes `config.yaml`. */
  configure(config: object): void {
    writeFileSync(join(this.state, 'config.yaml'), stringify(config));
  }

  /** Runs one command to its end. */
  command(...args: string[]): Promise<{ code: number; text: string }> {
    return new Promise((done) => {
      const argv = [...this.argv(), ...args, '--state', this.stateAsSaid()];
      execFile(
        process.execPath,
        argv,
        { cwd: this.folder(), env: { ...process.env, ...this.environment } },
        (error, stdout, stderr) => {
          done({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
        },
      );
    });
  }

  /** Enrols at the gateway; throws with what the agent said when that fails. */
  async join(gateway: TestGateway): Promise<void> {
    const { code, text } = await this.command(...this.joinCommand(gateway));
    if (code !== 0) throw new Error(text);
  }
  joinCommand(gateway: TestGateway): string[] {
    return ['join', '--gateway', gateway.url, '--token', 't', '--server-key', gateway.serverKeyFingerprint];
  }

  start(): void {
    const [command, args] = this.within(process.execPath, [
      ...this.argv(),
      'run',
      '--state',
      this.stateAsSaid(),
    ]);
    const child = spawn(...bound(command, args), {
      cwd: this.folder(),
      stdio: 'pipe',
      env: { ...process.env, ...this.environment },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((done) => child.once('exit', done));
    this.child = child;
  }

  /** Sends a signal and waits for the end; the exit code, null when the signal ended it. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.child?.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    const code = await this.ended;
    this.child = null;
    return code;
  }

  journal(): string {
    return readFileSync(join(this.state, 'journal'), 'utf8');
  }

  private stateAsSaid(): string {
    return this.isRelative ? basename(this.state) : this.state;
  }

  private folder(): string | undefined {
    return this.isRelative ? dirname(this.state) : undefined;
  }

  private argv(): string[] {
    return [
      '--conditions=relaypoint-source',
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
      '--import',
      LOADER,
      MAIN,
    ];
  }
}

/** Packs the real client and offers it at the gateway as a release. */
export function offerClient(gateway: TestGateway, version?: string): WireRelease {
  return withFolder((out) => {
    const args = [
      'tools/client-pack.mjs',
      '--out',
      out,
      ...(version === undefined ? [] : ['--version', version]),
    ];
    const [path = ''] = execFileSync(process.execPath, args, { encoding: 'utf8' }).split(' ');
    const name = path.split('/').at(-1) ?? '';
    return offer(gateway, readFileSync(path), /client-(.*)-linux/.exec(name)?.[1] ?? '', name);
  });
}

/** Offers a release whose installer is the given shell script. */
export function offerScript(gateway: TestGateway, version: string, script: string): WireRelease {
  return withFolder((folder) => {
    mkdirSync(join(folder, 'r'));
    writeFileSync(join(folder, 'r', 'install.sh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    // the same script is the same file, whatever the time
    execFileSync('tar', ['--mtime=@0', '-czf', join(folder, 'r.tar.gz'), '-C', join(folder, 'r'), '.']);
    return offer(gateway, readFileSync(join(folder, 'r.tar.gz')), version, 'r.tar.gz');
  });
}

/** Does something with a folder that is gone afterwards. */
function withFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Offers a setup program for Windows as a release. */
export function offerSetup(
  gateway: TestGateway,
  { version, platform, setup }: { version: string; platform: string; setup: string },
  args: string[] = [],
): WireRelease {
  const bytes = readFileSync(setup);
  const name = basename(setup);
  const url = `/dp/v1/releases/${version}/files/${name}`;
  gateway.files.set(url, bytes);
  const install = { install: 'relaypoint-setup.exe', args, successCodes: [0], restartCodes: [3010, 1641] };
  return {
    version,
    files: [{ platform, name, url, size: bytes.length, sha256: sha256(bytes) }],
    platforms: { [platform]: install },
  };
}

function offer(gateway: TestGateway, bytes: Buffer, version: string, name: string): WireRelease {
  const url = `/dp/v1/releases/${version}/files/${name}`;
  gateway.files.set(url, bytes);
  return {
    version,
    files: [{ platform: 'linux', name, url, size: bytes.length, sha256: sha256(bytes) }],
    platforms: { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [194] } },
  };
}

let number = 0;

/** An order that the DP of a test gateway would get. */
export function orderFor(gateway: TestGateway, changes: Partial<WireOrder> = {}): WireOrder {
  number++;
  const order = `order-${process.pid}-${number}`;
  return {
    order,
    dp: gateway.dp,
    attempt: 1,
    fence: 1,
    leaseUntil: new Date(Date.now() + 60_000).toISOString(),
    kind: 'install-client',
    computer: { name: `PC-${number}`, fqdn: null, address: null },
    release: null,
    accounts: [],
    registration: { url: `${gateway.url}/client/v1/register`, token: `${order}.tok_0123456789abcdef0123` },
    method: { kinds: ['ssh', 'local'], port: 22, hostKey: { policy: 'pin', known: null } },
    restart: 'never',
    deadline: new Date(Date.now() + 3_600_000).toISOString(),
    verify: false,
    ...changes,
  };
}
