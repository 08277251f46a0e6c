import type { Computer } from './computer.js';
import type { OrderId } from '../base/ids.js';
import type { InstallOrder } from '../orders/install-order.js';
import { WAIT_CODES, waitReason, type WaitCode } from '../orders/order-waiting.js';

/** What a computer can wait for: what its open order waits for, the client's registration, the restart. */
export const COMPUTER_WAIT_CODES = [...WAIT_CODES, 'REGISTRATION', 'RESTART'] as const;

export interface ComputerWait {
  code: WaitCode | 'REGISTRATION' | 'RESTART';
  /** When something happens at the latest, even if what it waits for never comes. */
  until: Date;
  /** The open order that it waits for. */
  order: OrderId | null;
}

/**
 * What a computer waits for, and until when. Null: nothing is under way, an administrator says what comes next. Past
 * its time a restart is still waited for, with the alert `RESTART_OVERDUE`: nobody restarts a computer unasked.
 *
 * @param order its open order; null: it has none, or none was made of the intent yet
 * @param restartAlert seconds after the registration
 */
export function computerWaitReason(
  computer: Computer,
  order: InstallOrder | null,
  restartAlert: number,
): ComputerWait | null {
  const { openOrder, registerBy, client, state } = computer;
  if (openOrder) {
    const own = order?.id === openOrder.id ? order : null;
    const wait = own && waitReason(own);
    if (wait) return { ...wait, order: openOrder.id };
    // made, or carried over, by the repair
    return { code: 'DISPATCH', until: own?.endedAt ?? openOrder.notBefore, order: openOrder.id };
  }
  if (registerBy) return { code: 'REGISTRATION', until: registerBy, order: null };
  if (state === 'pending-restart' && client) {
    const until = new Date(client.registeredAt.getTime() + restartAlert * 1000);
    return { code: 'RESTART', until, order: null };
  }
  return null;
}
