import { Injectable, Logger } from '@nestjs/common';
import {
  isFinal,
  type DistributionPoint,
  type DpId,
  type Hold,
  type InstallOrder,
  type OrderEvent,
  type OrderId,
} from '#domain';
import { BrokerUnavailable, OrderQueues, Unroutable } from '#messaging';
import { DistributionPointRepository, OrderRepository } from '#persistence';
import { currentTime } from '#runtime';
import { Background } from '../../platform/background/background.js';
import { OrderMetrics } from '../../platform/health/order-metrics.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { EligibilityPolicy, type EligibilitySnapshot } from '../eligibility/eligibility-policy.js';
import {
  OrderTransitions,
  type OrderEventInput,
  type TransitionResult,
} from '../orders/order-transitions.js';

/** Tickets of a DP that are put and noted together; the next ones only follow while they are still reserved. */
const CHUNK = 100;
/** What has to be left of a reservation, so that the note is written before another server takes the order. */
const TIME_TO_NOTE_MS = 5_000;
/** How long after it was stored a new order's ticket may be put: later it may count as lost, and be put by somebody else. */
const TIME_TO_PUT_MS = 10_000;
/** How soon a ticket is tried again that the broker did not take. */
const AWAY_MS = 1_000;
/** The same where it is the DP's own queue: somebody has to see to it, and it is tried for each of its orders. */
const REFUSED_MS = 15_000;

/** Why a ticket is not on its queue, and when it is tried again. */
interface Refusal {
  outcome: 'away' | 'refused';
  why: string;
  retryMs: number;
}

/**
 * Puts the tickets of due orders on their DPs' queues, confirmed, and notes it on the order. Whoever makes an order due
 * reserves its ticket in the same write and dispatches it; the sweep reserves those whose time comes later. So each
 * ticket has one dispatcher. A crash between publishing and the note publishes twice; the claim makes that harmless.
 */
@Injectable()
export class Dispatcher {
  private readonly log = new Logger(Dispatcher.name);

  constructor(
    private readonly orders: OrderRepository,
    private readonly transitions: OrderTransitions,
    private readonly dps: DistributionPointRepository,
    private readonly eligibility: EligibilityPolicy,
    private readonly queues: OrderQueues,
    private readonly background: Background,
    private readonly feed: ChangeFeed,
    private readonly metrics: OrderMetrics,
  ) {}

  /** Those of the orders that a move has just made due. */
  async dispatchMoved(moved: ReadonlyMap<OrderId, TransitionResult>): Promise<void> {
    await this.dispatch([...moved.values()].filter(isMadeDue).map(({ after }) => after));
  }

  /** The same for whoever has more to do than to wait for a broker. */
  dispatchLater(moved: ReadonlyMap<OrderId, TransitionResult>): void {
    this.background.add(this.dispatchMoved(moved), 'putting tickets on their queues');
  }

  /**
   * Stores new orders and puts their tickets on the queues. They are stored as they stand then, queued or held back: noting
   * it afterwards would be another write of each. Whoever dies between the two leaves orders without tickets, as a broker
   * does that has lost some; {@link LostTickets} finds them.
   *
   * @returns those that were not there yet, as they stand in the store
   */
  async begin(planned: readonly InstallOrder[]): Promise<InstallOrder[]> {
    if (planned.length === 0) return [];
    const now = currentTime();
    const gate = await this.eligibility.look(planned, now);
    const dps = await this.dpsOf(planned);
    const made = planned.map((order) =>
      isReserved(order, now) ? this.begun(order, gate.holdOf(order, dps.get(order.dp)), now) : order,
    );
    const inserted = new Map((await this.orders.insertMany(made)).map((order) => [order.id, order]));
    for (const order of inserted.values()) this.transitions.noteFirst(order);
    const queued = [...inserted.values()].filter(({ state }) => state === 'queued');
    const failed = await Promise.all(
      [...Map.groupBy(queued, ({ dp }) => dp).values()].map((ofDp) => this.putTickets(ofDp)),
    );
    for (const [id, { after }] of failed.flatMap((ofDp) => [...ofDp])) inserted.set(id, after);
    // a DP that is not enabled is passed over
    const asked = new Map(planned.map(({ id, dp }) => [id, dp]));
    await this.dispatch([...inserted.values()].filter(({ id, dp }) => dp !== asked.get(id)));
    return [...inserted.values()];
  }

