import type { WireOrder } from '#contract';
import { pause } from '../../base/backoff.js';
import { StepFailed } from '../../failures/failure.js';
import type { Fitting, HostFacts, RunState } from '../host-facts.js';
import type { RemoteComputer, RunReport } from '../remote-computer.js';
import type { OpenDoor, WindowsDoor } from './door.js';
import { PushBeginning } from './push-beginning.js';
import { sealedRegistration } from './push-files.js';
import { CLIENT, Pushes, SOON } from './pushes.js';

const STARTED_MOST = 4096;
/** Seconds between two looks at whether a run that says nothing is still there. */
const LIVENESS_EVERY = 60;
/** There is no such product: what msiexec says of an uninstallation that has nothing to do. */
const NOTHING_INSTALLED = 1605;

/**
 * A Windows computer, by whatever door there is: a service of a name of its own runs the work there, tells by files how it goes
 * on, and needs nobody until it has ended. What its start call says counts for little, what is in its folder for all.
 */
export class WindowsComputer implements RemoteComputer {
  private closed = false;
  private readonly pushes: Pushes;
  /**
   * Restarts have names of their own: a service that was just removed is there as long as anybody looks at it, and until
   * then nothing can have its name.
   */
  private readonly restarts: Pushes;
  /** Attempts whose run has its registration, or needs none. */
  private readonly handedOver = new Set<number>();
  /** Runs that were seen alive, by name, and when. */
  private readonly seenAlive = new Map<string, number>();
  private readonly startedAgain = new Set<string>();
  private readonly beginning: PushBeginning;
  /** The start that is under way; who does not wait for it any more does not end it. */
  private starting: Promise<unknown> = Promise.resolve();
  private reconnecting: Promise<void> | null = null;

  constructor(
    private opened: OpenDoor,
    private readonly order: WireOrder,
    private readonly now: () => number,
  ) {
    this.pushes = new Pushes(order.order, () => this.door);
    this.restarts = new Pushes(`${order.order}-restart`, () => this.door);
    this.beginning = new PushBeginning(order, () => this.door, now);
    // it becomes part of file names there
    if (/[^\w.-]/.test(order.order)) {
      opened.door.close();
      const text = 'the order has an id that no file of Windows can be named by';
      throw new StepFailed('check', 'DP_INTERNAL', { system: 'dp', code: 'ORDER_ID', text });
    }
  }

  get secret(): OpenDoor['secret'] {
    return this.opened.secret;
  }
  get facts(): OpenDoor['facts'] {
    return this.opened.facts;
  }

  async look(): Promise<HostFacts> {
    // somebody whom the service manager refuses need not copy anything
    await this.door.serviceState(this.pushes.nameOf(this.order.attempt));
    const names = (await this.door.list('Sys*')).map(({ name }) => name.toLowerCase());
    const runs = new Map<number, RunState>();
    for (const attempt of await this.pushes.attempts()) {
      const state = await this.pushes.stateOf(attempt);
      if (state) runs.set(attempt, state);
    }
    return {
      os: 'Windows',
      arch: names.includes('sysarm32') ? 'arm64' : names.includes('syswow64') ? 'x64' : 'x86',
      // only the push itself can tell
      hostname: '',
      bootId: '',
      clientVersion: (await this.clientVersion()) ?? '',
      freeKiB: await this.door.freeKiB(),
      runs,
    };
  }

  async stage(fitting: Fitting, path: string): Promise<void> {
    if (!(await this.beginning.prepare(this.pushes, 'install', fitting))) return;
    await this.door.put(`${this.pushes.folder(this.order.attempt)}.new\\setup.exe`, { file: path });
    const [copy] = await this.door.list(`${this.pushes.folder(this.order.attempt)}.new\\setup.exe`);
    if (copy?.size === fitting.file.size) return;
    const text = `${copy?.size ?? 0} of ${fitting.file.size} bytes arrived`;
    throw new StepFailed('stage', 'COPY_FAILED', { system: this.door.system, code: 'size', text });
  }

  start(): Promise<void> {
    return this.begin(this.pushes, this.order.attempt);
  }

  async wait(attempt: number, seconds: number): Promise<RunReport> {
    return this.waitFor(this.pushes, attempt, seconds);
  }

  private async waitFor(pushes: Pushes, attempt: number, seconds: number): Promise<RunReport> {
    const begun = this.now();
    const name = pushes.nameOf(attempt);
    for (;;) {
      const ended = await pushes.result(attempt);
      if (ended) return ended;
      if (pushes === this.pushes) await this.handOver(attempt);
      const left = seconds - (this.now() - begun) / 1000;
      if (seconds === 0 || this.now() - (this.seenAlive.get(name) ?? 0) > LIVENESS_EVERY * 1000) {
        const dead = await this.checkAlive(pushes, attempt, seconds > 0);
        if (dead) return dead;
      }
      if (left <= 0) return { state: { is: 'running' }, log: '' };
      await pause(Math.min(left, 1), NEVER);
    }
  }

  async end(attempt: number): Promise<RunReport> {
    const name = this.pushes.nameOf(attempt);
    const begun = this.now();
    this.beginning.forbid(name);
    await this.starting;
    await this.door.stopService(name);
    for (;;) {
      const ended = await this.pushes.result(attempt);
      if (ended) return ended;
      const state = await this.door.serviceState(name);
      if (state === 'stopped' || state === 'absent') break;
      if (this.now() - begun > SOON * 1000) return { state: { is: 'running' }, log: '' };
      await pause(1, NEVER);
      // one that was only starting did not take the first word
      if (state === 'running') await this.door.stopService(name);
    }
    // it may have ended between the two looks; and what was never started must not be any more
    await this.door.deleteService(name);
    return (
      (await this.pushes.result(attempt)) ?? { state: { is: 'dead' }, log: await this.pushes.log(attempt) }
    );
  }

