import type { DpId } from '../base/ids.js';
import type { HoldCode, InstallOrder } from './install-order.js';

/** The DP that tries it when the present one cannot reach the computer. */
export function nextOnRoute(order: Pick<InstallOrder, 'dp' | 'route'>): DpId | null {
  return order.route[order.route.indexOf(order.dp) + 1] ?? null;
}

/**
 * Whether the DP that has it now has fetched it in this round, so that it may be at work although nothing is heard of it:
 * nobody else may begin then.
 */
export function wasFetched(order: Pick<InstallOrder, 'claimedRound' | 'round'>): boolean {
  return order.claimedRound === order.round;
}

/** Holds that another DP may not have. */
const HOLDS_OF_DP: ReadonlySet<HoldCode> = new Set(['DP_CONCURRENCY', 'ACCOUNT_NOT_SEALED', 'DP_PLATFORM']);

/**
 * When an order that nobody fetches is passed on (R11): a DP that is not there cannot reach the computer either. Null: not
 * by itself. Held back by a person's brake or for a window it waits: the next DP would be no better.
 */
export function passesOnAt(order: InstallOrder): Date | null {
  const waits = order.state === 'planned' || order.state === 'queued';
  const code = order.heldBack?.code ?? null;
  const isOfDp = code === null || HOLDS_OF_DP.has(code);
  return waits && !wasFetched(order) && isOfDp ? order.passOnAt : null;
}

/** Whether a DP had the order and passed it on. */
export function wasPreviousHolder(order: Pick<InstallOrder, 'dp' | 'route'>, dp: DpId): boolean {
  const at = order.route.indexOf(dp);
  return at !== -1 && at < order.route.indexOf(order.dp);
}
