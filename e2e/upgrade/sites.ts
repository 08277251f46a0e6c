import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { End } from '../../bench/simulator/journal.js';
import { SimulatedDp, type Work } from '../../bench/simulator/simulated-dp.js';
import { ForeignDp, type ForeignOrder } from '../support/foreign-dp.js';
import type { Stack } from '../support/stack.js';

/** Seconds of a long poll. */
const WAIT = 15;

/**
 * Sites whose orders are under way for as long as a test wants: each one ends with one of the test's steps, picked by chance
 * from those that are still to come, so that some end and others are fetched whatever is being replaced.
 */
export class Sites {
  /** How often each computer was installed, by name. */
  readonly installed = new Map<string, number>();
  /** Computers whose client has registered. */
  readonly registered = new Set<string>();
  readonly ids: readonly string[];
  private readonly dps: SimulatedDp[] = [];
  private step = 0;
  private readonly waiting = new Map<() => void, number>();
  private readonly ending = new AbortController();

  /**
   * @param count how many
   * @param capacity orders that each works on at once
   * @param steps of the test; behind the last one orders end as soon as they come
   */
  constructor(
    count: number,
    private readonly capacity: number,
    private readonly steps: number,
  ) {
    this.ids = Array.from({ length: count }, (_, index) => `site-${index}`);
  }

  /** Joins all of them; they do not poll yet. */
  async join({ api }: Stack, gateway: string): Promise<void> {
    for (const id of this.ids) {
      const wire = new ForeignDp(id, gateway);
      const wish = { id, name: id, tenant: 'default' };
      const { joinToken } = await api.ok<{ joinToken: string }>('POST', '/distribution-points', wish);
      const { status, body } = await wire.enrol(joinToken);
      if (status !== 201) throw new Error(`${id} could not join: ${status} ${JSON.stringify(body)}`);
      await api.ok('POST', `/distribution-points/${id}/enable`, { keyFingerprint: wire.fingerprint });
      this.dps.push(
        new SimulatedDp(wire, {
          wait: WAIT,
          capacity: this.capacity,
          agent: { version: '1.0', os: 'test', hostname: id },
          work: (order, work) => this.install(order, work),
        }),
      );
    }
  }

  start(): void {
    for (const dp of this.dps) dp.start();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.dps.map((dp) => dp.stop()));
  }

  /** Orders that are worked on now. */
  get underWay(): number {
    return this.waiting.size;
  }

  /** What the installation did that the protocol does not allow, in words. */
  get faults(): string[] {
    return this.dps.flatMap(({ faults }) => faults);
  }

  /** Whether orders end as soon as they come. */
  get isOver(): boolean {
    return this.step >= this.steps;
  }

  /** The next step of the test begins: what was to wait for it ends, a little apart. */
  next(): void {
    this.step += 1;
    for (const [go, step] of this.waiting) if (step <= this.step) setTimeout(go, Math.random() * 2_000);
  }

  private async install(order: ForeignOrder, { stop, tell }: Work): Promise<End> {
    const { name } = order.computer;
    const accounts = [{ account: order.accounts[0]?.account ?? 'local', result: 'OK' }];
    tell('auth', { accounts });
    const isFound = order.verify === true && this.installed.has(name);
    if (!isFound) {
      if (!(await this.takes(stop))) return { state: 'cancelled' };
      this.installed.set(name, (this.installed.get(name) ?? 0) + 1);
    }
    void this.register(order).catch(() => undefined);
    return { state: 'succeeded', result: isFound ? 'ALREADY_INSTALLED' : 'OK', accounts };
  }

  /** False: it was stopped. */
  private takes(stop: AbortSignal): Promise<boolean> {
    const left = Math.max(0, this.steps - this.step);
    const until = this.step + Math.ceil(Math.random() * left);
    return new Promise((resolve) => {
      const end = (isDone: boolean): void => {
        this.waiting.delete(go);
        resolve(isDone);
      };
      const go = (): void => end(true);
      stop.addEventListener('abort', () => end(false), { once: true });
      this.waiting.set(go, until);
      if (until <= this.step) setTimeout(go, Math.random() * 1_000);
    });
  }

  /** As the installed client does: again until somebody answers. */
  private async register({ registration, computer, release }: ForeignOrder): Promise<void> {
    if (!registration) return;
    const body = JSON.stringify({
      token: registration.token,
      name: computer.name,
      os: 'Debian GNU/Linux 12',
      version: release?.version ?? '1',
      bootId: randomUUID(),
      restartRequired: false,
      location: { addresses: [] },
    });
    const wish = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    while (!this.ending.signal.aborted) {
      const answer = await fetch(registration.url, wish).catch(() => undefined);
      if (answer?.ok === true) return void this.registered.add(computer.name);
      await pause(1_000, undefined, { signal: this.ending.signal });
    }
  }
}