  async clean(): Promise<void> {
    // a later one may be another DP's by now
    const isOurs = (attempt: number): boolean => attempt <= this.order.attempt;
    for (const attempt of (await this.pushes.attempts()).filter(isOurs)) {
      await this.pushes.removeService(attempt);
      const folder = this.pushes.folder(attempt);
      const isOver = (await this.pushes.result(attempt)) !== null;
      const all = (await this.door.list(`${folder}\\*`)).map(({ name }) => name);
      const inner = all.filter((name) => name !== 'result.json');
      for (const name of isOver ? inner : []) await this.door.remove(`${folder}\\${name}`);
      if (!isOver) await this.door.remove(folder);
    }
    for (const attempt of (await this.pushes.unfinished()).filter(isOurs))
      await this.door.remove(`${this.pushes.folder(attempt)}.new`);
  }

  async discard(): Promise<void> {
    const { attempt } = this.order;
    const folder = this.pushes.folder(attempt);
    await this.door.remove(`${folder}.new`);
    const isComplete = (await this.pushes.attempts()).includes(attempt);
    if (isComplete && (await this.beginning.forgetUnstarted(this.pushes))) await this.door.remove(folder);
  }

  async prepareRestart(): Promise<void> {
    if ((await this.clientVersion()) === '') {
      const text = 'no client is installed there, and on Windows it is the client that restarts the computer';
      throw new StepFailed('restart', 'CLIENT_MISSING', { system: this.door.system, code: 'client', text });
    }
    if (await this.beginning.prepare(this.restarts, 'restart', null))
      await this.beginning.arm(this.restarts, this.order.attempt);
  }

  async restart(): Promise<void> {
    const { attempt } = this.order;
    // one that was started before is only seen to its end
    if (!(await this.restarts.stateOf(attempt))) await this.begin(this.restarts, attempt);
    const { state } = await this.waitFor(this.restarts, attempt, SOON * 2);
    if (state.is !== 'judged') return;
    throw new StepFailed('restart', state.code, { system: 'computer', code: state.code, text: state.text });
  }

  async uninstall(): Promise<RunReport> {
    const nothing = {
      state: { is: 'ended', code: NOTHING_INSTALLED } as const,
      log: 'no client is installed',
    };
    if ((await this.clientVersion()) === '') return nothing;
    await this.beginning.prepare(this.pushes, 'uninstall', null);
    await this.begin(this.pushes, this.order.attempt);
    return { state: { is: 'running' }, log: '' };
  }

  /** Two that ask for it at the same time get the same one. */
  reconnect(): Promise<void> {
    this.reconnecting ??= this.openAgain().finally(() => (this.reconnecting = null));
    return this.reconnecting;
  }

  private async openAgain(): Promise<void> {
    const before = this.opened;
    const fresh = await before.reopen();
    // what happened meanwhile nobody saw
    this.seenAlive.clear();
    before.door.close();
    if (this.closed) fresh.door.close();
    else this.opened = fresh;
  }

  close(): void {
    this.closed = true;
    this.door.close();
  }

  private get door(): WindowsDoor {
    return this.opened.door;
  }

  /** Repeating it starts nothing twice. */
  private async begin(pushes: Pushes, attempt: number): Promise<void> {
    const starting = this.beginning.begin(pushes, attempt);
    this.starting = starting.catch(() => undefined);
    await starting;
    this.seenAlive.set(pushes.nameOf(attempt), this.now());
  }

  /** Gives a run the registration that it waits for, sealed to the key that it made for that. */
  private async handOver(attempt: number): Promise<void> {
    if (this.handedOver.has(attempt)) return;
    const folder = this.pushes.folder(attempt);
    const started = await this.door.get(`${folder}\\started`, STARTED_MOST);
    if (!started) return;
    const sealed = sealedRegistration(this.order, attempt, started.toString());
    if (sealed !== null) {
      await this.door.put(`${folder}\\registration.new`, Buffer.from(sealed));
      await this.door.rename(`${folder}\\registration.new`, `${folder}\\registration.sealed`);
    }
    if (sealed !== null || !this.order.registration) this.handedOver.add(attempt);
  }

  /** The report of a run that is no more; null while it is there. One that was never started is started now. */
  private async checkAlive(pushes: Pushes, attempt: number, isRunning: boolean): Promise<RunReport | null> {
    const name = pushes.nameOf(attempt);
    const state = await pushes.stateOf(attempt).catch((error: unknown) => {
      // its result is read by the login that still holds; that another one is refused says nothing of the run
      if (isRunning && error instanceof StepFailed && error.phase === 'auth')
        return { is: 'running' } as const;
      throw error;
    });
    if (state?.is === 'running') {
      this.seenAlive.set(name, this.now());
      return null;
    }
    if (state === null && !this.startedAgain.has(name)) {
      this.startedAgain.add(name);
      await this.begin(pushes, attempt);
      return null;
    }
    return (await pushes.result(attempt)) ?? { state: { is: 'dead' }, log: await pushes.log(attempt) };
  }

  /** Version of the installed client, '' for none; null when it could not be told. */
  private async clientVersion(): Promise<string | null> {
    const bytes = await this.door.getFromDrive(`${CLIENT}\\VERSION`, 256);
    return bytes && (bytes.toString().split(/\r?\n/, 1)[0] ?? '').trim().slice(0, 64);
  }
}

const NEVER = new AbortController().signal;
