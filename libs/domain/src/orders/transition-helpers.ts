import type { FailureCode, FailureRecord, NativeSign, Phase } from '../failures/failure.js';
import {
  reservedFrom,
  type FinalOrderState,
  type InstallOrder,
  type OrderOutcome,
  type Publish,
  type UnchangedReason,
} from './install-order.js';
import { nextOnRoute } from './order-route.js';

export const unchanged = (why: UnchangedReason): OrderOutcome => ({ changed: false, why });
export const changed = (order: InstallOrder): OrderOutcome => ({ changed: true, order });

/**
 * The next DP on the route gets the order, at once (R11). It is another round: what the DP before still says of it is
 * too late.
 */
export function failedOver(order: InstallOrder, now: Date): InstallOrder {
  return {
    ...order,
    dp: nextOnRoute(order) ?? order.dp,
    passOnAt: null,
    state: 'planned',
    round: order.round + 1,
    lease: null,
    deadline: null,
    heldBack: null,
    publish: nextTicket(order, now, now),
    sameFailure: 0,
  };
}

export function ended(order: InstallOrder, state: FinalOrderState, now: Date): InstallOrder {
  return {
    ...order,
    state,
    lease: null,
    heldBack: null,
    deadline: null,
    publish: { ...order.publish, due: null, reservedUntil: null },
    endedAt: now,
  };
}

export function nextTicket(order: InstallOrder, due: Date | null, now: Date): Publish {
  return { ticket: order.publish.ticket + 1, due, sentAt: null, reservedUntil: reservedFrom(now, due) };
}

/** The present ticket becomes due now. */
export function dueNow({ publish }: InstallOrder, now: Date): Publish {
  return { ...publish, due: now, reservedUntil: reservedFrom(now, now) };
}

export function record(
  order: InstallOrder,
  failed: { code: FailureCode; phase: Phase; native: NativeSign | null; at: Date },
): FailureRecord {
  return { ...failed, attempt: order.round, dp: order.dp };
}
