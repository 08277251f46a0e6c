import { ForeignDp, type ForeignOrder } from '../support/foreign-dp.js';
import type { Stack } from '../support/stack.js';

type Report = { state: string; [field: string]: unknown };

/** A DP that joined, with a way to let it poll as one that is well. */
export class FaultSite {
  readonly dp: ForeignDp;
  /** What becomes of the orders that it gets; null: it says nothing of them. */
  answer: ((order: ForeignOrder) => Report) | null = () => ({ state: 'succeeded', result: 'OK' });
  /** Orders that it got and says nothing of. */
  readonly kept: ForeignOrder[] = [];
  /** False: it polls, and wants no order. */
  takesOrders = true;
  private timer: NodeJS.Timeout | undefined;
  private polling = false;

  private constructor(
    private readonly stack: Stack,
    readonly id: string,
  ) {
    this.dp = new ForeignDp(id, stack.gatewayUrls[0] ?? '');
  }

  static async join(stack: Stack, id: string): Promise<FaultSite> {
    const site = new FaultSite(stack, id);
    const body = { id, name: id, tenant: 'default' };
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', body);
    await site.dp.enrol(joinToken);
    const { fingerprint } = site.dp;
    await stack.api.ok('POST', `/distribution-points/${id}/enable`, { keyFingerprint: fingerprint });
    return site;
  }

  /** Polls every second, whatever comes of it. */
  begin(): void {
    this.timer = setInterval(() => void this.poll().catch(() => undefined), 1_000);
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** One poll, and what is to be said of what it brings. */
  async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      const { body } = await this.dp.poll(this.takesOrders ? {} : { max: 0 });
      for (const { order } of body.orders ?? []) {
        if (!this.answer) this.kept.push(order);
        else
          await this.dp.report([
            { order, state: 'accepted' },
            { order, ...this.answer(order) },
          ]);
      }
    } finally {
      this.polling = false;
    }
  }

  /** Computers of this site, imported. */
  async computers(names: readonly string[]): Promise<string[]> {
    await this.stack.importCsv(['name', ...names].join('\n'), this.id);
    const { items } = await this.stack.api.ok<{ items: { id: string; name: string }[] }>(
      'GET',
      `/computers?limit=500&dp=${this.id}`,
    );
    const wanted = new Set(names.map((name) => name.toUpperCase()));
    return items.filter(({ name }) => wanted.has(name)).map(({ id }) => id);
  }

  /** Orders of computers that are new. */
  async release(names: readonly string[]): Promise<string[]> {
    const computers = await this.computers(names);
    const { results } = await this.stack.api.ok<{ results: { order: string }[] }>(
      'POST',
      '/computers/release',
      { computers },
    );
    return results.map(({ order }) => order);
  }
}
