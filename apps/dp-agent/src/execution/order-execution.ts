import type { WireOrder } from '#contract';
import { type CredentialStore, type Candidate, secretTexts } from '../accounts/credential-store.js';
import { checkCommand, type CommandMethod } from '../methods/command/command-method.js';
import type { Outcome } from '../computer/outcome.js';
import { Installation } from '../computer/installation.js';
import { type HostFacts, isNamed } from '../computer/host-facts.js';
import {
  AccountsHeld,
  type Method,
  stopHere,
  Stopped,
  type StopSignals,
  type TriedAccount,
  unlessStopped,
} from '../computer/method.js';
import type { RemoteComputer } from '../computer/remote-computer.js';
import { ConnectionLost, type Phase, StepFailed } from '../failures/failure.js';
import type { Journal } from '../journal/journal.js';
import { codeOf, type Log, messageOf, redact } from '../base/log.js';
import type { OrderReporter, ReportDetails } from '../reporting/order-reporter.js';
import { methodsFor } from './method-choice.js';
import type { ReleaseCache } from './release-cache.js';
import { hostNameOf } from '../computer/reach.js';
import { noWayBack, persevere } from '../computer/perseverance.js';
import { harmsByRepeating } from '../accounts/account-guard.js';

export interface OrderExecutionParts {
  /** In the order of this DP's preference. */
  readonly methods: readonly (Method | CommandMethod)[];
  readonly accounts: CredentialStore;
  readonly cache: ReleaseCache;
  readonly journal: Journal;
  readonly reporter: OrderReporter;
  readonly log: Log;
  readonly now: () => number;
}

/** Failures after which the computer may still answer to another method. */
const SILENT: ReadonlySet<string> = new Set(['PORT_CLOSED', 'CONNECT_TIMEOUT']);
/** More tries would harm an account, or there is none. */
const endsTheWayBack = (code: string): boolean =>
  harmsByRepeating(code) || code === 'NO_ACCOUNT' || code === 'ACCOUNT_UNSEALABLE';
/** Logins that a report carries. */
const ACCOUNTS_TOLD = 50;
/** Bytes of output that a report carries. */
const LOG_BYTES = 16 * 1024;

/** What got into a computer, and saw there. */
interface Entered {
  readonly method: Method;
  readonly computer: RemoteComputer;
  readonly seen: HostFacts;
}

/** The work on one order, from the first packet to the journalled outcome. */
export class OrderExecution {
  private phase: Phase = 'reach';
  private readonly tried: TriedAccount[] = [];
  /** How many of them are reported. */
  private told = 0;
  private secrets: readonly string[];
  private close: () => void = () => undefined;
  private facts: Record<string, string> = {};
  private readonly order: WireOrder;
  /** Something of this attempt may run on the computer, and nobody has looked yet. */
  private isInDoubt: boolean;
  /** What is left to do on the computer once the outcome is safe. */
  private afterwards: (() => Promise<void>) | null = null;

  /** @param work `begun`: an earlier run of the agent was about to start something on the computer, or had */
  constructor(
    { order, begun }: { readonly order: WireOrder; readonly begun: boolean },
    private readonly parts: OrderExecutionParts,
    private readonly signals: StopSignals,
  ) {
    this.order = order;
    this.isInDoubt = begun;
    this.secrets = order.registration ? [order.registration.token] : [];
  }

  /**
   * Works on the order and journals how it ended. When the lease was lost or the agent ends, it leaves everything as it is.
   *
   * @throws Error when the journal cannot be written: the work is not done
   */
  async run(): Promise<void> {
    try {
      const ending = await this.toTheEnd();
      if (!ending) return;
      await this.say(ending);
      await this.afterwards?.().catch((error: unknown) => {
        this.parts.log.warn('could not clean up', { ...this.names(), reason: messageOf(error) });
      });
    } finally {
      this.close();
    }
  }

  private async toTheEnd(): Promise<Outcome | null> {
    try {
      stopHere(this.untilSeen());
      return await this.work();
    } catch (error) {
      if (error instanceof Stopped) return error.reason === 'cancel' ? { state: 'cancelled', log: '' } : null;
      if (error instanceof AccountsHeld && !this.isInDoubt) {
        this.parts.log.warn('order given back, its accounts were refused too often', this.names());
        return { state: 'cancelled', log: '' };
      }
      if (this.signals.leave.aborted) return null;
      return { state: 'failed', failure: this.failureOf(error), log: '' };
    }
  }

  private async work(): Promise<Outcome> {
    const { order } = this;
    const [first, other] = methodsFor(order, this.parts.methods);
    if (first.kind === 'command') return this.command(first);
    if (order.kind === 'probe') return this.probe(first, other);
    const { method, computer, seen } = await (this.isInDoubt
      ? this.enterAgain(first, other)
      : this.enter(first, other));
    this.isInDoubt = false;
    if (order.kind === 'restart') return this.restart(computer);
    const installation = this.installationOn(computer, method);
    if (order.kind === 'uninstall-client') return this.uninstall(installation, seen);
    return this.install(installation, seen);
  }

