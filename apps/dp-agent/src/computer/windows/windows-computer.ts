import type { WireOrder } from '#contract';
import { pause } from '../../base/backoff.js';
import { classify } from '../../failures/failure-table.js';
import { StepFailed } from '../../failures/failure.js';
import type { Fitting, HostFacts, RunState } from '../host-facts.js';
import type { RemoteComputer, RunReport } from '../remote-computer.js';
import type { OpenDoor, WindowsDoor } from './door.js';
import { type PushTask, pushOrder, sealedRegistration } from './push-files.js';
import { BASE, Pushes } from './pushes.js';

/** As the client's package installs it; below the drive of Windows. */
const CLIENT = 'Program Files\\Relaypoint Client';
const STARTED_MOST = 4096;
/** Seconds between two looks at whether a run that says nothing is still there. */
const LIVENESS_EVERY = 60;
/** Seconds for what ought to take a moment: the first word of a push, its end after it was asked to. */
const SOON = 30;
/** There is no such product: what msiexec says of an uninstallation that has nothing to do. */
const NOTHING_INSTALLED = 1605;

/**
 * A Windows computer, by whatever door there is: a service of a name of its own runs the work there, tells by files how it goes
 * on, and needs nobody until it has ended. What its start call says counts for little, what is in its folder for all.
 */
export class WindowsComputer implements RemoteComputer {
  private closed = false;
  private readonly pushes: Pushes;
  /** Attempts whose run has its registration, or needs none. */
  private readonly handedOver = new Set<number>();
  /** Attempts that were seen alive, and when. */
  private readonly seenAlive = new Map<number, number>();
  private readonly startedAgain = new Set<number>();
  /** Attempts that were asked to end: nothing starts them any more. */
  private readonly ending = new Set<number>();
  /** The start that is under way; who does not wait for it any more does not end it. */
  private starting: Promise<unknown> = Promise.resolve();
  private reconnecting: Promise<void> | null = null;

  constructor(
    private opened: OpenDoor,
    private readonly order: WireOrder,
    private readonly now: () => number,
  ) {
    this.pushes = new Pushes(order.order, () => this.door);
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
    if (!(await this.prepare('install', fitting))) return;
    await this.door.put(`${this.pushes.folder(this.order.attempt)}.new\\setup.exe`, { file: path });
    const [copy] = await this.door.list(`${this.pushes.folder(this.order.attempt)}.new\\setup.exe`);
    if (copy?.size === fitting.file.size) return;
    const text = `${copy?.size ?? 0} of ${fitting.file.size} bytes arrived`;
    throw new StepFailed('stage', 'COPY_FAILED', { system: this.door.system, code: 'size', text });
  }

  start(): Promise<void> {
    return this.begin(this.order.attempt);
  }

  async wait(attempt: number, seconds: number): Promise<RunReport> {
    const begun = this.now();
    for (;;) {
      const ended = await this.pushes.result(attempt);
      if (ended) return ended;
      await this.handOver(attempt);
      const left = seconds - (this.now() - begun) / 1000;
      if (seconds === 0 || this.now() - (this.seenAlive.get(attempt) ?? 0) > LIVENESS_EVERY * 1000) {
        const dead = await this.checkAlive(attempt, seconds > 0);
        if (dead) return dead;
      }
      if (left <= 0) return { state: { is: 'running' }, log: '' };
      await pause(Math.min(left, 1), NEVER);
    }
  }

