import { Injectable, Logger } from '@nestjs/common';
import type { ClaimAnswer, ClaimCall, OrderFence } from '#contract';
import {
  DomainError,
  isFinal,
  type DistributionPoint,
  type DpId,
  type Hold,
  type InstallOrder,
  type OrderId,
} from '#domain';
import { DistributionPointRepository, OrderRepository } from '#persistence';
import { SettingsService } from '../settings/settings.service.js';
import { OrderGate } from './order-gate.js';
import { OrderMoves, type Move, type Moved } from './order-moves.js';
import { WireOrders } from './wire-orders.service.js';

/** Seconds a DP has to say that it stored an order. */
const LEASE_UNTIL_ACCEPTED = 60;
/** Shortest lease of an order that runs, in seconds; else three poll intervals. */
const LEASE_WHILE_RUNNING = 600;
/** When an order beyond the DP's concurrency is looked at again. */
const CONCURRENCY_RECHECK_MS = 20_000;

/** Seconds a running order's lease lasts from each sign of life. */
export function runningLease(pollInterval: number): number {
  return Math.max(LEASE_WHILE_RUNNING, 3 * pollInterval);
}

/**
 * Exchanges tickets for orders and leases. Tickets are hints: one that is late, taken twice or overtaken gets nothing,
 * and the gateway acks it all the same.
 */
@Injectable()
export class ClaimService {
  private readonly log = new Logger(ClaimService.name);

  constructor(
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly moves: OrderMoves,
    private readonly gate: OrderGate,
    private readonly settings: SettingsService,
    private readonly wire: WireOrders,
  ) {}

  /** @throws DomainError NOT_FOUND when there is no such DP */
  async claim(call: ClaimCall, now: Date): Promise<ClaimAnswer> {
    const dp = await this.dps.findById('all', call.dp as DpId);
    if (!dp) throw new DomainError('NOT_FOUND', 'There is no such distribution point.');
    const status = dp.state === 'created' ? 'pending' : dp.state;

    const renewed = await this.renew(dp, call.running, now);
    const cancels = await this.cancelTickets(dp, call);
    const granted = await this.grant(dp, call, renewed.held, now);
    const repeated = call.again ? await this.grantedBefore(dp, call.poll, granted) : [];

    const orders = dp.state === 'enabled' ? await this.wire.signed(dp, [...repeated, ...granted], now) : [];
    for (const { order } of orders) {
      this.log.log(
        { order: order.order, dp: dp.id, fence: order.fence, poll: call.poll },
        'order handed out',
      );
    }
    return { status, orders, cancel: unique([...renewed.cancel, ...cancels]), lost: renewed.lost };
  }

  /** Renews the leases of what the DP says it works on, and tells it what to stop. */
  private async renew(
    dp: DistributionPoint,
    running: readonly OrderFence[],
    now: Date,
  ): Promise<{ held: ReadonlySet<OrderId>; cancel: OrderFence[]; lost: OrderFence[] }> {
    const held = new Set<OrderId>();
    const cancel: OrderFence[] = [];
    const lost: OrderFence[] = [];
    if (running.length === 0) return { held, cancel, lost };
    const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
    const lease = runningLease(pollInterval) * 1000;
    const found = new Map(
      (await this.orders.findByIds(running.map((r) => r.order as OrderId))).map((order) => [order.id, order]),
    );
    const moves = new Map<OrderId, Move[]>();
    for (const said of running) {
      const order = found.get(said.order as OrderId);
      const holds = order?.dp === dp.id && order.lease?.fence === said.fence && !isFinal(order.state);
      if (!order || !holds) {
        // What has just ended by its own report is no loss: the DP's list is a moment older than its reports.
        if (!order || order.dp !== dp.id || order.fence !== said.fence || !isFinal(order.state))
          lost.push(said);
        continue;
      }
      held.add(order.id);
      if (order.state === 'cancelling') cancel.push(said);
      const half = now.getTime() + lease / 2;
      if (order.lease && order.lease.until.getTime() < half) {
        const until = new Date(now.getTime() + lease);
        moves.set(order.id, [{ event: { type: 'lease-renewed', fence: said.fence, until }, source: 'dp' }]);
      }
    }
    if (moves.size > 0) await this.moves.apply(moves, now);
    return { held, cancel, lost };
  }

  private async cancelTickets(dp: DistributionPoint, call: ClaimCall): Promise<OrderFence[]> {
    const ids = call.tickets.filter((t) => t.kind === 'cancel').map((t) => t.order as OrderId);
    if (ids.length === 0) return [];
    const orders = await this.orders.findByIds(ids);
    return orders
      .filter((order) => order.dp === dp.id && order.state === 'cancelling' && order.lease !== null)
      .map((order) => ({ order: order.id, fence: order.fence }));
  }

  private async grant(
    dp: DistributionPoint,
    call: ClaimCall,
    held: ReadonlySet<OrderId>,
    now: Date,
  ): Promise<InstallOrder[]> {
    const tickets = new Map(
      call.tickets.filter((t) => t.kind === 'order').map((t) => [t.order as OrderId, t.ticket]),
    );
    if (tickets.size === 0) return [];
    const wanted = (await this.orders.findByIds([...tickets.keys()])).filter((order) => order.dp === dp.id);
    const gate = await this.gate.look(wanted, now);
    let free = await this.freePlaces(dp, held, call.max);
    const moves = new Map<OrderId, Move[]>();
    for (const order of wanted) {
      const isOpen = order.state === 'queued' || order.state === 'planned';
      const hold = isOpen ? (gate.holdOf(order, dp) ?? noPlace(free, now)) : null;
      if (hold) {
        moves.set(order.id, [{ event: { type: 'held', hold }, source: 'server' }]);
        continue;
      }
      free -= 1;
      const leaseUntil = new Date(now.getTime() + LEASE_UNTIL_ACCEPTED * 1000);
      const ticket = tickets.get(order.id) ?? 0;
      moves.set(order.id, [
        { event: { type: 'claimed', poll: call.poll, leaseUntil, ticket }, source: 'dp' },
      ]);
    }
    const moved = await this.moves.apply(moves, now);
    return [...moved.values()].filter((one) => isGrant(one, call.poll)).map((one) => one.after);
  }

  private async freePlaces(dp: DistributionPoint, held: ReadonlySet<OrderId>, max: number): Promise<number> {
    const { concurrency } = await this.settings.forDp(dp.tenant, dp.id);
    const inHand = Math.max(held.size, await this.orders.countHeld(dp.id));
    return Math.min(max, Math.max(0, concurrency - inHand));
  }

  /** A poll whose answer was lost gets the orders whose lease remembers it, with the same fences. */
  private async grantedBefore(
    dp: DistributionPoint,
    poll: string,
    granted: readonly InstallOrder[],
  ): Promise<InstallOrder[]> {
    const fresh = new Set(granted.map((order) => order.id));
    const before = await this.orders.findByPoll(dp.id, poll);
    return before.filter((order) => !fresh.has(order.id));
  }
}

function noPlace(free: number, now: Date): Hold | null {
  if (free > 0) return null;
  return { code: 'DP_CONCURRENCY', until: new Date(now.getTime() + CONCURRENCY_RECHECK_MS) };
}

function isGrant(moved: Moved, poll: string): boolean {
  return (
    moved.outcomes.some((o) => o.changed) &&
    moved.after.state === 'leased' &&
    moved.after.lease?.poll === poll
  );
}

function unique(fences: readonly OrderFence[]): OrderFence[] {
  return [...new Map(fences.map((f) => [f.order, f])).values()];
}