  private async probe(first: Method, other: Method | null): Promise<Outcome> {
    await this.progress('reach');
    await this.reach(first, other);
    return { state: 'succeeded', result: 'OK', log: '' };
  }

  /** Gets into the computer, and sees that it is the one. @throws StepFailed, ConnectionLost, AccountsHeld, Stopped */
  private async enter(first: Method, other: Method | null): Promise<Entered> {
    const { order } = this;
    await this.progress('reach');
    const method = await this.reach(first, other);
    await this.progress('auth');
    const candidates = await this.candidates();
    const computer = await method.open(order, candidates, this.tried, this.untilSeen());
    this.close = () => computer.close();
    if (computer.secret) this.secrets = [...this.secrets, ...secretTexts(computer.secret)];
    const seen = await computer.look();
    const { os, arch, hostname, bootId, clientVersion } = seen;
    this.facts = { ...computer.facts, method: method.kind, os, arch, hostname, bootId, clientVersion };
    // where only what runs there can tell, it looks itself
    if (hostname !== '' && !isNamed(order, hostname)) {
      const native = { system: 'computer', code: hostname, text: `the computer calls itself ${hostname}` };
      throw new StepFailed('reach', 'WRONG_COMPUTER', native);
    }
    return { method, computer, seen };
  }

  /**
   * Gets into a computer on which something of this attempt may run. A way there that fails for a while says nothing of
   * that, so it is tried again as after a connection that was lost in the middle of the work.
   */
  private enterAgain(first: Method, other: Method | null): Promise<Entered> {
    const { order, parts, signals } = this;
    const enter = () =>
      this.enter(first, other).catch((error: unknown) => {
        this.close();
        this.close = () => undefined;
        const reason = messageOf(error);
        if (!signals.leave.aborted)
          parts.log.warn('no way back to the computer yet', { ...this.names(), reason });
        throw error;
      });
    return persevere(enter, {
      reconnectFor: first.reconnectFor,
      deadline: order.deadline,
      now: parts.now,
      stop: signals.leave,
      isFinal: (error) => error instanceof StepFailed && endsTheWayBack(error.code),
    });
  }

  /** Ends the work, but for a cancel as long as something may run on the computer: that is to be ended first. */
  private untilSeen(): AbortSignal {
    return this.isInDoubt ? this.signals.leave : this.signals.signal;
  }

  private async candidates(): Promise<Candidate[]> {
    await this.parts.accounts.refresh().catch((error: unknown) => {
      this.parts.log.warn('accounts of this DP stay as they were', { reason: messageOf(error) });
    });
    // who was refused a moment ago is not tried over and over; those of this DP have one id, and are left to their guard
    const isRefused = ({ id }: Candidate) =>
      this.tried.some(({ account, result }) => account === id && harmsByRepeating(result));
    const isLocal = (one: Candidate) => 'isLocal' in one && one.isLocal;
    return this.parts.accounts.candidates(this.order).filter((one) => isLocal(one) || !isRefused(one));
  }

  /**
   * The method that the computer answers to. The second is for computers of which nobody knows what they are, and is only taken
   * where the first finds nobody to talk to: who was refused by one is not tried by another.
   */
  private async reach(first: Method, other: Method | null): Promise<Method> {
    try {
      await first.reach(this.order, this.untilSeen());
      return first;
    } catch (error) {
      if (!other || !(error instanceof StepFailed) || !SILENT.has(error.code)) throw error;
      await other.reach(this.order, this.untilSeen()).catch((second: unknown) => {
        throw second instanceof StepFailed ? error : second;
      });
      return other;
    }
  }

  private async install(installation: Installation, seen: HostFacts): Promise<Outcome> {
    // unless it comes to an end, and what is there can go
    this.afterwards = () => installation.discard();
    const ending = await installation.run(seen);
    this.facts = { ...this.facts, ...installation.facts };
    const wanted =
      ending.state === 'succeeded' &&
      ending.result === 'RESTART_REQUIRED' &&
      this.order.restart === 'when-required';
    const restarts = wanted && (await this.canRestart(installation));
    this.afterwards = async () => {
      await installation.clean();
      // said before it is done: better a restart missing than one too many
      if (restarts) await this.unlessLost(() => installation.restart());
    };
    return restarts ? { ...ending, result: 'RESTART_STARTED' } : ending;
  }

  /** The installation counts, whether the restart comes about or not: then it stays for others to do. */
  private async canRestart(installation: Installation): Promise<boolean> {
    try {
      await installation.prepareRestart();
      return true;
    } catch (error) {
      this.parts.log.warn('the computer cannot be restarted', { ...this.names(), reason: messageOf(error) });
      return false;
    }
  }

  private async restart(computer: RemoteComputer): Promise<Outcome> {
    const { signal } = this.signals;
    await this.progress('restart');
    stopHere(signal);
    // nobody is told of a restart that cannot be
    await computer.prepareRestart();
    stopHere(signal);
    this.afterwards = () => this.unlessLost(() => computer.restart());
    return { state: 'succeeded', result: 'RESTART_STARTED', log: '' };
  }

