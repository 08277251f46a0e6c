import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PidFile } from '../peers/pid-file.ts';
import { tail } from '../peers/background.ts';
import { say, showOutputOf } from './terminal.ts';

const LONG_ENOUGH = 60_000;
/** Bytes; a longer log is put aside at the next start, in place of the one before. */
const LONGEST_LOG = 20e6;
/** A process that dies so often before it was ready once will not come up by itself. */
const ATTEMPTS_TO_BE_READY = 3;

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
  /** The script and its arguments. */
  readonly args: readonly string[];
  /** Node's own, before the script. */
  readonly nodeArgs?: readonly string[];
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
  /** Whether the process that runs now has said that it listens. */
  private listening = false;
  private wasReady = false;
  private attempts = 0;
  private wanted = true;
  private pauses = new RestartPauses();
  /** Ends the pause before a restart. */
  private pause = new AbortController();
  /** Its end is wanted, because it is to be started with another build. */
  private replacing = false;
  private readonly stopping = new AbortController();

  constructor(options: AppOptions) {
    this.options = options;
    this.pidFile = new PidFile(options.pidFile);
    mkdirSync(dirname(options.pidFile), { recursive: true });
    mkdirSync(dirname(options.log), { recursive: true });
    const size = statSync(options.log, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LONGEST_LOG) renameSync(options.log, `${options.log}.before`);
  }

  /** Ends what an earlier run left behind, then starts. */
  async start(): Promise<void> {
    await this.pidFile.end(10_000);
    this.launch();
  }

  /**
   * Waits until the process has said that it listens and answers at its URL that it is ready. Its own word is needed:
   * another program may have taken the port in its place.
   *
   * @throws Error with what it last said, when it cannot be started or is not ready in time
   */
  async ready(url: string, milliseconds = 60_000): Promise<void> {
    const { name, log } = this.options;
    const until = Date.now() + milliseconds;
    let last = 'it does not listen yet';
    while (this.wanted && !this.wasReady) {
      if (this.attempts >= ATTEMPTS_TO_BE_READY && !this.running)
        throw new Error(`${name} ends whenever it is started. The last lines of ${log}:\n${tail(log, 5)}`);
      if (this.listening) last = (await notReady(url)) ?? 'ready';
      if (this.listening && last === 'ready') this.wasReady = true;
      else if (Date.now() > until)
        throw new Error(`${name} was not ready within ${milliseconds / 1000} s: ${last}`);
      else await sleep(100, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** SIGTERM, and SIGKILL after 15 s; it is not started again. */
  async stop(): Promise<void> {
    this.wanted = false;
    this.stopping.abort();
    await this.pidFile.end(15_000);
    // the kernel shows the end before Node hears of it
    for (let waited = 0; this.running && waited < 5_000; waited += 25) await sleep(25);
  }

  /** Ends it in order and starts it with what is built now; one that waits for its next start is started at once. */
  async restart(): Promise<void> {
    this.pauses = new RestartPauses();
    const { child } = this;
    if (child === undefined || !this.running) {
      this.pause.abort();
      return;
    }
    this.replacing = true;
    const closed = once(child, 'close');
    await this.pidFile.end(15_000);
    await closed;
    this.replacing = false;
    this.launch();
  }

  get name(): string {
    return this.options.name;
  }

  /** Which script of `dist/` it runs. */
  get script(): string {
    return this.options.args[0] ?? '';
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private launch(): void {
    if (!this.wanted) return;
    const { name, nodeArgs = [], args, cwd, env, log, onStart } = this.options;
    const began = Date.now();
    // a session of its own: Ctrl-C is for this program, which stops the others in order
    const child = spawn(process.execPath, [...nodeArgs, ...args], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    this.attempts += 1;
    child.on('message', (message) => {
      if (message === 'ready') this.listening = true;
    });
    const file = createWriteStream(log, { fd: openSync(log, 'a', 0o600) });
    file.once('error', (error) => say(`the log of ${name} cannot be written: ${error.message}`));
    const show = showOutputOf(name);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      stream.on('data', show);
      stream.on('data', (part: Buffer) => file.write(part));
    }
    child.once('error', (error) => say(`${name} could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      this.listening = false;
      file.end();
      if (this.wanted && !this.replacing)
        void this.startAgain(`${name} ended (${signal ?? `exit code ${code}`})`, began);
    });
    if (child.pid !== undefined) {
      this.pidFile.write(child.pid);
      onStart(child.pid);
    }
  }

  private async startAgain(what: string, began: number): Promise<void> {
    const seconds = this.pauses.next(Date.now() - began);
    say(`${what}; it is started again in ${seconds} s`);
    this.pause = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, this.pause.signal]);
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (this.wanted) this.launch();
  }
}

/** Why the program at a URL is not ready, in its words; undefined when it is. */
async function notReady(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    const text = await answer.text();
    return answer.ok ? undefined : `${answer.status} ${text}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
