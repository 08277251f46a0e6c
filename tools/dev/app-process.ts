import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PidFile } from '../peers/pid-file.ts';
import { say, showOutputOf } from './terminal.ts';

const LONG_ENOUGH = 60_000;

/** The pauses before restarts: 1 s, 2 s, and 5 s from then on; a process that ran for a minute begins anew. */
export class RestartPauses {
  private deaths = 0;

  /** Seconds until the next start of a process that ran for so many milliseconds. */
  next(ran: number): number {
    if (ran > LONG_ENOUGH) this.deaths = 0;
    this.deaths += 1;
    return this.deaths === 1 ? 1 : this.deaths === 2 ? 2 : 5;
  }
}

/** One of our processes while it is wanted: what it is started with, where its pid and its log are kept. */
export interface AppOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly pidFile: string;
  readonly log: string;
  /** Called with the new pid after each start. */
  readonly onStart: (pid: number) => void;
}

/** A Node process that is started again when it dies, until it is stopped. */
export class AppProcess {
  private readonly options: AppOptions;
  private readonly pidFile: PidFile;
  private child: ChildProcess | undefined;
  private wanted = true;
  private readonly pauses = new RestartPauses();
  private readonly stopping = new AbortController();

  constructor(options: AppOptions) {
    this.options = options;
    this.pidFile = new PidFile(options.pidFile);
    mkdirSync(dirname(options.pidFile), { recursive: true });
    mkdirSync(dirname(options.log), { recursive: true });
  }

  /** Ends what an earlier run left behind, then starts. */
  async start(): Promise<void> {
    await this.pidFile.end(10_000);
    this.launch();
  }

  /** SIGTERM, and SIGKILL after 15 s; it is not started again. */
  async stop(): Promise<void> {
    this.wanted = false;
    this.stopping.abort();
    await this.pidFile.end(15_000);
    // the kernel shows the end before Node hears of it
    for (let waited = 0; this.running && waited < 5_000; waited += 25) await sleep(25);
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private launch(): void {
    const { name, args, cwd, env, log, onStart } = this.options;
    const began = Date.now();
    // a session of its own: Ctrl-C is for this program, which stops the others in order
    const child = spawn(process.execPath, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const file = createWriteStream(log, { fd: openSync(log, 'a', 0o600) });
    const show = showOutputOf(name);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', show);
      stream.on('data', (part: Buffer) => file.write(part));
    }
    child.once('error', (error) => say(`${name} could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      file.end();
      if (this.wanted) void this.startAgain(`${name} ended (${signal ?? `exit code ${code}`})`, began);
    });
    if (child.pid !== undefined) {
      this.pidFile.write(child.pid);
      onStart(child.pid);
    }
  }

  private async startAgain(what: string, began: number): Promise<void> {
    const seconds = this.pauses.next(Date.now() - began);
    say(`${what}; it is started again in ${seconds} s`);
    await sleep(seconds * 1000, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    if (this.wanted) this.launch();
  }
}
