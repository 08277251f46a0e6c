import { Injectable, Logger } from '@nestjs/common';
import {
  isFinal,
  isOvertaken,
  transition,
  withEntries,
  type EventSource,
  type InstallOrder,
  type OrderEntry,
  type OrderEvent,
  type OrderId,
  type OrderOutcome,
  type TimelineEvent,
} from '#domain';
import { OrderRepository, retryLost, TimelineRepository } from '#persistence';
import { OrderMetrics } from '../../platform/health/order-metrics.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { RolloutStandings } from '../rollout-members/rollout-standings.js';
import { logMovements } from './movement-log.js';
import { movementEvent } from './order-events.js';
import { recordStation } from './order-trace.js';
import { OrderCompletion } from './order-completion.js';

/** One thing that happened to an order. */
export interface OrderEventInput {
  event: OrderEvent;
  source: EventSource;
  /** Makes the entry's id; absent: derived from the order's revision. */
  cause?: string;
  data?: Record<string, unknown>;
  /** When it happened; absent: now. */
  at?: Date;
}

export interface TransitionResult {
  /** As it was read. */
  before: InstallOrder;
  /** As it stands in the store now. */
  after: InstallOrder;
  /** What each move did, in their order. */
  outcomes: readonly OrderOutcome[];
}

/**
 * The one way orders change: read → decide (domain) → guarded write → follow-ups. What the timeline gets is part of the
 * write. Follow-ups (the computer of an order that ended, broadcast) are idempotent and are done again even when the write changed nothing, so that the
 * redelivery of whatever caused the move repairs a crash in between.
 */
@Injectable()
export class OrderTransitions {
  private readonly log = new Logger(OrderTransitions.name);

  constructor(
    private readonly orders: OrderRepository,
    private readonly timeline: TimelineRepository,
    private readonly completion: OrderCompletion,
    private readonly rollouts: RolloutStandings,
    private readonly feed: ChangeFeed,
    private readonly metrics: OrderMetrics,
  ) {}

  /**
   * Applies the moves of many orders at once; the moves of one order in their order and in one write. One without any
   * move is stored anew, as this version stores it.
   *
   * @param read what the caller has read of them: it is decided by that first, and read again by whoever is beaten
   * @returns by order id; orders that do not exist are missing
   * @throws OptimisticLockError when others kept changing an order; the caller's message comes again
   */
  async apply(
    moves: ReadonlyMap<OrderId, readonly OrderEventInput[]>,
    now: Date,
    read: Iterable<InstallOrder> = [],
  ): Promise<Map<OrderId, TransitionResult>> {
    const done = new Map<OrderId, Decided>();
    const known = new Map([...read].map((order) => [order.id, order]));
    await retryLost('orders', [...moves.keys()], async (open) => {
      const found = open.flatMap((id) => known.get(id) ?? []);
      const unread = await this.orders.findByIds(open.filter((id) => !known.has(id)));
      known.clear();
      const decided = [...found, ...unread].map((order) => decide(order, moves.get(order.id) ?? [], now));
      const lost = await this.write(decided);
      for (const one of decided) if (!lost.has(one.before.id)) done.set(one.before.id, one);
      return [...lost];
    });
    this.count(moves, done, now);
    await this.followUp([...done.values()], now);
    return done;
  }

  /** One order, one move. */
  async applyOne(
    order: InstallOrder,
    move: OrderEventInput,
    now: Date,
  ): Promise<TransitionResult | undefined> {
    return (await this.apply(new Map([[order.id, [move]]]), now, [order])).get(order.id);
  }

  /** An order that is not stored yet, after its first move. */
  first(order: InstallOrder, event: OrderEvent, now: Date): InstallOrder {
    return decide(order, [{ event, source: 'server', cause: `order:${order.id}:0:0` }], now).after;
  }

  /** An order that has just been stored for the first time. */
  noteFirst(order: InstallOrder): void {
    logMovements(this.log, order, order.timeline ?? []);
    this.feed.changed('order', order.id, order.tenant);
  }