  async end(attempt: number): Promise<RunReport> {
    const name = this.pushes.nameOf(attempt);
    const begun = this.now();
    this.ending.add(attempt);
    await this.starting;
    await this.door.stopService(name);
    for (;;) {
      const ended = await this.pushes.result(attempt);
      if (ended) return ended;
      const state = await this.door.serviceState(name);
      if (state === 'stopped' || state === 'absent') break;
      if (this.now() - begun > SOON * 1000) return { state: { is: 'running' }, log: '' };
      await pause(1, NEVER);
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

  async restart(): Promise<void> {
    const { attempt } = this.order;
    // of the installation that it follows, whose outcome is known by now
    await this.pushes.removeService(attempt);
    await this.door.remove(this.pushes.folder(this.order.attempt));
    await this.prepare('restart', null);
    await this.begin(attempt);
    const { state } = await this.wait(attempt, SOON * 2);
    // it goes for good with the restart
    await this.door.deleteService(this.pushes.nameOf(attempt)).catch(() => undefined);
    if (state.is !== 'judged') return;
    throw new StepFailed('restart', state.code, { system: 'computer', code: state.code, text: state.text });
  }

  async uninstall(): Promise<RunReport> {
    const nothing = {
      state: { is: 'ended', code: NOTHING_INSTALLED } as const,
      log: 'no client is installed',
    };
    if ((await this.clientVersion()) === '') return nothing;
    await this.prepare('uninstall', null);
    await this.begin(this.order.attempt);
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

  /** Makes the attempt's folder under a name that nobody starts from; false when the attempt is there already. */
  private async prepare(task: PushTask, fitting: Fitting | null): Promise<boolean> {
    const folder = this.pushes.folder(this.order.attempt);
    if ((await this.pushes.attempts()).includes(this.order.attempt)) {
      if (await this.pushes.stateOf(this.order.attempt)) return false;
      // a killed agent left it without a start, which must not come any more while it is made anew
      await this.door.deleteService(this.pushes.nameOf(this.order.attempt));
      if (await this.pushes.stateOf(this.order.attempt)) return false;
      await this.door.remove(folder);
    }
    await this.door.makeFolder(BASE);
    await this.door.protect(BASE);
    await this.door.remove(`${folder}.new`);
    await this.door.makeFolder(`${folder}.new`);
    await this.door.protect(`${folder}.new`);
    await this.door.put(
      `${folder}.new\\order.json`,
      Buffer.from(pushOrder(this.order, task, fitting, this.now())),
    );
    return true;
  }

  /** Shows the attempt under its name, makes its service and starts it. Repeating it starts nothing twice. */
  private begin(attempt: number): Promise<void> {
    const starting = this.beginOnce(attempt);
    this.starting = starting.catch(() => undefined);
    return starting;
  }

  private async beginOnce(attempt: number): Promise<void> {
    const folder = this.pushes.folder(attempt);
    const name = this.pushes.nameOf(attempt);
    await this.door.rename(`${folder}.new`, folder);
    const hasSetup = (await this.door.list(`${folder}\\setup.exe`)).length > 0;
    const command = hasSetup
      ? `%SystemRoot%\\${folder}\\setup.exe push`
      : `"%SystemDrive%\\${CLIENT}\\relaypoint-client.exe" push ${this.order.order}-${attempt}`;
    if (this.ending.has(attempt)) return;
    await this.door.createService(name, command);
    if (this.ending.has(attempt)) return;
    const answer = await this.door.startService(name);
    this.seenAlive.set(attempt, this.now());
    if (answer.ok || (await this.saysSomething(attempt))) return;
    // it never said a word: nothing was started, and nothing of it is to be left to start
    await this.door.deleteService(name);
    await this.door.remove(folder);
    const native = {
      system: 'werror',
      code: answer.said,
      text: `the service ${name} was not started: ${answer.said}`,
    };
    throw new StepFailed('install', classify(native, 'install'), native);
  }

  /** Whether a push whose start was not confirmed gives its first word within a while, or at least runs. */
  private async saysSomething(attempt: number): Promise<boolean> {
    for (let left = SOON; left > 0; left -= 1) {
      if (await this.pushes.hasFile(attempt, 'started')) return true;
      const state = await this.door.serviceState(this.pushes.nameOf(attempt)).catch((error: unknown) => {
        // it was asked to start: that nobody can be asked how it is does not end it
        if (error instanceof StepFailed) return 'other' as const;
        throw error;
      });
      // an instance that ends says a last word first
      if (state === 'stopped' || state === 'absent') return this.pushes.hasFile(attempt, 'started');
      await pause(1, NEVER);
    }
    return true;
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
  private async checkAlive(attempt: number, isRunning: boolean): Promise<RunReport | null> {
    const state = await this.pushes.stateOf(attempt).catch((error: unknown) => {
      // its result is read by the login that still holds; that another one is refused says nothing of the run
      if (isRunning && error instanceof StepFailed && error.phase === 'auth')
        return { is: 'running' } as const;
      throw error;
    });
    if (state?.is === 'running') {
      this.seenAlive.set(attempt, this.now());
      return null;
    }
    if (state === null && !this.startedAgain.has(attempt)) {
      this.startedAgain.add(attempt);
      await this.begin(attempt);
      return null;
    }
    return (
      (await this.pushes.result(attempt)) ?? { state: { is: 'dead' }, log: await this.pushes.log(attempt) }
    );
  }

  /** Version of the installed client, '' for none; null when it could not be told. */
  private async clientVersion(): Promise<string | null> {
    const bytes = await this.door.getFromDrive(`${CLIENT}\\VERSION`, 256);
    return bytes && (bytes.toString().split(/\r?\n/, 1)[0] ?? '').trim().slice(0, 64);
  }
}

const NEVER = new AbortController().signal;
