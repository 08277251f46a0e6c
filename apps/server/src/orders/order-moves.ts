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
      const decided = (await this.orders.findByIds(open)).map((order) => {
        const untold = this.timeline.unknown(order.untold ?? []);
        return decide(order, moves.get(order.id) ?? [], untold, now);
      });
      const lost = await this.write(decided);
      for (const one of decided) if (!lost.has(one.before.id)) done.set(one.before.id, one);
      open = [...lost];
    }
    await this.followUp([...done.values()], now);
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

  private async followUp(moved: readonly Decided[], now: Date): Promise<void> {
    await this.timeline.append(moved.flatMap((one) => one.events));
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
  /** What the timeline gets: of this, and of earlier changes whose entries it may lack. */
  events: readonly TimelineEvent[];
}

/** @param untold entries of earlier changes that the timeline may lack */
function decide(
  before: InstallOrder,
  moves: readonly Move[],
  untold: readonly TimelineEvent[],
  now: Date,
): Decided {
  let order = before;
  const steps: Step[] = [];
  for (const move of moves) {
    const outcome = transition(order, move.event, now);
    steps.push({ before: order, outcome });
    if (outcome.changed) order = outcome.order;
  }
  const isChanged = order !== before;
  const revision = isChanged ? before.revision + 1 : before.revision;
  // a report that comes again has the id of the entry that it made: the untold one is what happened
  const known = new Set(untold.map(({ id }) => id));
  const fresh = timelineOf(steps, moves, revision, now).filter(({ id }) => !known.has(id));
  const events = [...untold, ...fresh];
  return {
    before,
    // the entries are written with the change itself, so that no crash can lose them
    after: isChanged ? { ...order, untold: events } : before,
    outcomes: steps.map((step) => step.outcome),
    events,
  };
}

function timelineOf(
  steps: readonly Step[],
  moves: readonly Move[],
  revision: number,
  now: Date,
): TimelineEvent[] {
  return steps.flatMap(({ before, outcome }, index) => {
    const move = moves[index];
    if (!move) return [];
    const { event, source, data } = move;
    const cause = move.cause ?? `order:${before.id}:${revision}:${index}`;
    if (outcome.changed) {
      const told = movementEvent(before, outcome.order, event.type, source, cause, now, data);
      return told ? [told] : [];
    }
    // A report that came too late is kept; a repeat has the id of what it repeats and adds nothing.
    if (event.type !== 'reported') return [];
    const { tenant, computer, id, dp, state } = before;
    return [
      {
        id: cause,
        tenant,
        computer,
        order: id,
        dp,
        importRun: null,
        at: now,
        source,
        kind: 'report-ignored' as const,
        from: state,
        to: state,
        data: { ...data, why: outcome.why, state: event.report.state },
      },
    ];
  });
}