  private count(
    moves: ReadonlyMap<OrderId, readonly OrderEventInput[]>,
    done: ReadonlyMap<OrderId, Decided>,
    now: Date,
  ): void {
    for (const [id, { before, after, outcomes }] of done) {
      this.metrics.moved(before, after, now);
      for (const [index, outcome] of outcomes.entries()) {
        const move = moves.get(id)?.[index];
        if (move) this.metrics.event(move.event, outcome);
      }
    }
  }

  private async write(decided: Decided[]): Promise<Set<OrderId>> {
    const changed = decided.filter((d) => d.after !== d.before);
    if (changed.length === 0) return new Set();
    // before the orders let go of them
    await this.timeline.append(changed.flatMap((d) => d.outgrown));
    const { written, lost } = await this.orders.replaceMany(changed.map((d) => d.after));
    const stored = new Map(written.map((order) => [order.id, order]));
    for (const one of changed) one.after = stored.get(one.before.id) ?? one.after;
    return new Set(lost);
  }

  private async followUp(moved: readonly Decided[], now: Date): Promise<void> {
    const ended = moved.filter((one) => isFinal(one.after.state)).map((one) => one.after);
    await this.completion.applyToComputers(ended, now);
    await this.rollouts.noteOrders(
      moved.filter(saysSomething).map((one) => one.after),
      now,
    );
    for (const one of moved) {
      if (one.after === one.before) continue;
      logMovements(this.log, one.after, one.told);
      if (isFinal(one.after.state) && !isFinal(one.before.state)) recordEnd(one.after);
      this.feed.changed('order', one.after.id, one.after.tenant);
    }
  }
}

function recordEnd(order: InstallOrder): void {
  const { state, result, failure } = order;
  recordStation(`order ${state}`, order, () => ({
    failure: state === 'succeeded' || state === 'cancelled' ? undefined : (failure?.code ?? state),
    attributes: { 'relaypoint.result': result ?? undefined },
  }));
}

/** What an order that ended, or an attempt that failed, says to the rollout that it belongs to. */
function saysSomething({ before, after }: Decided): boolean {
  return isFinal(after.state) || (after.failure !== null && after.failure !== before.failure);
}

interface Step {
  before: InstallOrder;
  outcome: OrderOutcome;
}

interface Decided {
  before: InstallOrder;
  after: InstallOrder;
  outcomes: OrderOutcome[];
  /** Entries that it has got. */
  told: readonly OrderEntry[];
  /** Entries that the order has no room for any longer. */
  outgrown: readonly TimelineEvent[];
}

function decide(before: InstallOrder, moves: readonly OrderEventInput[], now: Date): Decided {
  let order = before;
  const steps: Step[] = [];
  for (const move of moves) {
    const outcome = transition(order, move.event, now);
    steps.push({ before: order, outcome });
    if (outcome.changed) order = outcome.order;
  }
  // the entries are written with the change itself, so that no crash can lose them
  const told = withEntries(before, order, timelineOf(steps, moves, before.revision + 1, now));
  const isChanged = order !== before || told.added > 0 || moves.length === 0;
  return {
    before,
    after: isChanged ? told.order : before,
    outcomes: steps.map((step) => step.outcome),
    told: told.added > 0 ? (told.order.timeline ?? []).slice(-told.added) : [],
    outgrown: isChanged ? told.outgrown : [],
  };
}

function timelineOf(
  steps: readonly Step[],
  moves: readonly OrderEventInput[],
  revision: number,
  now: Date,
): OrderEntry[] {
  return steps.flatMap(({ before, outcome }, index) => {
    const move = moves[index];
    if (!move) return [];
    const { event, source, data, at = now } = move;
    const cause = move.cause ?? `order:${before.id}:${revision}:${index}`;
    const isOnlyLate = event.type === 'reported' && isOvertaken(before, event.report);
    if (outcome.changed || isOnlyLate) {
      const after = outcome.changed ? outcome.order : before;
      const told = movementEvent(before, after, event, source, cause, at, data);
      return told ? [told] : [];
    }
    // A report that came too late is kept; a repeat has the id of what it repeats and adds nothing.
    if (event.type !== 'reported') return [];
    const { dp, state } = before;
    return [
      {
        id: cause,
        dp,
        at,
        seq: event.report.seq,
        source,
        kind: 'report-ignored' as const,
        from: state,
        to: state,
        data: { ...data, why: outcome.why, state: event.report.state },
      },
    ];
  });
}
