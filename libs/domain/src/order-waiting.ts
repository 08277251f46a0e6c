import { HOLD_CODES, isFinal, type InstallOrder, type OrderEvent } from './install-order.js';
import { passesOnAt } from './order-route.js';

/** What an open order can wait for: its hold, else the next step of its way. */
export const WAIT_CODES = [...HOLD_CODES, 'DISPATCH', 'POLL', 'ACCEPTANCE', 'REPORT', 'CANCEL'] as const;
export type WaitCode = (typeof WAIT_CODES)[number];

interface Wait {
  code: WaitCode;
  /** When something happens at the latest, even if what it waits for never comes. */
  until: Date;
}

/**
 * What an order waits for, and until when. Null: it has ended; every other state has a deadline on which the sweep acts.
 * A hold that only a person lifts ends with the order's expiry.
 */
export function waitOf(order: InstallOrder): Wait | null {
  const { heldBack, publish, expiresAt, lease, cancel, deadline } = order;
  switch (order.state) {
    case 'planned':
      if (heldBack) return { code: heldBack.code, until: earliest([heldBack.until, expiresAt], expiresAt) };
      return { code: 'DISPATCH', until: publish.due ?? expiresAt };
    case 'queued':
      return { code: 'POLL', until: passesOnAt(order) ?? expiresAt };
    case 'leased':
      return { code: 'ACCEPTANCE', until: lease?.until ?? expiresAt };
    case 'running':
      return { code: 'REPORT', until: earliest([lease?.until, deadline], expiresAt) };
    case 'cancelling':
      return { code: 'CANCEL', until: cancel?.deadline ?? expiresAt };
    default:
      return null;
  }
}

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

/** Whoever changes an order adds its entries to the timeline at once; what is older than this was left by a crash. */
const TOLD_WITHIN_MS = 15_000;

/** When somebody else has to see to it that the order's last changes stand in the timeline; null: they do. */
export function tellsAt({ untold = [] }: InstallOrder): Date | null {
  const [first] = untold;
  return first ? new Date(first.at.getTime() + TOLD_WITHIN_MS) : null;
}

/**
 * The earliest time at which something has to be done with an order; null: it has ended, and its timeline says so. Only
 * deadlines that count in its state, because one that nobody acts on would stand before all others in every sweep.
 */
export function wakesAt(order: InstallOrder): Date | null {
  const tells = tellsAt(order);
  if (isFinal(order.state)) return tells;
  return earliest([tells, order.publish.due, ...deadlines(order)], order.expiresAt);
}

function deadlines(order: InstallOrder): readonly (Date | null | undefined)[] {
  if (order.state === 'planned' || order.state === 'queued') return [order.expiresAt, passesOnAt(order)];
  // The cancel has its own deadline; whether the lease lapses meanwhile makes no difference.
  if (order.state === 'cancelling') return [order.cancel?.deadline];
  return [order.lease?.until, order.state === 'running' ? order.deadline : null];
}

function earliest(dates: readonly (Date | null | undefined)[], otherwise: Date): Date {
  const times = dates.flatMap((date) => (date ? [date.getTime()] : []));
  return times.length > 0 ? new Date(Math.min(...times)) : otherwise;
}
