import { isFinal, type InstallOrder, type OrderEvent } from './install-order.js';
import { passesOnAt } from './order-route.js';

/**
 * The deadline of an order that has passed, the gravest first; null: none.
 *
 * @param chance from 0 (inclusive) to 1 (exclusive), for the next try
 */
export function deadlineEvent(order: InstallOrder, now: Date, chance: number): OrderEvent | null {
  const waits = order.state === 'planned' || order.state === 'queued';
  if (waits && order.expiresAt <= now) return { type: 'expired' };
  if (order.state === 'cancelling') {
    return order.cancel && order.cancel.deadline <= now ? { type: 'cancel-overdue' } : null;
  }
  if (order.lease && order.lease.until <= now) return { type: 'lease-lapsed' };
  const passesOn = passesOnAt(order);
  if (passesOn && passesOn <= now) return { type: 'not-fetched' };
  if (order.state === 'running' && order.deadline && order.deadline <= now) {
    return { type: 'install-overdue', chance };
  }
  return null;
}

/** Servers of earlier versions add an order's entries to the timeline at once; what is older than this is taken over. */
const TOLD_WITHIN_MS = 15_000;

/** When an order takes over what an earlier version has left to be told; null: nothing. */
export function eventsDueAt({ untold = [] }: InstallOrder): Date | null {
  const [first] = untold;
  return first ? new Date(first.at.getTime() + TOLD_WITHIN_MS) : null;
}

/**
 * The earliest time at which something has to be done with an order; null: it has ended, and its timeline says so. Only
 * deadlines that count in its state, because one that nobody acts on would stand before all others in every sweep. Tickets
 * are looked for by themselves ({@link dispatchesAt}): those that no queue takes must not stand before deadlines.
 */
export function nextDeadline(order: InstallOrder): Date | null {
  const tells = eventsDueAt(order);
  if (isFinal(order.state)) return tells;
  return earliest([tells, ...deadlines(order)], order.expiresAt);
}

/** From when on any server may put its ticket on the queue; null: none is to be put there. */
export function dispatchesAt({ state, publish: { due, reservedUntil } }: InstallOrder): Date | null {
  if (isFinal(state) || due === null) return null;
  return reservedUntil && reservedUntil > due ? reservedUntil : due;
}

function deadlines(order: InstallOrder): readonly (Date | null | undefined)[] {
  if (order.state === 'planned' || order.state === 'queued') return [order.expiresAt, passesOnAt(order)];
  // The cancel has its own deadline; whether the lease lapses meanwhile makes no difference.
  if (order.state === 'cancelling') return [order.cancel?.deadline];
  return [order.lease?.until, order.state === 'running' ? order.deadline : null];
}

/** The earliest of these, or `otherwise` when there is none. */
export function earliest(dates: readonly (Date | null | undefined)[], otherwise: Date): Date {
  const times = dates.flatMap((date) => (date ? [date.getTime()] : []));
  return times.length > 0 ? new Date(Math.min(...times)) : otherwise;
}
