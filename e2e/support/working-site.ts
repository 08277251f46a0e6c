import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ForeignDp, type ForeignOrder } from './foreign-dp.js';

/** Seconds that a poll waits for orders. */
const POLL_WAIT = 2;
const PAUSE_MS = 200;

/**
 * The people and machines of a site, for tests that are about the admin API: whoever's join command is said becomes a DP,
 * which takes its orders, does them, and has their clients registered.
 */
export class WorkingSite {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[] = [];

  /** @param gateway base URL */
  constructor(private readonly gateway: string) {}

  /** Runs the command that the creation of a DP shows. */
  async join(joinCommand: string): Promise<void> {
    const token = /--token (\S+)/.exec(joinCommand)?.[1] ?? '';
    const dp = new ForeignDp(token.split('.')[0] ?? '', this.gateway);
    const { status, body } = await dp.enrol(token);
    if (status !== 201) throw new Error(`${joinCommand}: ${status} ${JSON.stringify(body)}`);
    this.running.push(this.work(dp));
  }

  /** @throws whatever one of its DPs could not do */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  private async work(dp: ForeignDp): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const { status, body } = await dp.poll({ wait: POLL_WAIT });
      if (status !== 200) throw new Error(`${dp.id} polled: ${status} ${JSON.stringify(body)}`);
      for (const { order } of body.orders) await this.install(dp, order);
      await sleep(PAUSE_MS);
    }
  }

  private async install(dp: ForeignDp, order: ForeignOrder): Promise<void> {
    await dp.report([{ order, state: 'accepted' }]);
    await dp.report([{ order, state: 'succeeded', result: 'INSTALLED', phase: 'install' }]);
    if (!order.registration) return;
    const registration = {
      token: order.registration.token,
      name: order.computer.name,
      os: 'Debian GNU/Linux 12',
      version: order.release?.version ?? '1.0.0',
      bootId: randomUUID(),
      restartRequired: false,
      location: { addresses: ['192.0.2.7/24'], gateway: null, dnsSuffix: null, adSite: null },
    };
    const { status, body } = await dp.post('/client/v1/register', registration);
    if (status !== 201) throw new Error(`${order.computer.name}: ${status} ${JSON.stringify(body)}`);
  }
}
