import type { WireOrder, WireReleaseFile } from '#contract';
import { harmsByRepeating } from '../accounts/account-guard.js';
import { pause } from '../base/backoff.js';
import { ConnectionLost, type Phase, StepFailed } from '../failures/failure.js';
import { type Outcome, outcomeOf, type ExitCodes, exitCodesOf, failedBy, isSuccess } from './outcome.js';
import { compareVersions, type Fitting, fittingFile, type HostFacts, type RunState } from './host-facts.js';
import { stopHere, Stopped, type StopSignals, unlessStopped } from './method.js';
import { noWayBack, persevere } from './perseverance.js';
import type { RemoteComputer, RunReport } from './remote-computer.js';

/** What an installation needs from around it. */
export interface InstallationContext extends StopSignals {
  readonly order: WireOrder;
  /** Gives the path of a verified release file. */
  readonly fetchRelease: (file: WireReleaseFile) => Promise<string>;
  /** Puts on disk that something is about to be started on the computer. */
  readonly begun: () => Promise<void>;
  readonly progress: (phase: Phase) => Promise<void>;
  readonly now: () => number;
  /** Seconds to try to get back to a computer whose connection was lost. */
  readonly reconnectFor: number;
}

/** Seconds one look at a running installer waits for its end. */
const WAIT_SECONDS = 15;
/** Milliseconds between two signs of life while an installer runs; well below the lease. */
const SIGN_OF_LIFE = 60_000;
/** The archive, the unpacked release and the installed client, with room to spare. */
const SPACE_FACTOR = 5;
const SPACE_RESERVE_KIB = 64;

/** How often a run is asked to end; each time it has some seconds for it. */
const END_TRIES = 3;
/** Seconds after which cleaning up is tried again; nobody waits for it any more, and what stays is small. */
const CLEAN_WAITS = [0, 5, 30, null] as const;
/** Of an uninstallation; 1605: there is no such product (any more). */
const UNINSTALL_CODES: ExitCodes = { success: [0, 1605, 1641, 3010], restart: [] };

/**
 * The work on a computer once somebody is in: look → stage → check → install, seen to its end over as many connections as that
 * takes. What an earlier try of the same order left on the computer is looked at first, and taken over instead of
 * started again.
 */
export class Installation {
  private codes: ExitCodes;
  private lastSign = 0;
  private closed = false;
  /** It may run on: what is there is left for the next attempt to find. */
  private isLeft = false;
  /** What the computer said of itself at the end. */
  facts: Readonly<Record<string, string>> = {};

  constructor(
    private readonly computer: RemoteComputer,
    private readonly context: InstallationContext,
  ) {
    this.codes = exitCodesOf(context.order.release);
  }

  /** @throws StepFailed, Stopped, ConnectionLost (before anything was started) */
  async run(seen: HostFacts): Promise<Outcome> {
    const { order } = this.context;
    const earlier = this.earlierRun(seen);
    if (earlier) return this.follow(earlier.attempt, earlier.state, null);
    stopHere(this.context.signal);
    const { release } = order;
    if (!release) {
      const text = 'the order names no release';
      throw new StepFailed('check', 'DP_INTERNAL', { system: 'order', code: 'release', text });
    }
    if (order.kind === 'install-client' && isNewer(seen.clientVersion, release.version)) {
      return {
        state: 'succeeded',
        result: 'NEWER_INSTALLED',
        log: `version ${seen.clientVersion} is installed`,
      };
    }
    const fitting = fittingFile(release, seen);
    await this.stage(fitting, seen);
    await this.context.progress('check');
    stopHere(this.context.signal);
    this.checkDeadline();
    await this.context.begun();
    await this.context.progress('install');
    await this.start(fitting);
    const wasThere = seen.clientVersion === release.version;
    return this.follow(order.attempt, { is: 'running' }, wasThere ? 'ALREADY_INSTALLED' : null);
  }

  /** Removes the client. @throws StepFailed, Stopped, ConnectionLost */
  async uninstall(seen: HostFacts): Promise<Outcome> {
    const { attempt } = this.context.order;
    this.codes = UNINSTALL_CODES;
    const earlier = this.earlierRun(seen);
    if (earlier) return this.follow(earlier.attempt, earlier.state, null);
    stopHere(this.context.signal);
    await this.context.begun();
    await this.context.progress('install');
    const { state, log } = await this.computer.uninstall().catch((error: unknown): RunReport => {
      // it may have been started: what is on the computer says
      if (error instanceof ConnectionLost) return { state: { is: 'running' }, log: '' };
      throw error;
    });
    if (state.is === 'running') return this.follow(attempt, state, null);
    return outcomeOf(state, log, this.codes, null);
  }

  /** Removes what the order left on the computer; only once its outcome is in the journal, and never from under a run. */
  async clean(): Promise<void> {
    if (this.isLeft) return;
    for (const wait of CLEAN_WAITS) {
      try {
        await this.computer.clean();
        return;
      } catch (error) {
        const { leave } = this.context;
        if (wait === null || this.closed || leave.aborted) throw error;
        await pause(wait, leave);
        await this.reconnect();
      }
    }
  }

  /** Removes what was prepared and never started, unless the connection is gone. */
  discard(): Promise<void> {
    return this.closed ? Promise.resolve() : this.computer.discard();
  }

  /** @throws StepFailed where the computer cannot be restarted */
  prepareRestart(): Promise<void> {
    return this.computer.prepareRestart();
  }

  /** Restarts the computer; it answers no more soon after. */
  restart(): Promise<void> {
    return this.computer.restart();
  }

  close(): void {
    this.closed = true;
    this.computer.close();
  }

