import { Injectable, Logger } from '@nestjs/common';
import type { DpId, InstallOrder, OrderId } from '#domain';
import { OrderQueues } from '#messaging';
import { OrderRepository } from '#persistence';
import { currentTime } from '#runtime';
import { OrderMetrics } from '../../platform/health/order-metrics.js';
import { Dispatcher } from './dispatcher.js';
import { OrderTransitions, type OrderEventInput } from '../orders/order-transitions.js';

/** Orders that get new tickets together. */
const BATCH = 1000;
/** A ticket may be on its way to the queue for this long: it is given up before, and noted as not being there. */
const UNDER_WAY_MS = 20_000;

/** What the last look has seen. */
interface Look {
  at: Date;
  /** Tickets that lay on each DP's queue. */
  ready: ReadonlyMap<DpId, number>;
}

/**
 * Finds queues that lack tickets (the broker was wiped, a gateway or a server died between two steps) and puts them there
 * again. Orders that are queued since before the last look had their tickets on their DP's queue then, or in a gateway's
 * hands for a moment. Are there more of them than tickets lay there at that look, and than lie there now, some are missing.
 * Each DP is counted by itself, so that no number of orders at another one hides it. A ticket too many, of an order that is
 * over, hides a missing one until the DP has taken it: before that nobody waits for either.
 */
@Injectable()
export class LostTickets {
  private readonly log = new Logger(LostTickets.name);
  private last: Look | null = null;

  constructor(
    private readonly orders: OrderRepository,
    private readonly transitions: OrderTransitions,
    private readonly dispatcher: Dispatcher,
    private readonly queues: OrderQueues,
    private readonly metrics: OrderMetrics,
  ) {}

  async look(now: Date): Promise<void> {
    if (!this.queues.isUsable) return;
    const { last } = this;
    const since = last ? new Date(last.at.getTime() - UNDER_WAY_MS) : now;
    const queued = await this.orders.countsQueued(now);
    const ready = await this.readyOf([...queued.keys()]);
    this.last = { at: now, ready };
    if (!last) return;
    const settled = await this.orders.countsQueued(since);
    for (const [dp, orders] of settled) {
      const [then, there] = [last.ready.get(dp), ready.get(dp)];
      if (then === undefined || there === undefined || orders <= Math.max(then, there)) continue;
      this.log.warn({ dp, orders, tickets: there }, 'tickets are missing; putting them on the queue again');
      await this.putBack(dp, since);
    }
  }

  /** A queue that cannot be counted is left out: what is wrong with it is shown on its DP. */
  private async readyOf(dps: readonly DpId[]): Promise<Map<DpId, number>> {
    const counted = await Promise.allSettled(
      dps.map(async (dp) => [dp, await this.queues.ready(dp)] as const),
    );
    return new Map(counted.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
  }

  private async putBack(dp: DpId, since: Date): Promise<void> {
    const lost: OrderEventInput[] = [{ event: { type: 'ticket-lost' }, source: 'server' }];
    let after: OrderId | null = null;
    let found: InstallOrder[];
    do {
      found = await this.orders.queuedSince(dp, since, after, BATCH);
      after = found.at(-1)?.id ?? null;
      const now = currentTime();
      const moved = await this.transitions.apply(new Map(found.map(({ id }) => [id, lost])), now, found);
      // one that was taken meanwhile was not lost
      const lacked = [...moved.values()].filter(({ outcomes }) => outcomes.some(({ changed }) => changed));
      this.metrics.ticket('lost', lacked.length);
      await this.dispatcher.dispatchMoved(moved);
    } while (found.length === BATCH);
  }
}
