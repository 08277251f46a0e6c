import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import { bound } from '../../tools/testing/bound-process.js';

const ROOT = join(__dirname, '..', '..');
/** What programs have of a test's environment: what is not said here they do not know. */
const OURS = Object.fromEntries(
  ['PATH', 'NODE_COMPILE_CACHE']
    .map((name) => [name, process.env[name] ?? ''])
    .filter(([, value]) => value !== ''),
);
/** Longest a graceful stop may take before the process is killed. */
const STOP_MS = 15_000;

/** One program of the product as a process of its own, started from `dist` the way production starts it. */
export class Program {
  private child: ChildProcess | undefined;
  /** What its command line becomes where it is to run within something else, such as the names of another network. */
  within: (command: string, args: string[]) => [string, string[]] = (command, args) => [command, args];
  /** Checkout of the version that it is started from; this one by default. */
  root = ROOT;

  constructor(
    readonly name: string,
    private readonly script: string,
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
    private readonly logFile: string,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Memory that the process has resident, in MiB (Linux). */
  residentMiB(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  }

  /** Its arguments and environment as every process of its user sees them (Linux). */
  seenByOthers(): string {
    return ['cmdline', 'environ']
      .map((name) => readFileSync(`/proc/${this.pid}/${name}`, 'latin1'))
      .join(' ');
  }

  start(): void {
    if (this.isRunning) throw new Error(`${this.name} runs already`);
    mkdirSync(join(this.logFile, '..'), { recursive: true });
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const [command, args] = this.within(process.execPath, [resolve(this.root, this.script), ...this.args]);
    const child = spawn(...bound(command, args), {
      env: { ...OURS, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.child = child;
  }

  /** SIGKILL: what a power cut or the kernel's memory killer does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** SIGTERM, and the exit code it led to. */
  async stop(): Promise<number | null> {
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), STOP_MS);
    try {
      return await this.end('SIGTERM');
    } finally {
      clearTimeout(timer);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** What its filter for errors had no other name for than INTERNAL, whoever asked: answers with 500. */
  faults(): string[] {
    if (!existsSync(this.logFile)) return [];
    return this.log()
      .split('\n')
      .filter((line) => line.includes('"msg":"request failed"'));
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (!child || !this.isRunning) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }
}

/** Runs a program to its end. */
export async function runToEnd(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(...bound(process.execPath, [join(ROOT, script), ...args]), {
    env: { ...OURS, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
