import type { DpId } from '../base/ids.js';
import { HOLD_CODES, isFinal, ORDER_STATES, type HoldCode, type InstallOrder } from './install-order.js';
import {
  at,
  apply,
  cancelAsked,
  failedWith,
  holding,
  lapsed,
  leasedOrder,
  newOrder,
  NOW,
  published,
  queuedOrder,
  report,
  runningOrder,
} from '../../testing/sample-orders.js';
import { transition } from './order-transition.js';
import { deadlineEvent, dispatchesAt, nextDeadline } from './order-deadlines.js';
import { WAIT_CODES, waitReason, type WaitCode } from './order-waiting.js';

const held = (code: HoldCode, until: Date | null): InstallOrder =>
  apply(queuedOrder(), holding(queuedOrder(), { code, until }));
const routed = (): InstallOrder =>
  queuedOrder({ kind: 'restart', route: ['site-a', 'site-b'] as DpId[], passOnAfter: 60 });

/** Every way in which an order waits, by what it says it waits for. */
const WAITING = {
  NOT_BEFORE: { 'for its time': () => newOrder({ notBefore: at(3600) }) },
  DP_DISABLED: { 'for its DP, without end': () => held('DP_DISABLED', null) },
  DP_CONCURRENCY: { 'for a place': () => held('DP_CONCURRENCY', at(20)) },
  ACCOUNT_NOT_SEALED: {
    'for an account its DP can open, without end': () => held('ACCOUNT_NOT_SEALED', null),
  },
  DP_PLATFORM: { 'for a DP that can install there, without end': () => held('DP_PLATFORM', null) },
  ACCOUNT_UNPROVEN: { 'for others to try its account': () => held('ACCOUNT_UNPROVEN', at(5)) },
  WINDOW_CLOSED: {
    'for the window': () => held('WINDOW_CLOSED', at(7200)),
    'for a window after its expiry': () => held('WINDOW_CLOSED', at(30 * 24 * 3600)),
  },
  BRAKE: { 'for a person': () => held('BRAKE', null) },
  ROLLOUT_PAUSED: { 'for a person who resumes its rollout': () => held('ROLLOUT_PAUSED', null) },
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
    expect(waitReason(later)).toEqual({ code: 'NOT_BEFORE', until: at(3600) });
    const braked = held('BRAKE', null);
    expect(waitReason(braked)).toEqual({ code: 'BRAKE', until: braked.expiresAt });
  });

  it('is the next step of its way, each with a deadline', () => {
    expect(waitReason(newOrder())).toEqual({ code: 'DISPATCH', until: newOrder().publish.reservedUntil });
    expect(waitReason(queuedOrder())).toMatchObject({ code: 'POLL' });
    const leased = leasedOrder();
    expect(waitReason(leased)).toEqual({ code: 'ACCEPTANCE', until: leased.lease?.until });
    const running = runningOrder();
    expect(waitReason(running)).toEqual({ code: 'REPORT', until: running.lease?.until });
    expect(waitReason({ ...running, deadline: at(5) })).toEqual({ code: 'REPORT', until: at(5) });
    expect(waitReason(cancelAsked(running))).toEqual({ code: 'CANCEL', until: at(120) });
  });

  it.each(ways)('%s %s: has an end, at which the sweep does something', (code, _how, make) => {
    const order = make();
    const wait = waitReason(order);
    expect(wait?.code).toBe(code);
    const until = wait?.until ?? NOW;
    const sweeps = [nextDeadline(order), dispatchesAt(order)].map((time) => time?.getTime() ?? Infinity);
    expect(Math.min(...sweeps)).toBeLessThanOrEqual(until.getTime());
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
      expect([state, waitReason(order) === null]).toEqual([state, isFinal(state)]);
      expect([state, nextDeadline(order) === null]).toEqual([state, isFinal(state)]);
    }
  });
});
