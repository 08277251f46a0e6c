import { randomBytes } from 'node:crypto';
import type { WireOrder } from '#contract';
import { classify } from '../../failures/failure-table.js';
import { type Phase, StepFailed } from '../../failures/failure.js';
import { type Fitting, type HostFacts, parseRunState, type RunState } from '../host-facts.js';
import type { RemoteComputer, RunReport } from '../remote-computer.js';
import { CLEAN, DISCARD, KILL, LOOK, RESTART, STAGE, START, UNINSTALL, WAIT } from './posix-scripts.js';
import type { CommandResult, ComputerSession } from './session.js';

/** A computer with a POSIX shell: everything is done by scripts, over whatever session runs them there as root. */
export class PosixComputer implements RemoteComputer {
  private closed = false;
  private reconnecting: Promise<void> | null = null;
  /** Names what this agent brings for the attempt. */
  private readonly bringer = randomBytes(6).toString('hex');

  constructor(
    private session: ComputerSession,
    private readonly order: WireOrder,
  ) {}

  get secret(): ComputerSession['secret'] {
    return this.session.secret;
  }
  get facts(): ComputerSession['facts'] {
    return this.session.facts;
  }

  async look(): Promise<HostFacts> {
    return hostFacts(await this.run('check', LOOK, this.key()));
  }

  async stage({ file }: Fitting, path: string): Promise<void> {
    await this.run('stage', STAGE, [...this.key(), this.bringer, file.sha256], { file: path });
  }

  async start({ install }: Fitting): Promise<void> {
    const { registration } = this.order;
    const lines = registration ? `url=${registration.url}\ntoken=${registration.token}\n` : '';
    const input = Buffer.from(lines);
    try {
      await this.run(
        'install',
        START,
        [...this.key(), this.bringer, install.install, ...install.args],
        input,
      );
    } finally {
      input.fill(0);
    }
  }

  async wait(attempt: number, seconds: number): Promise<RunReport> {
    return readRun(await this.run('install', WAIT, [...this.key(attempt), `${seconds}`]));
  }

  async end(attempt: number): Promise<RunReport> {
    return readRun(await this.run('install', KILL, this.key(attempt)));
  }

  async clean(): Promise<void> {
    await this.session.runAsAdmin(CLEAN, this.key());
  }

  async discard(): Promise<void> {
    await this.session.runAsAdmin(DISCARD, [...this.key(), this.bringer]);
  }

  prepareRestart(): Promise<void> {
    return Promise.resolve();
  }

  async restart(): Promise<void> {
    await this.run('restart', RESTART, this.key());
  }

  async uninstall(): Promise<RunReport> {
    const { stdout } = await this.run('install', UNINSTALL, this.key());
    return { state: { is: 'ended', code: 0 }, log: stdout };
  }

  /** Two that ask for it at the same time get the same one. */
  reconnect(): Promise<void> {
    this.reconnecting ??= this.openAgain().finally(() => (this.reconnecting = null));
    return this.reconnecting;
  }

  private async openAgain(): Promise<void> {
    const before = this.session;
    const fresh = await before.reopen();
    if (fresh === before) return;
    before.close();
    if (this.closed) fresh.close();
    else this.session = fresh;
  }

  close(): void {
    this.closed = true;
    this.session.close();
  }

  private async run(
    phase: Phase,
    script: string,
    args: readonly string[],
    input?: Buffer | { readonly file: string },
  ): Promise<CommandResult> {
    const ran = await this.session.runAsAdmin(script, args, input);
    if (ran.code === 0) return ran;
    throw shellFailed(phase, ran);
  }

  private key(attempt = this.order.attempt): string[] {
    return [this.order.order, `${attempt}`];
  }
}

/** Reads the name=value lines of the script LOOK. */
function hostFacts({ stdout }: CommandResult): HostFacts {
  const lines = stdout.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  const values = new Map(lines);
  const runs = lines.flatMap(([name, value]): [number, RunState][] => {
    const state = name.startsWith('run.') ? parseRunState(value) : null;
    return state ? [[Number(name.slice(4)), state]] : [];
  });
  const free = Number(values.get('freeKiB') || NaN);
  return {
    os: values.get('os') ?? '',
    arch: values.get('arch') ?? '',
    hostname: values.get('hostname') ?? '',
    bootId: values.get('bootId') ?? '',
    clientVersion: values.get('clientVersion') ?? '',
    freeKiB: Number.isFinite(free) ? free : null,
    runs: new Map(runs),
  };
}

/** Reads what the scripts WAIT and KILL print: the state, then the last of the output. */
function readRun(ran: CommandResult): RunReport {
  const end = ran.stdout.indexOf('\n');
  const state = parseRunState(ran.stdout.slice(0, end)) ?? { is: 'dead' };
  return { state, log: ran.stdout.slice(end + 1) };
}

/** What a script of ours said on its way out, as the failure of a phase. */
function shellFailed(phase: Phase, ran: CommandResult): StepFailed {
  const text = ran.stderr.trim().slice(-1000) || ran.stdout.trim().slice(-1000);
  const native = { system: 'shell', code: ran.signal ?? `${ran.code}`, text };
  return new StepFailed(phase, classify(native, phase), native);
}