  /** The run that this attempt would repeat: its own, or an earlier one of the order that got through or still runs. */
  private earlierRun(seen: HostFacts): { attempt: number; state: RunState } | null {
    const { order } = this.context;
    const own = seen.runs.get(order.attempt);
    if (own) return { attempt: order.attempt, state: own };
    for (const [attempt, state] of [...seen.runs].toSorted(([a], [b]) => b - a)) {
      if (state.is === 'running') return { attempt, state };
      if (isSuccess(state, this.codes)) return { attempt, state };
    }
    return null;
  }

  private async stage(fitting: Fitting, seen: HostFacts): Promise<void> {
    const { file } = fitting;
    const { signal, fetchRelease, progress } = this.context;
    await progress('stage');
    const needed = Math.ceil((file.size * SPACE_FACTOR) / 1024) + SPACE_RESERVE_KIB;
    if (seen.freeKiB !== null && seen.freeKiB < needed) {
      const text = `${seen.freeKiB} KiB are free, ${needed} KiB are needed`;
      throw new StepFailed('stage', 'DISK_FULL', { system: 'df', code: 'ENOSPC', text });
    }
    const path = await unlessStopped(fetchRelease(file), signal);
    try {
      await unlessStopped(this.computer.stage(fitting, path), signal, () => this.close());
    } catch (error) {
      // nothing was started: a broken transfer is just that
      if (!(error instanceof ConnectionLost)) throw error;
      throw new StepFailed('stage', 'COPY_FAILED', { system: error.system, code: 'lost', text: error.why });
    }
  }

  private async start(fitting: Fitting): Promise<void> {
    try {
      await this.computer.start(fitting);
    } catch (error) {
      // it may have been started: what is on the computer says
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }

  /** Waits for the end of a run, over lost connections too, until the order's deadline. */
  private async follow(attempt: number, first: RunState, whenOk: string | null): Promise<Outcome> {
    const { signal } = this.context;
    let state = first;
    let log = '';
    let asked = false;
    try {
      while (state.is === 'running' || !asked) {
        // a run that has ended is only asked for its output
        const seconds = Math.max(0, Math.min(WAIT_SECONDS, Math.ceil(this.secondsLeft())));
        const patience = state.is === 'running' ? seconds : 0;
        ({ state, log } = await this.runWithReconnect(() => this.computer.wait(attempt, patience), signal));
        asked = true;
        if (state.is === 'running' && this.secondsLeft() <= 0) {
          return await this.end(attempt, whenOk, (killed) => failedBy('INSTALL_TIMEOUT', 'deadline', killed));
        }
        if (state.is === 'running') await this.heartbeat();
      }
    } catch (error) {
      if (error instanceof Stopped && error.reason === 'cancel') {
        return this.end(attempt, whenOk, (killed) => ({ state: 'cancelled', log: killed }));
      }
      throw error;
    }
    return outcomeOf(state, log, this.codes, whenOk);
  }

  /** Ends a run. It may have ended by itself meanwhile: then that counts. */
  private async end(
    attempt: number,
    whenOk: string | null,
    otherwise: (log: string) => Outcome,
  ): Promise<Outcome> {
    const { leave } = this.context;
    let words = '';
    for (let left = END_TRIES; left > 0; left -= 1) {
      const { state, log } = await this.runWithReconnect(() => this.computer.end(attempt), leave);
      if (isSuccess(state, this.codes)) return outcomeOf(state, log, this.codes, whenOk);
      if (state.is !== 'running') return otherwise(log);
      words = log;
    }
    // as one that waits for a disk that does not answer
    this.isLeft = true;
    return failedBy('OUTCOME_UNKNOWN', 'not-ended', `it could not be ended, and runs on: ${words}`);
  }

  /** Does what may be repeated without harm, connecting again as often as needed. */
  private async runWithReconnect(work: () => Promise<RunReport>, stop: AbortSignal): Promise<RunReport> {
    const { order, now, reconnectFor } = this.context;
    const isFinal = (error: unknown) => this.closed || isUnknown(error);
    try {
      const report = await persevere(
        async (isAgain) => {
          if (isAgain) await this.reconnect();
          return work();
        },
        { reconnectFor, deadline: order.deadline, now, stop, isFinal },
      );
      this.facts = { ...this.facts, ...report.facts };
      return report;
    } catch (error) {
      if (error instanceof Stopped || this.closed) throw error;
      this.isLeft = true;
      throw isUnknown(error) ? error : noWayBack(error);
    }
  }

  private async reconnect(): Promise<void> {
    await this.computer.reconnect().catch((error: unknown) => {
      // what runs on the computer goes on, and its end stays unknown
      if (error instanceof StepFailed && harmsByRepeating(error.code)) throw noWayBack(error);
    });
  }

  private async heartbeat(): Promise<void> {
    if (this.context.now() - this.lastSign < SIGN_OF_LIFE) return;
    if (this.lastSign > 0) await this.context.progress('install');
    this.lastSign = this.context.now();
  }

  private secondsLeft(): number {
    return (Date.parse(this.context.order.deadline) - this.context.now()) / 1000;
  }

  private checkDeadline(): void {
    if (this.secondsLeft() > 0) return;
    const text = `the deadline ${this.context.order.deadline} passed before anything was started`;
    throw new StepFailed('check', 'INSTALL_TIMEOUT', { system: 'dp', code: 'deadline', text });
  }
}

function isNewer(installed: string, wanted: string): boolean {
  return installed !== '' && compareVersions(installed, wanted) > 0;
}

function isUnknown(error: unknown): boolean {
  return error instanceof StepFailed && error.code === 'OUTCOME_UNKNOWN';
}
