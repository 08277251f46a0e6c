import type { DpId } from './ids.js';
import { HOLD_CODES, isFinal, ORDER_STATES, type HoldCode, type InstallOrder } from './install-order.js';
import {
  at,
  apply,
  cancelAsked,
  failedWith,
  lapsed,
  leasedOrder,
  newOrder,
  NOW,
  published,
  queuedOrder,
  report,
  runningOrder,
} from './sample-orders.js';
import { transition } from './order-transition.js';
import { deadlineEvent, WAIT_CODES, waitOf, wakesAt, type WaitCode } from './order-waiting.js';

const held = (code: HoldCode, until: Date | null): InstallOrder =>
  apply(queuedOrder(), { type: 'held', hold: { code, until } });
const routed = (): InstallOrder =>
  queuedOrder({ kind: 'restart', route: ['site-a', 'site-b'] as DpId[], passOnAfter: 60 });

/** Every way in which an order waits, by what it says it waits for. */
const WAITING = {
  NOT_BEFORE: { 'for its time': () => newOrder({ notBefore: at(3600) }) },
  DP_DISABLED: { 'for its DP, without end': () => held('DP_DISABLED', null) },
  DP_CONCURRENCY: { 'for a place': () => held('DP_CONCURRENCY', at(20)) },
  ACCOUNT_UNPROVEN: { 'for others to try its account': () => held('ACCOUNT_UNPROVEN', at(5)) },
  WINDOW_CLOSED: {
    'for the window': () => held('WINDOW_CLOSED', at(7200)),
    'for a window after its expiry': () => held('WINDOW_CLOSED', at(30 * 24 * 3600)),
  },
  BRAKE: { 'for a person': () => held('BRAKE', null) },
  RETRY: {
    'after a failure': () => failedWith(runningOrder(), 'COPY_FAILED'),
    'given back by its DP': () => apply(leasedOrder(), report(leasedOrder(), 'cancelled')),
  },
  UNREACHABLE: { 'for the computer': () => failedWith(runningOrder(), 'HOST_UNREACHABLE') },
  DISPATCH: { 'just made': () => newOrder() },
  POLL: {
    'for its DP to fetch it': () => queuedOrder(),
    'for the first DP of its route': routed,
    'after its lease lapsed': () => published(lapsed(runningOrder())),
  },
  ACCEPTANCE: { 'handed out': () => leasedOrder() },
  REPORT: {
    'while it runs': () => runningOrder(),
    'whose work must end before its lease': () => ({ ...runningOrder(), deadline: at(5) }),
  },
  CANCEL: {
    'before it was accepted': () => cancelAsked(leasedOrder()),
    'after it was accepted': () => cancelAsked(runningOrder()),
  },
} as const satisfies Record<WaitCode, Record<string, () => InstallOrder>>;

const ways = Object.entries(WAITING).flatMap(([code, orders]) =>
  Object.entries<() => InstallOrder>(orders).map(([how, make]) => [code, how, make] as const),
);

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

  it.each(ways)('%s %s: has an end, at which the sweep does something', (code, _how, make) => {
    const order = make();
    const wait = waitOf(order);
    expect(wait?.code).toBe(code);
    const until = wait?.until ?? NOW;
    expect(wakesAt(order)?.getTime()).toBeLessThanOrEqual(until.getTime());
    const event = deadlineEvent(order, until, 0.5);
    if (event) expect(transition(order, event, until).changed).toBe(true);
    // else its ticket is put on the queue then, or it is held back again with another end
    else expect(order.publish.due?.getTime()).toBeLessThanOrEqual(until.getTime());
  });

  it('is told for every code and in every open state', () => {
    const open = new Set(ways.map(([, , make]) => make().state));
    expect(ORDER_STATES.filter((state) => !isFinal(state) && !open.has(state))).toEqual([]);
    expect(WAIT_CODES.filter((code) => !(code in WAITING))).toEqual([]);
    expect(HOLD_CODES.filter((code) => !(code in WAITING))).toEqual([]);
  });

  it('is nothing in exactly the states that are final', () => {
    for (const state of ORDER_STATES) {
      const order = { ...newOrder(), state };
      expect([state, waitOf(order) === null]).toEqual([state, isFinal(state)]);
      expect([state, wakesAt(order) === null]).toEqual([state, isFinal(state)]);
    }
  });
});
