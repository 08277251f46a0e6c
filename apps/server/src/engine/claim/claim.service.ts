import { Injectable, Logger } from '@nestjs/common';
import type { ClaimAnswer, ClaimCall, ReturnLeasesCall, SignedOrder } from '#contract';
import {
  coherent,
  type DistributionPoint,
  DomainError,
  type DpId,
  type HandOver,
  type Hold,
  type InstallOrder,
  LEASE_UNTIL_ACCEPTED,
  machineOf,
  type OrderEvent,
  type OrderId,
  runningLease,
  wordOn,
  wordOnCancel,
} from '#domain';
import { BrokerUnavailable, type Deadline } from '#messaging';
import { DistributionPointRepository, OrderRepository } from '#persistence';
import { activeTrace, currentTime, RequestBatcher, type TraceParent } from '#runtime';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { OrderMetrics } from '../../platform/health/order-metrics.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { AccountTrials } from '../eligibility/account-trials.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { CapacityRelease } from '../holds/capacity-release.js';
import { HoldReevaluator } from '../holds/hold-reevaluator.js';
import { EligibilityPolicy, type EligibilitySnapshot } from '../eligibility/eligibility-policy.js';
import {
  OrderTransitions,
  type OrderEventInput,
  type TransitionResult,
} from '../orders/order-transitions.js';
import { recordStation } from '../orders/order-trace.js';
import { WireOrdersService } from './wire-orders.service.js';

/** When an order beyond the DP's concurrency is looked at again. */
const CONCURRENCY_RECHECK_MS = 20_000;

/** Share of a lease below which it is renewed: not each poll is worth a write. A pair's is short, and needs it sooner. */
const RENEWED_BELOW = 0.5;
const RENEWED_BELOW_OF_PAIR = 0.8;

/** Claims answered together at most. */
const BATCH = 200;

interface TimedCall {
  call: ClaimCall;
  deadline: Deadline;
  /** The trace that the call came with. */
  from: TraceParent | undefined;
}

