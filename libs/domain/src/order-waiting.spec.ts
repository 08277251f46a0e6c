import { isFinal, ORDER_STATES } from './install-order.js';
import {
  at,
  apply,
  cancelAsked,
  leasedOrder,
  newOrder,
  queuedOrder,
  runningOrder,
  NOW,
} from './sample-orders.js';
import { waitOf } from './order-waiting.js';

describe('what an order waits for', () => {
  it('is its hold, with the order’s expiry as the end of one that a person lifts', () => {
    const later = newOrder({ notBefore: at(3600) });
    expect(waitOf(later)).toEqual({ code: 'NOT_BEFORE', until: at(3600) });
    const braked = apply(queuedOrder(), { type: 'held', hold: { code: 'BRAKE', until: null } });
    expect(waitOf(braked)).toEqual({ code: 'BRAKE', until: braked.expiresAt });
  });

  it('is the next step of its way, each with a deadline', () => {
    expect(waitOf(newOrder())).toEqual({ code: 'DISPATCH', until: NOW });
    expect(waitOf(queuedOrder())).toMatchObject({ code: 'POLL' });
    const leased = leasedOrder();
    expect(waitOf(leased)).toEqual({ code: 'ACCEPTANCE', until: leased.lease?.until });
    const running = runningOrder();
    expect(waitOf(running)).toEqual({ code: 'REPORT', until: running.lease?.until });
    expect(waitOf({ ...running, deadline: at(5) })).toEqual({ code: 'REPORT', until: at(5) });
    expect(waitOf(cancelAsked(running))).toEqual({ code: 'CANCEL', until: at(120) });
  });

  it('is nothing in exactly the states that are final', () => {
    for (const state of ORDER_STATES) {
      expect([state, waitOf({ ...newOrder(), state }) === null]).toEqual([state, isFinal(state)]);
    }
  });
});
