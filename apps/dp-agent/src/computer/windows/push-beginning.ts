import type { WireOrder } from '#contract';
import { pause } from '../../base/backoff.js';
import { classify } from '../../failures/failure-table.js';
import { StepFailed } from '../../failures/failure.js';
import type { Fitting } from '../host-facts.js';
import type { WindowsDoor } from './door.js';
import { type PushTask, pushOrder } from './push-files.js';
import { BASE, CLIENT, type Pushes, SOON } from './pushes.js';

/** How the work of an order is brought to a Windows computer and started there. */
export class PushBeginning {
  /** Runs that were asked to end, by name: nothing starts them any more. */
  private readonly forbidden = new Set<string>();

  constructor(
    private readonly order: WireOrder,
    private readonly current: () => WindowsDoor,
    private readonly now: () => number,
  ) {}

  /** From now on nothing starts a run of this name. */
  forbid(name: string): void {
    this.forbidden.add(name);
  }

  /** Makes the attempt's folder under a name that nobody starts from; false when the attempt is there already. */
  async prepare(pushes: Pushes, task: PushTask, fitting: Fitting | null): Promise<boolean> {
    const folder = pushes.folder(this.order.attempt);
    if ((await pushes.attempts()).includes(this.order.attempt)) {
      // a killed agent left it without a start, which must not come any more while it is made anew
      if (!(await this.forgetUnstarted(pushes))) return false;
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

  /** Removes the service of an attempt that was never started; false, and nothing is removed, when it was. */
  async forgetUnstarted(pushes: Pushes): Promise<boolean> {
    const { attempt } = this.order;
    if (await pushes.stateOf(attempt)) return false;
    await this.door.deleteService(pushes.nameOf(attempt));
    return (await pushes.stateOf(attempt)) === null;
  }

  /** Shows the attempt under its name, makes its service and starts it. Repeating it starts nothing twice. */
  async begin(pushes: Pushes, attempt: number): Promise<void> {
    const name = pushes.nameOf(attempt);
    await this.arm(pushes, attempt);
    if (this.forbidden.has(name)) return;
    const answer = await this.door.startService(name);
    if (answer.ok || (await this.saysSomething(pushes, attempt))) return;
    // it never said a word: nothing was started, and nothing of it is to be left to start
    await this.door.deleteService(name);
    await this.door.remove(pushes.folder(attempt));
    const { said } = answer;
    const native = { ...said, text: `the service ${name} was not started: ${said.text}` };
    throw new StepFailed('install', classify(native, 'install'), native);
  }

  /** Shows the attempt under its name, and makes its service. */
  async arm(pushes: Pushes, attempt: number): Promise<void> {
    const folder = pushes.folder(attempt);
    await this.door.rename(`${folder}.new`, folder);
    const hasSetup = (await this.door.list(`${folder}\\setup.exe`)).length > 0;
    const command = hasSetup
      ? `%SystemRoot%\\${folder}\\setup.exe push`
      : `"%SystemDrive%\\${CLIENT}\\relaypoint-client.exe" push ${pushes.keyOf(attempt)}`;
    const name = pushes.nameOf(attempt);
    if (!this.forbidden.has(name)) await this.door.createService(name, command);
  }

  /** Whether a push whose start was not confirmed gives its first word within a while, or at least runs. */
  private async saysSomething(pushes: Pushes, attempt: number): Promise<boolean> {
    for (let left = SOON; left > 0; left -= 1) {
      if (await pushes.hasFile(attempt, 'started')) return true;
      const state = await this.door.serviceState(pushes.nameOf(attempt)).catch((error: unknown) => {
        // it was asked to start: that nobody can be asked how it is does not end it
        if (error instanceof StepFailed) return 'other' as const;
        throw error;
      });
      // an instance that ends says a last word first
      if (state === 'stopped' || state === 'absent') return pushes.hasFile(attempt, 'started');
      await pause(1, NEVER);
    }
    return true;
  }

  private get door(): WindowsDoor {
    return this.current();
  }
}

const NEVER = new AbortController().signal;