  /** Somebody else's by now: nothing more is started for it. */
  private async unlessLost(restart: () => Promise<void>): Promise<void> {
    if (this.signals.leave.reason !== 'lost') await restart();
  }

  private installationOn(computer: RemoteComputer, method: Method): Installation {
    const { order, parts } = this;
    const { signal, leave } = this.signals;
    const installation = new Installation(computer, {
      order,
      signal,
      leave,
      now: parts.now,
      reconnectFor: method.reconnectFor,
      fetchRelease: (file) => parts.cache.fetch(file),
      begun: () => this.begun(),
      progress: (phase) => this.progress(phase),
    });
    this.close = () => installation.close();
    return installation;
  }

  private async uninstall(installation: Installation, seen: HostFacts): Promise<Outcome> {
    const ending = await installation.uninstall(seen);
    this.facts = { ...this.facts, ...installation.facts };
    this.afterwards = () => installation.clean();
    return ending;
  }

  private async command(method: CommandMethod): Promise<Outcome> {
    const { order, parts } = this;
    const { signal } = this.signals;
    // one that was started does not need its program any more
    if (!this.isInDoubt) await checkCommand(method.settings);
    this.isInDoubt = false;
    const candidates = await this.candidates();
    const usable = candidates.flatMap((one) =>
      'secret' in one ? [{ account: one.id, secret: one.secret }] : [],
    );
    this.secrets = [...this.secrets, ...usable.flatMap(({ secret }) => secretTexts(secret))];
    // its first step is a login, and nobody must take it for done before the command says so
    await this.progress(usable.length > 0 ? 'auth' : 'install');
    const { ending, accounts, facts } = await method.carryOut({
      order,
      accounts: usable,
      signal,
      fetchRelease: (file) => unlessStopped(parts.cache.fetch(file), signal),
      begun: () => this.begun(),
      now: parts.now,
    });
    this.phase = 'install';
    this.tried.push(...accounts);
    this.facts = { ...facts, method: method.kind };
    return ending;
  }

  private async begun(): Promise<void> {
    const { order, attempt } = this.order;
    await this.parts.journal.write({
      entry: 'begun',
      order,
      attempt,
      at: new Date(this.parts.now()).toISOString(),
    });
  }

  private async progress(phase: Phase): Promise<void> {
    this.phase = phase;
    // at once, because an account that nobody knows to work holds other DPs back
    const accounts = this.tried.length > this.told ? { accounts: this.lastTried() } : {};
    this.told = this.tried.length;
    await this.parts.reporter.say(this.order.order, this.order.attempt, 'progress', { phase, ...accounts });
    this.parts.log.info('order progress', { ...this.names(), phase });
  }

  private async say(ending: Outcome): Promise<void> {
    const { order, attempt } = this.order;
    const failure = ending.state === 'failed' ? ending.failure : null;
    const saying: ReportDetails = {
      phase: failure?.phase ?? this.phase,
      accounts: this.lastTried(),
      facts: this.facts,
      log: this.lastOutput(ending.log),
      ...(ending.state === 'succeeded' ? { result: ending.result, percent: 100 } : {}),
      ...(failure ? { failure: { code: failure.code, native: this.nativeOf(failure) } } : {}),
    };
    await this.parts.reporter.say(order, attempt, ending.state, saying);
    const result = ending.state === 'succeeded' ? ending.result : failure?.code;
    this.parts.log.info(`order ${ending.state}`, { ...this.names(), phase: saying.phase, result });
  }

  private failureOf(error: unknown): StepFailed {
    if (this.isInDoubt) return noWayBack(error);
    if (error instanceof StepFailed) return error;
    if (error instanceof ConnectionLost) {
      // before anything was started by this run; later ones are followed until the outcome is known
      const native = { system: error.system, code: 'lost', text: error.why };
      return new StepFailed(this.phase, 'HOST_UNREACHABLE', native);
    }
    this.parts.log.error('unexpected', { ...this.names(), reason: messageOf(error) });
    return new StepFailed(this.phase, 'DP_INTERNAL', {
      system: 'dp',
      code: codeOf(error),
      text: messageOf(error),
    });
  }

  private nativeOf({ native }: StepFailed): StepFailed['native'] {
    return (
      native && {
        system: native.system,
        code: native.code.slice(0, 128),
        text: this.clean(native.text).slice(-4000),
      }
    );
  }

  /** What a report may carry of what was tried. */
  private lastTried(): TriedAccount[] {
    return this.tried.slice(-ACCOUNTS_TOLD);
  }

  private lastOutput(log: string): string {
    const bytes = Buffer.from(this.clean(log));
    // a cut through a character would leave half of it
    return bytes
      .subarray(-LOG_BYTES)
      .toString()
      .replace(/^\uFFFD+/, '');
  }

  private clean(text: string): string {
    return redact(text, this.secrets);
  }

  private names(): Record<'order' | 'computer', string> & { attempt: number; correlation?: string } {
    const { order, attempt, correlation } = this.order;
    return { order, attempt, computer: hostNameOf(this.order), ...(correlation && { correlation }) };
  }
}
