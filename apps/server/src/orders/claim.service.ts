import { Injectable, Logger } from '@nestjs/common';
import type { ClaimAnswer, ClaimCall, OrderFence, SignedOrder } from '#contract';
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
import { Gathering } from '#runtime';
import { SettingsService } from '../settings/settings.service.js';
import { AccountTrials } from './account-trials.js';
import { FreedPlaces } from './freed-places.js';
import { HeldOrders } from './held-orders.js';
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

/** Claims answered together at most. */
const BATCH = 200;

/** A DP's claim, and what became of it. */
interface Claim {
  call: ClaimCall;
  dp: DistributionPoint;
  /** Orders the DP works on and may go on with. */
  held: Set<OrderId>;
  cancel: OrderFence[];
  lost: OrderFence[];
  orders: SignedOrder[];
}

/**
 * Exchanges tickets for orders and leases. Tickets are hints: one that is late, taken twice or overtaken gets nothing,
 * and the gateway acks it all the same. Claims that arrive together are answered together: what they need is read once,
 * and their leases are one write.
 */
@Injectable()
export class ClaimService {
  private readonly log = new Logger(ClaimService.name);
  private readonly gathering = new Gathering<ClaimCall, ClaimAnswer | null>(
    (calls) => this.claimBatch(calls, new Date()),
    // a claim whose leases are written already would get nothing the second time; the DP has to repeat its poll
    { most: BATCH, failsTogether: true },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly moves: OrderMoves,
    private readonly gate: OrderGate,
    private readonly trials: AccountTrials,
    private readonly settings: SettingsService,
    private readonly wire: WireOrders,
    private readonly places: FreedPlaces,
    private readonly held: HeldOrders,
  ) {}

  /** @throws DomainError NOT_FOUND when there is no such DP */
  async claim(call: ClaimCall): Promise<ClaimAnswer> {
    const answer = await this.gathering.ask(call);
    if (!answer) throw new DomainError('NOT_FOUND', 'There is no such distribution point.');
    return answer;
  }

  private async claimBatch(calls: readonly ClaimCall[], now: Date): Promise<(ClaimAnswer | null)[]> {
    const dps = await this.dps.findByIds([...new Set(calls.map((call) => call.dp as DpId))]);
    const byId = new Map<string, DistributionPoint>(dps.map((dp) => [dp.id, dp]));
    const claims = calls.map((call): Claim | null => {
      const dp = byId.get(call.dp);
      return dp ? { call, dp, held: new Set(), cancel: [], lost: [], orders: [] } : null;
    });
    const open = claims.filter((claim) => claim !== null);
    const ids = open.flatMap(({ call }) =>
      [...call.running, ...call.tickets].map((one) => one.order as OrderId),
    );
    const found = new Map((await this.orders.findByIds([...new Set(ids)])).map((order) => [order.id, order]));

    const moves = new Map<OrderId, Move[]>();
    for (const claim of open) {
      await this.renew(claim, found, moves, now);
      claim.cancel.push(...cancelTickets(claim, found));
    }
    await this.grant(open, found, moves, now);
    const moved = await this.moves.apply(moves, now);
    await this.handOut(open, moved, now);
    await this.held.accountsAgain(
      [...moved.values()].map(({ after }) => after),
      now,
    );

    return claims.map((claim) => claim && answerOf(claim));
  }