  /** A new order as it stands when its ticket is on the queue; or why none is put there. */
  private begun(order: InstallOrder, hold: Hold | null, now: Date): InstallOrder {
    const { ticket } = order.publish;
    if (hold) return this.transitions.first(order, { type: 'held', dp: order.dp, ticket, hold }, now);
    const event: OrderEvent = this.queues.isUsable
      ? { type: 'published', ticket }
      : { type: 'publish-failed', ticket, until: new Date(now.getTime() + AWAY_MS) };
    return this.transitions.first(order, event, now);
  }

  /** Tickets of one DP's new orders. @returns those that could not be put there */
  private async putTickets(orders: readonly InstallOrder[]): Promise<Map<OrderId, TransitionResult>> {
    const queue = new DpQueue();
    const failed = new Map<OrderId, OrderEventInput[]>();
    const put = async (order: InstallOrder): Promise<void> => {
      const event = await this.dispatchOne(order, null, queue);
      if (event.type === 'publish-failed') failed.set(order.id, [{ event, source: 'server' }]);
    };
    for (let from = 0; from < orders.length; from += CHUNK) {
      const chunk = orders.slice(from, from + CHUNK);
      const now = currentTime();
      if (from > 0 && !chunk.every((order) => hasTimeToPut(order, now))) {
        for (const { id, publish } of orders.slice(from)) {
          const until = new Date(now.getTime() + AWAY_MS);
          const event: OrderEvent = { type: 'publish-failed', ticket: publish.ticket, until };
          failed.set(id, [{ event, source: 'server' }]);
        }
        break;
      }
      const [first, ...others] = chunk;
      if (first) await put(first);
      await Promise.all(others.map(put));
    }
    return this.transitions.apply(failed, currentTime(), orders);
  }

  /**
   * Orders that the caller has reserved. Those whose ticket could not be put on the queue stay due; one DP's queue stops
   * no other DP's tickets.
   */
  async dispatch(orders: readonly InstallOrder[]): Promise<void> {
    const now = currentTime();
    const open = orders.filter((order) => isReserved(order, now));
    if (open.length === 0) return;
    const dps = await this.dpsOf(open);
    const gate = await this.eligibility.look(open, now);
    await Promise.all(
      [...Map.groupBy(open, ({ dp }) => dp)].map(([dp, ofDp]) => this.dispatchTo(dps.get(dp), ofDp, gate)),
    );
  }

  private async dispatchTo(
    dp: DistributionPoint | undefined,
    orders: readonly InstallOrder[],
    gate: EligibilitySnapshot,
  ): Promise<void> {
    const queue = new DpQueue();
    for (let from = 0; from < orders.length; from += CHUNK) {
      const chunk = orders.slice(from, from + CHUNK);
      const isLate = from > 0 && !chunk.every((order) => hasTimeToNote(order, currentTime()));
      // the sweep reserves them anew
      if (isLate) return;
      await this.dispatchChunk(dp, chunk, gate, queue);
    }
  }

  private async dispatchChunk(
    dp: DistributionPoint | undefined,
    orders: readonly InstallOrder[],
    gate: EligibilitySnapshot,
    queue: DpQueue,
  ): Promise<void> {
    const moves = new Map<OrderId, OrderEventInput[]>();
    const dispatch = async (order: InstallOrder): Promise<void> => {
      // a cancel goes out whatever stands against the order
      const hold = order.state === 'cancelling' ? null : gate.holdOf(order, dp);
      moves.set(order.id, [{ event: await this.dispatchOne(order, hold, queue), source: 'server' }]);
    };
    const [first, ...others] = orders;
    // the first one finds out whether the queue is there
    if (first) await dispatch(first);
    await Promise.all(others.map(dispatch));
    const moved = await this.transitions.apply(moves, currentTime(), orders);
    // a DP that is not enabled is passed over, and the next one on the route gets the order at once
    await this.dispatchMoved(new Map([...moved].filter(([, { before, after }]) => before.dp !== after.dp)));
  }

