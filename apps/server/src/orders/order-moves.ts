import { Injectable } from '@nestjs/common';
import {
  isFinal,
  transition,
  type EventSource,
  type InstallOrder,
  type OrderEvent,
  type OrderId,
  type OrderOutcome,
  type TimelineEvent,
} from '#domain';
import { OrderRepository, TimelineRepository } from '#persistence';
import { ChangeFeed } from '../events/change-feed.js';
import { LostRace } from './lost-race.js';
import { movementEvent } from './order-events.js';
import { OrderEndings } from './order-endings.js';

/** One thing that happened to an order. */
export interface Move {
  event: OrderEvent;
  source: EventSource;
  /** Makes the timeline entry's id; absent: derived from the order's revision. */
  cause?: string;
  data?: Record<string, unknown>;
}

export interface Moved {
  /** As it was read. */
  before: InstallOrder;
  /** As it stands in the store now. */
  after: InstallOrder;
  /** What each move did, in their order. */
  outcomes: readonly OrderOutcome[];
}

/** Reads and decisions before a lost race counts as a passing fault. */
const TRIES = 5;

/**
 * The one way orders change: read → decide (domain) → guarded write → follow-ups. Follow-ups (timeline, the computer of
 * an order that ended, broadcast) are idempotent and are done again even when the write changed nothing, so that the
 * redelivery of whatever caused the move repairs a crash in between.
 */
@Injectable()
export class OrderMoves {
  constructor(
    private readonly orders: OrderRepository,
    private readonly timeline: TimelineRepository,
    private readonly endings: OrderEndings,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Applies the moves of many orders at once; the moves of one order in their order and in one write.
   *
   * @returns by order id; orders that do not exist are missing
   * @throws LostRace when others kept changing an order; the caller's message comes again
   */
  async apply(moves: ReadonlyMap<OrderId, readonly Move[]>, now: Date): Promise<Map<OrderId, Moved>> {
    const done = new Map<OrderId, Decided>();
    let open = [...moves.keys()];
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt === TRIES) throw new LostRace(`orders ${open.slice(0, 3).join(', ')}`);
      const decided = (await this.orders.findByIds(open)).map((order) =>
        decide(order, moves.get(order.id) ?? [], now),
      );
      const lost = await this.write(decided);
      for (const one of decided) if (!lost.has(one.before.id)) done.set(one.before.id, one);
      open = [...lost];
    }
    await this.followUp([...done.values()], moves, now);
    return done;
  }

  /** One order, one move. */
  async applyOne(id: OrderId, move: Move, now: Date): Promise<Moved | undefined> {
    return (await this.apply(new Map([[id, [move]]]), now)).get(id);
  }

  private async write(decided: Decided[]): Promise<Set<OrderId>> {
    const changed = decided.filter((d) => d.after !== d.before);
    if (changed.length === 0) return new Set();
    const { written, lost } = await this.orders.replaceMany(changed.map((d) => d.after));
    const stored = new Map(written.map((order) => [order.id, order]));
    for (const one of changed) one.after = stored.get(one.before.id) ?? one.after;
    return new Set(lost);
  }

  private async followUp(
    moved: readonly Decided[],
    moves: ReadonlyMap<OrderId, readonly Move[]>,
    now: Date,
  ): Promise<void> {
    const events = moved.flatMap((one) => timelineOf(one, moves.get(one.before.id) ?? [], now));
    await this.timeline.append(events);
    const ended = moved.filter((one) => isFinal(one.after.state)).map((one) => one.after);
    await this.endings.carryOver(ended, now);
    for (const one of moved) {
      if (one.after !== one.before) this.feed.changed('order', one.after.id, one.after.tenant);
    }
  }
}

interface Step {
  before: InstallOrder;
  outcome: OrderOutcome;
}

interface Decided {
  before: InstallOrder;
  after: InstallOrder;
  outcomes: OrderOutcome[];
  steps: Step[];
}

function decide(before: InstallOrder, moves: readonly Move[], now: Date): Decided {
  let order = before;
  const steps: Step[] = [];
  for (const move of moves) {
    const outcome = transition(order, move.event, now);
    steps.push({ before: order, outcome });
    if (outcome.changed) order = outcome.order;
  }
  return { before, after: order, outcomes: steps.map((s) => s.outcome), steps };
}

function timelineOf(one: Decided, moves: readonly Move[], now: Date): TimelineEvent[] {
  return one.steps.flatMap((step, index) => {
    const move = moves[index];
    if (!move) return [];
    const cause = move.cause ?? `order:${one.after.id}:${one.after.revision}:${index}`;
    if (step.outcome.changed) {
      const event = movementEvent(
        step.before,
        step.outcome.order,
        move.event.type,
        move.source,
        cause,
        now,
        move.data,
      );
      return event ? [event] : [];
    }
    // A report that came too late is kept; a repeat has the id of what it repeats and adds nothing.
    if (move.event.type !== 'reported') return [];
    const data = { ...move.data, why: step.outcome.why, state: move.event.report.state };
    const { tenant, computer, id, dp, state } = step.before;
    return [
      {
        id: cause,
        tenant,
        computer,
        order: id,
        dp,
        importRun: null,
        at: now,
        source: move.source,
        kind: 'report-ignored' as const,
        from: state,
        to: state,
        data,
      },
    ];
  });
}