/** A DP's claim, and what became of it. */
interface Claim extends TimedCall {
  /** With the keys of the machine that asks, as if it were the only one. */
  dp: DistributionPoint;
  /** Which of two machines asks; null: only one of the DP works. */
  machine: string | null;
  /** Orders the DP works on and may go on with. */
  held: Set<OrderId>;
  cancel: HandOver[];
  lost: HandOver[];
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
  private readonly gathering = new RequestBatcher<TimedCall, ClaimAnswer | null>(
    (calls) => this.claimBatch(calls, currentTime()),
    // a claim whose leases are written already would get nothing the second time; the DP has to repeat its poll
    { most: BATCH, failsTogether: true },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly transitions: OrderTransitions,
    private readonly eligibility: EligibilityPolicy,
    private readonly trials: AccountTrials,
    private readonly settings: SettingsService,
    private readonly wire: WireOrdersService,
    private readonly capacity: CapacityRelease,
    private readonly holds: HoldReevaluator,
    private readonly dispatcher: Dispatcher,
    private readonly metrics: OrderMetrics,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * @param deadline when the gateway gives up: what it cannot pass on is not worked on, and stays with nobody
   * @throws DomainError NOT_FOUND when there is no such DP
   * @throws BrokerUnavailable when the deadline has passed
   */
  async claim(call: ClaimCall, deadline: Deadline): Promise<ClaimAnswer> {
    const end = this.metrics.claims.startTimer();
    const answer = await this.gathering.load({ call, deadline, from: activeTrace() });
    end({ outcome: deadline.isOver ? 'late' : (answer?.orders.length ?? 0) > 0 ? 'orders' : 'nothing' });
    if (deadline.isOver) throw new BrokerUnavailable('nobody waits for the answer to this claim any more');
    if (!answer) throw new DomainError('NOT_FOUND', 'notFound.dp');
    return answer;
  }

  /** The DP never heard of these leases: their orders go back on its queue at once. */
  async returnLeases({ dp, leases }: ReturnLeasesCall, now: Date): Promise<void> {
    const moves = new Map<OrderId, OrderEventInput[]>();
    for (const { order, fence } of leases) {
      const event = { type: 'lease-returned', dp: dp as DpId, fence } as const;
      add(moves, order as OrderId, { event, source: 'server' });
    }
    const moved = await this.transitions.apply(moves, now);
    await this.capacity.release(moved, now);
    this.dispatcher.dispatchLater(moved);
  }

  private async claimBatch(calls: readonly TimedCall[], now: Date): Promise<(ClaimAnswer | null)[]> {
    const timely = calls.filter(({ deadline }) => !deadline.isOver);
    const dps = await this.dps.findByIds([...new Set(timely.map(({ call }) => call.dp as DpId))]);
    const byId = new Map<string, DistributionPoint>(dps.map((dp) => [dp.id, dp]));
    const claims = calls.map((one): Claim | null => {
      const dp = timely.includes(one) ? byId.get(one.call.dp) : undefined;
      const asking = dp && askingMachine(dp, one.call);
      return asking ? { ...one, ...asking, held: new Set(), cancel: [], lost: [], orders: [] } : null;
    });
    const open = claims.filter((claim) => claim !== null);
    const ids = open.flatMap(({ call }) =>
      [...call.running, ...call.tickets].map((one) => one.order as OrderId),
    );
    const found = new Map((await this.orders.findByIds([...new Set(ids)])).map((order) => [order.id, order]));

    const moves = new Map<OrderId, OrderEventInput[]>();
    for (const claim of open) await this.renew(claim, found, moves, now);
    const gate = await this.grant(open, found, moves, now);
    const moved = await this.transitions.apply(moves, now, found.values());
    // one that its DP may not have is passed on
    this.dispatcher.dispatchLater(moved);
    await this.handOut(open, moved, gate, now);
    this.holds.reevaluateAccounts([...moved.values()].map(({ after }) => after));
    await this.takeBackLate(open);
    return claims.map((claim) => claim && { ...answerOf(claim), stale: staleTickets(claim, moved) });
  }

  /** Whose gateway has given up meanwhile: nobody hands these orders on. */
  private async takeBackLate(claims: readonly Claim[]): Promise<void> {
    for (const { deadline, dp, orders } of claims) {
      if (!deadline.isOver || orders.length === 0) continue;
      this.log.warn(
        { dp: dp.id, orders: orders.length },
        'claim answered too late; its orders are taken back',
      );
      const leases = orders.map(({ order: { order, fence } }) => ({ order, fence }));
      await this.returnLeases({ dp: dp.id, leases }, currentTime());
    }
  }

  /** Renews the leases of what the DP says it works on, and tells it what to stop. */
  private async renew(
    { call, dp, machine, held, cancel, lost }: Claim,
    found: ReadonlyMap<OrderId, InstallOrder>,
    moves: Map<OrderId, OrderEventInput[]>,
    now: Date,
  ): Promise<void> {
    for (const { order, kind } of call.tickets) {
      const one = found.get(order as OrderId);
      const word = kind === 'cancel' ? wordOnCancel(one, dp.id, now) : null;
      const handOver = { order: order as OrderId, fence: one?.fence ?? 0 };
      const holder = one?.lease?.machine;
      const isOthers = machine !== null && holder !== undefined && holder !== machine;
      if (word === 'lost') lost.push(handOver);
      // a machine that had the order before would answer by its journal, under a fence that is not its own
      if (word === 'cancel' && !isOthers) cancel.push(handOver);
      // the other machine has the order, or may have it, and waits in a poll that this ticket did not end
      if (word === 'cancel' && machine !== null && holder !== machine)
        this.feed.changed('dp', dp.id, dp.tenant);
    }
    if (call.running.length === 0) return;
    const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
    for (const { order: id, fence } of call.running as HandOver[]) {
      const order = found.get(id);
      const word = wordOn(order, dp.id, fence, now);
      if (word === 'lost') lost.push({ order: id, fence });
      if (word === 'cancel') cancel.push({ order: id, fence });
      if (word !== 'held' && word !== 'cancel') continue;
      held.add(id);
      const isOfPair = order?.lease?.machine !== undefined;
      const lease = runningLease(pollInterval, isOfPair) * 1000;
      const early = now.getTime() + lease * (isOfPair ? RENEWED_BELOW_OF_PAIR : RENEWED_BELOW);
      if (order?.lease && order.lease.until.getTime() < early) {
        const until = new Date(now.getTime() + lease);
        add(moves, id, { event: { type: 'lease-renewed', fence, until }, source: 'dp' });
      }
    }
  }

  /**
   * Adds to `moves` what the tickets bring: a lease, or why there is none.
   *
   * @returns what was seen of the orders that the tickets are for
   */
  private async grant(
    claims: readonly Claim[],
    found: ReadonlyMap<OrderId, InstallOrder>,
    moves: Map<OrderId, OrderEventInput[]>,
    now: Date,
  ): Promise<EligibilitySnapshot> {
    const wanted = claims.map((claim) => ({ claim, tickets: orderTickets(claim, found) }));
    const asking = wanted.filter(({ tickets }) => tickets.length > 0);
    const gate = await this.eligibility.look(
      asking.flatMap(({ tickets }) => tickets.map(({ order }) => order)),
      now,
    );
    if (asking.length === 0) return gate;
    const inHand = await this.orders.countsHeld([...new Set(asking.map(({ claim }) => claim.dp.id))]);
    const going: {
      order: InstallOrder;
      dp: DistributionPoint;
      ticket: number;
      claim: Claim;
      waits: boolean;
    }[] = [];
    for (const { claim, tickets } of asking) {
      const { dp, call, held } = claim;
      const { concurrency } = await this.settings.forDp(dp.tenant, dp.id);
      const before = Math.max(held.size, inHand.get(dp.id) ?? 0);
      let free = Math.min(call.max, Math.max(0, concurrency - before));
      for (const { order, ticket } of tickets) {
        const waits = order.state === 'queued' || order.state === 'planned';
        const hold = waits ? (gate.holdOf(order, dp) ?? noCapacity(free, now)) : null;
        if (hold) {
          if (hold.code === 'DP_CONCURRENCY') this.capacity.noteFull(dp.id);
          add(moves, order.id, { event: { type: 'held', dp: dp.id, ticket, hold }, source: 'server' });
          continue;
        }
        // an old ticket of an order that has moved on takes no place
        if (waits) {
          free -= 1;
          inHand.set(dp.id, (inHand.get(dp.id) ?? 0) + 1);
        }
        going.push({ order, dp, ticket, claim, waits });
      }
    }
    const holds = await this.trials.begin(
      going.filter(({ waits }) => waits),
      gate,
      now,
    );
    const leaseUntil = new Date(now.getTime() + LEASE_UNTIL_ACCEPTED * 1000);
    for (const { order, dp, ticket, claim } of going) {
      const { poll } = claim.call;
      const machine = claim.machine === null ? {} : { machine: claim.machine };
      const hold = holds.get(order.id);
      const trial = this.trials.onlyOne(order, dp, gate);
      const logins = this.trials.countedOf(order, dp, gate).map(({ id }) => id);
      const event: OrderEvent = hold
        ? { type: 'held', dp: dp.id, ticket, hold }
        : { type: 'claimed', dp: dp.id, poll, ...machine, leaseUntil, ticket, trial, logins };
      add(moves, order.id, { event, source: hold ? 'server' : 'dp' });
    }
    return gate;
  }

  /**
   * Makes the orders that go out: those granted now, and those that a repeated poll was granted before. What is being
   * cancelled meanwhile is not begun.
   */
  private async handOut(
    claims: readonly Claim[],
    moved: ReadonlyMap<OrderId, TransitionResult>,
    seen: EligibilitySnapshot,
    now: Date,
  ): Promise<void> {
    const enabled = claims.filter(({ dp }) => dp.state === 'enabled');
    const repeated = enabled.flatMap(({ call }) => (call.again ? [call.poll] : []));
    const before = repeated.length > 0 ? await this.orders.findByPolls(repeated) : [];
    const going: { claim: Claim; order: InstallOrder }[] = [];
    for (const claim of enabled) {
      const { call, dp } = claim;
      const mine = call.again
        ? before.filter(({ dp: holder, lease }) => holder === dp.id && lease?.poll === call.poll)
        : [];
      const granted = call.tickets.flatMap(({ order }) => {
        const one = moved.get(order as OrderId);
        return one && one.after.dp === dp.id && isGrant(one, call.poll) ? [one.after] : [];
      });
      for (const order of new Map([...mine, ...granted].map((one) => [one.id, one])).values()) {
        if (order.state === 'cancelling') claim.cancel.push({ order: order.id, fence: order.fence });
        else going.push({ claim, order });
      }
    }
    const orders = going.map(({ order }) => order);
    const signed = await this.wire.signed(
      going.map(({ claim, order }) => ({ dp: claim.dp, order, traceparent: traceClaim(claim, order, now) })),
      // orders of repeated polls had no tickets, and were not looked at
      before.length > 0 ? await this.eligibility.look(orders, now) : seen,
      now,
    );
    for (const [index, { claim }] of going.entries()) {
      const one = signed[index];
      if (!one) continue;
      const { order, fence } = one.order;
      // that it is leased is told by its transition; this is also told of what a repeated poll gets again
      this.log.debug(
        { order, dp: claim.dp.id, fence, poll: claim.call.poll, correlation: one.order.correlation },
        'order handed out',
      );
      claim.orders.push(one);
    }
  }
}

/**
 * The machine of a DP that makes a call. Null: it has none like that (any more), or it may not have orders while the other one
 * may. What its gateway took for it goes back on the queue then.
 */
function askingMachine(dp: DistributionPoint, { machine }: ClaimCall): Pick<Claim, 'dp' | 'machine'> | null {
  if (!dp.second && machine === undefined) return { dp, machine: null };
  const one = machineOf(dp, machine);
  if (!one || (one.state !== 'enabled' && dp.state === 'enabled')) return null;
  return { dp: one, machine: dp.second?.state === 'enabled' ? one.keys.sealingKeyId : null };
}

/** What the DP says again with its reports. */
function traceClaim({ from }: Claim, order: InstallOrder, start: Date): TraceParent | undefined {
  const { fence, round } = order;
  return recordStation('claim', order, () => ({
    from,
    start,
    attributes: { 'relaypoint.fence': fence, 'relaypoint.attempt': round },
  }));
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

function answerOf({ dp, orders, held, cancel, lost }: Claim): ClaimAnswer {
  const status = dp.state === 'created' ? 'pending' : dp.state;
  return { status, ...coherent({ orders, held, cancel, lost }, ({ order }) => order.order as OrderId) };
}

/** Tickets whose orders were neither granted nor held back for them. */
function staleTickets({ call, dp }: Claim, moved: ReadonlyMap<OrderId, TransitionResult>): number {
  return call.tickets.filter(({ order, kind }) => {
    const one = moved.get(order as OrderId);
    const wasOurs = one?.before.dp === dp.id && one.outcomes.some(({ changed }) => changed);
    return kind === 'order' && !wasOurs;
  }).length;
}

function add(moves: Map<OrderId, OrderEventInput[]>, order: OrderId, move: OrderEventInput): void {
  const list = moves.get(order);
  if (list) list.push(move);
  else moves.set(order, [move]);
}

function noCapacity(free: number, now: Date): Hold | null {
  if (free > 0) return null;
  return { code: 'DP_CONCURRENCY', until: new Date(now.getTime() + CONCURRENCY_RECHECK_MS) };
}

function isGrant(moved: TransitionResult, poll: string): boolean {
  return (
    moved.outcomes.some((o) => o.changed) &&
    moved.after.state === 'leased' &&
    moved.after.lease?.poll === poll
  );
}
