import { HOLD_CODES, type InstallOrder } from './install-order.js';
import { dispatchesAt, earliest } from './order-deadlines.js';
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
export function waitReason(order: InstallOrder): Wait | null {
  const { heldBack, expiresAt, lease, cancel, deadline } = order;
  switch (order.state) {
    case 'planned':
      if (heldBack) return { code: heldBack.code, until: earliest([heldBack.until, expiresAt], expiresAt) };
      return { code: 'DISPATCH', until: dispatchesAt(order) ?? expiresAt };
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
