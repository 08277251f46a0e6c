import type { FailureCode, FailureRecord, NativeSign, Phase } from './failure.js';
import type { FinalOrderState, InstallOrder, OrderOutcome, UnchangedReason } from './install-order.js';
import { nextOnRoute } from './order-route.js';

export const unchanged = (why: UnchangedReason): OrderOutcome => ({ changed: false, why });
export const changed = (order: InstallOrder): OrderOutcome => ({ changed: true, order });

/**
 * The next DP on the route gets the order, at once (R11). It is another round: what the DP before still says of it is
 * too late.
 */
export function passedOn(order: InstallOrder, now: Date): InstallOrder {
  return {
    ...order,
    dp: nextOnRoute(order) ?? order.dp,
    passOnAt: null,
    state: 'planned',
    round: order.round + 1,
    lease: null,
    deadline: null,
    heldBack: null,
    publish: nextTicket(order, now),
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
    publish: { ...order.publish, due: null },
    endedAt: now,
  };
}

export function nextTicket(order: InstallOrder, due: Date | null): InstallOrder['publish'] {
  return { ticket: order.publish.ticket + 1, due, sentAt: null };
}

export function record(
  order: InstallOrder,
  failed: { code: FailureCode; phase: Phase; native: NativeSign | null; at: Date },
): FailureRecord {
  return { ...failed, attempt: order.round, dp: order.dp };
}