  /** Renews the leases of what the DP says it works on, and tells it what to stop. */
  private async renew(
    { call, dp, held, cancel, lost }: Claim,
    found: ReadonlyMap<OrderId, InstallOrder>,
    moves: Map<OrderId, Move[]>,
    now: Date,
  ): Promise<void> {
    if (call.running.length === 0) return;
    const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
    const lease = runningLease(pollInterval) * 1000;
    for (const said of call.running) {
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
        add(moves, order.id, { event: { type: 'lease-renewed', fence: said.fence, until }, source: 'dp' });
      }
    }
  }

  /** Adds to `moves` what the tickets bring: a lease, or why there is none. */
  private async grant(
    claims: readonly Claim[],
    found: ReadonlyMap<OrderId, InstallOrder>,
    moves: Map<OrderId, Move[]>,
    now: Date,
  ): Promise<void> {
    const wanted = claims.map((claim) => ({ claim, tickets: orderTickets(claim, found) }));
    const asking = wanted.filter(({ tickets }) => tickets.length > 0);
    if (asking.length === 0) return;
    const gate = await this.gate.look(
      asking.flatMap(({ tickets }) => tickets.map(({ order }) => order)),
      now,
    );
    const inHand = await this.orders.countsHeld([...new Set(asking.map(({ claim }) => claim.dp.id))]);
    for (const { claim, tickets } of asking) {
      const { dp, call, held } = claim;
      const { concurrency } = await this.settings.forDp(dp.tenant, dp.id);
      const before = Math.max(held.size, inHand.get(dp.id) ?? 0);
      let free = Math.min(call.max, Math.max(0, concurrency - before));
      for (const { order, ticket } of tickets) {
        const waits = order.state === 'queued' || order.state === 'planned';
        const hold = waits
          ? (gate.holdOf(order, dp) ?? noPlace(free, now) ?? (await this.trials.begin(order, dp, gate, now)))
          : null;
        if (hold) {
          if (hold.code === 'DP_CONCURRENCY') this.places.noteFull(dp.id);
          add(moves, order.id, { event: { type: 'held', hold }, source: 'server' });
          continue;
        }
        // an old ticket of an order that has moved on takes no place
        if (waits) {
          free -= 1;
          inHand.set(dp.id, (inHand.get(dp.id) ?? 0) + 1);
        }
        const leaseUntil = new Date(now.getTime() + LEASE_UNTIL_ACCEPTED * 1000);
        add(moves, order.id, {
          event: {
            type: 'claimed',
            poll: call.poll,
            leaseUntil,
            ticket,
            trial: this.trials.onTrial(order, dp, gate),
          },
          source: 'dp',
        });
      }
    }
  }

  /** Makes the orders that go out: those granted now, and those that a repeated poll was granted before. */
  private async handOut(
    claims: readonly Claim[],
    moved: ReadonlyMap<OrderId, Moved>,
    now: Date,
  ): Promise<void> {
    const going: { claim: Claim; order: InstallOrder }[] = [];
    for (const claim of claims) {
      const { call, dp } = claim;
      if (dp.state !== 'enabled') continue;
      const granted = call.tickets.flatMap(({ order }) => {
        const one = moved.get(order as OrderId);
        return one && one.after.dp === dp.id && isGrant(one, call.poll) ? [one.after] : [];
      });
      const fresh = new Map(granted.map((order) => [order.id, order]));
      const before = call.again ? await this.orders.findByPoll(dp.id, call.poll) : [];
      const repeated = before.filter(({ id }) => !fresh.has(id));
      going.push(...[...repeated, ...fresh.values()].map((order) => ({ claim, order })));
    }
    const signed = await this.wire.signed(
      going.map(({ claim, order }) => ({ dp: claim.dp, order })),
      now,
    );
    for (const [index, { claim }] of going.entries()) {
      const one = signed[index];
      if (!one) continue;
      const { order, fence } = one.order;
      this.log.log({ order, dp: claim.dp.id, fence, poll: claim.call.poll }, 'order handed out');
      claim.orders.push(one);
    }
  }
}

/** The DP's own orders among its tickets, each with its ticket's number. */
function orderTickets(
  { call, dp }: Claim,
  found: ReadonlyMap<OrderId, InstallOrder>,
): { order: InstallOrder; ticket: number }[] {
  const tickets = new Map(
    call.tickets.filter((one) => one.kind === 'order').map((one) => [one.order as OrderId, one.ticket]),
  );
  return [...tickets].flatMap(([id, ticket]) => {
    const order = found.get(id);
    return order?.dp === dp.id ? [{ order, ticket }] : [];
  });
}

function cancelTickets({ call, dp }: Claim, found: ReadonlyMap<OrderId, InstallOrder>): OrderFence[] {
  return call.tickets.flatMap((ticket) => {
    const order = ticket.kind === 'cancel' ? found.get(ticket.order as OrderId) : undefined;
    const isOurs = order?.dp === dp.id && order.state === 'cancelling' && order.lease !== null;
    return isOurs ? [{ order: order.id, fence: order.fence }] : [];
  });
}

function answerOf({ dp, orders, cancel, lost }: Claim): ClaimAnswer {
  const status = dp.state === 'created' ? 'pending' : dp.state;
  return { status, orders, cancel: unique(cancel), lost };
}

function add(moves: Map<OrderId, Move[]>, order: OrderId, move: Move): void {
  const list = moves.get(order);
  if (list) list.push(move);
  else moves.set(order, [move]);
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