  /**
   * Wakes the DPs that held these orders, which have ended without them. Whoever is not reached is told by its next poll.
   *
   * @param orders as they were before
   */
  async tellToStop(orders: readonly InstallOrder[]): Promise<void> {
    const held = orders.filter(({ lease }) => lease !== null);
    await Promise.all(
      held.map(async (order) => {
        try {
          await this.putTicket({ ...order, state: 'cancelling' });
        } catch (error) {
          this.log.warn(error, `distribution point ${order.dp} is told by its next poll to stop ${order.id}`);
        }
      }),
    );
  }

  private async dpsOf(orders: readonly InstallOrder[]): Promise<Map<DpId, DistributionPoint>> {
    const dps = await this.dps.findByIds([...new Set(orders.map((order) => order.dp))]);
    return new Map(dps.map((dp) => [dp.id, dp]));
  }

  private async dispatchOne(
    order: InstallOrder,
    hold: Hold | null,
    queue: DpQueue,
  ): Promise<OrderEventInput['event']> {
    const { ticket } = order.publish;
    if (hold) return { type: 'held', dp: order.dp, ticket, hold };
    const refusal = await queue.unlessRefused(() => this.putTicket(order));
    this.metrics.ticket(refusal?.outcome ?? 'published');
    if (refusal) {
      this.log.warn(
        { order: order.id, dp: order.dp, correlation: order.correlation },
        `ticket stays due: ${refusal.why}`,
      );
      return { type: 'publish-failed', ticket, until: new Date(currentTime().getTime() + refusal.retryMs) };
    }
    this.log.debug(
      { order: order.id, dp: order.dp, ticket, correlation: order.correlation },
      'ticket queued',
    );
    return { type: 'published', ticket };
  }

  private async putTicket(order: InstallOrder): Promise<void> {
    const ticket = {
      v: 1,
      order: order.id,
      ticket: order.publish.ticket,
      kind: order.state === 'cancelling' ? 'cancel' : 'order',
      correlation: order.correlation ?? order.id,
    } as const;
    try {
      await this.queues.putTicket(order.dp, ticket, order.trace);
    } catch (error) {
      if (!(error instanceof Unroutable)) throw error;
      await this.queues.declare(order.dp);
      await this.queues.putTicket(order.dp, ticket, order.trace);
    }
  }
}

/** What one batch knows of a DP's queue: once it has been refused, it is not asked again for each order. */
class DpQueue {
  private refusal: Refusal | null = null;

  async unlessRefused(put: () => Promise<void>): Promise<Refusal | null> {
    if (this.refusal) return this.refusal;
    try {
      await put();
      return null;
    } catch (error) {
      const isAway = error instanceof BrokerUnavailable;
      const why = error instanceof Error ? error.message : String(error);
      this.refusal ??= isAway
        ? { outcome: 'away', why, retryMs: AWAY_MS }
        : { outcome: 'refused', why, retryMs: REFUSED_MS };
      return this.refusal;
    }
  }
}

/** Whether this very move has reserved the ticket: one that was due before has its dispatcher already. */
function isMadeDue({ before, after }: TransitionResult): boolean {
  const [was, is] = [before.publish, after.publish];
  return is.ticket !== was.ticket || is.reservedUntil?.getTime() !== was.reservedUntil?.getTime();
}

function hasTimeToNote({ publish: { reservedUntil } }: InstallOrder, now: Date): boolean {
  return !reservedUntil || reservedUntil.getTime() - now.getTime() > TIME_TO_NOTE_MS;
}

function hasTimeToPut({ publish: { sentAt } }: InstallOrder, now: Date): boolean {
  return sentAt === null || now.getTime() - sentAt.getTime() < TIME_TO_PUT_MS;
}

/** Late, somebody else may be at it already. */
function isReserved({ state, publish }: InstallOrder, now: Date): boolean {
  const { due, reservedUntil } = publish;
  return !isFinal(state) && due !== null && due <= now && (reservedUntil ?? now) > now;
}
