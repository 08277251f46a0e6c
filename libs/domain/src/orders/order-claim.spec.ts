import type { DpId, OrderId } from '../base/ids.js';
import type { InstallOrder } from './install-order.js';
import { coherent, wordOn, wordOnCancel, type WordOnOrder } from './order-claim.js';
import { transition } from './order-transition.js';
import {
  apply,
  at,
  cancelAsked,
  claimed,
  failedWith,
  lapsed,
  leasedOrder,
  newOrder,
  NOW,
  published,
  queuedOrder,
  report,
  runningOrder,
} from '../../testing/sample-orders.js';

const A = 'site-a' as DpId;
const B = 'site-b' as DpId;
const LATE = at(2 * 3600);

const overdue = (order: InstallOrder): InstallOrder =>
  apply(cancelAsked(order), { type: 'cancel-overdue' }, LATE);
const passedOn = (): InstallOrder => {
  const route = [A, B];
  const order = claimed(queuedOrder({ kind: 'reinstall', route }));
  return failedWith(apply(order, report(order, 'accepted')), 'HOST_UNREACHABLE');
};

/** What the DP that had fence 1 is told of each. */
const WORDS: Record<WordOnOrder, Record<string, () => InstallOrder | undefined>> = {
  held: { leased: leasedOrder, running: runningOrder },
  cancel: { 'being cancelled': () => cancelAsked(runningOrder()) },
  lost: {
    unknown: () => undefined,
    'never handed out': queuedOrder,
    'with a lapsed lease': () => lapsed(runningOrder()),
    'handed out anew': () => claimed(published(lapsed(runningOrder())), NOW, 'poll-2'),
    'whose cancel ended without a word from it': () => overdue(runningOrder()),
    'whose cancel ended before it accepted': () => overdue(leasedOrder()),
    'cancelled after its lease lapsed': () => cancelAsked(lapsed(runningOrder())),
    'expired after its lease lapsed': () =>
      apply(lapsed(runningOrder()), { type: 'expired' }, at(8 * 86_400)),
    'taking too long, to be tried again': () =>
      apply({ ...runningOrder(), deadline: NOW }, { type: 'install-overdue', chance: 0.5 }),
    'taking too long the last time': () =>
      apply(
        { ...runningOrder(), deadline: NOW, attemptsAllowed: 1 },
        { type: 'install-overdue', chance: 0.5 },
      ),
  },
  ended: {
    'it has reported done': () => apply(runningOrder(), report(runningOrder(), 'succeeded')),
    'it has reported failed': () => failedWith(runningOrder(), 'NOT_ADMIN'),
    'it has reported failed, to be tried again': () => failedWith(runningOrder(), 'COPY_FAILED'),
    'it has reported failed, so that another DP has it': passedOn,
    'it has reported cancelled': () =>
      apply(cancelAsked(runningOrder()), report(runningOrder(), 'cancelled')),
    'its client has registered': () => apply(runningOrder(), { type: 'registered' }),
  },
};

const cases = Object.entries(WORDS).flatMap(([word, orders]) =>
  Object.entries(orders).map(([which, make]) => [word, which, make] as const),
);

describe('what a DP is told of an order that it works on', () => {
  it.each(cases)('%s: %s', (word, _, make) => {
    expect(wordOn(make(), A, 1, NOW)).toBe(word);
  });

  it('that it ended long ago: it is lost to it, should it still be at work', () => {
    const failed = failedWith(runningOrder(), 'NOT_ADMIN');
    expect(wordOn(failed, A, 1, at(59))).toBe('ended');
    expect(wordOn(failed, A, 1, at(61))).toBe('lost');
    const done = apply(runningOrder(), { type: 'registered' });
    expect(wordOn(done, A, 1, at(3600))).toBe('ended');
  });

  it('of another DP’s, or under a fence that was never granted: lost', () => {
    expect(wordOn(runningOrder(), B, 1, NOW)).toBe('lost');
    expect(wordOn(runningOrder(), A, 2, NOW)).toBe('lost');
  });

  it('by a ticket that says "stop": only of what it has, or had until it ended without it', () => {
    expect(wordOnCancel(cancelAsked(runningOrder()), A, NOW)).toBe('cancel');
    expect(wordOnCancel(overdue(runningOrder()), A, NOW)).toBe('lost');
    expect(wordOnCancel(runningOrder(), A, NOW)).toBeNull();
    expect(wordOnCancel(cancelAsked(runningOrder()), B, NOW)).toBeNull();
    expect(wordOnCancel(newOrder(), A, NOW)).toBeNull();
    expect(wordOnCancel(undefined, A, NOW)).toBeNull();
    const reported = apply(cancelAsked(runningOrder()), report(runningOrder(), 'cancelled'));
    expect(wordOnCancel(reported, A, NOW)).toBeNull();
  });
});

describe('one answer to a claim', () => {
  const o = (fence: number) => ({ order: 'o' as OrderId, fence });
  const said = { orders: [], held: new Set<OrderId>(), cancel: [], lost: [] };
  const idOf = ({ order }: { order: OrderId }): OrderId => order;

  it('does not call lost what it hands out, what goes on, or what is to be stopped', () => {
    const handed = coherent({ ...said, orders: [o(2)], lost: [o(1)] }, idOf);
    expect(handed).toEqual({ orders: [o(2)], cancel: [], lost: [] });
    const held = coherent({ ...said, held: new Set([o(2).order]), lost: [o(1)] }, idOf);
    expect(held.lost).toEqual([]);
    const stopped = coherent({ ...said, cancel: [o(2)], lost: [o(1)] }, idOf);
    expect(stopped).toEqual({ orders: [], cancel: [o(2)], lost: [] });
  });

  it('hands out nothing that is to be stopped, and names each order once', () => {
    const all = coherent({ ...said, orders: [o(2), o(2)], cancel: [o(2), o(1)] }, idOf);
    expect(all).toEqual({ orders: [], cancel: [o(2)], lost: [] });
    expect(coherent({ ...said, orders: [o(2), o(2)] }, idOf).orders).toEqual([o(2)]);
    expect(coherent({ ...said, lost: [o(1), o(1)] }, idOf).lost).toEqual([o(1)]);
  });
});

describe('a ticket', () => {
  const claim = (order: InstallOrder, dp: DpId, ticket: number) =>
    transition(order, { type: 'claimed', dp, ticket, poll: 'p', leaseUntil: at(60) }, NOW);

  it('of an order that was passed on meanwhile gets nothing for the DP that had it', () => {
    const order = published(passedOn());
    expect(order.dp).toBe(B);
    const stale = claim(order, A, 1);
    expect(stale).toEqual({ changed: false, why: 'other-ticket' });
    expect(claim(order, A, order.publish.ticket).changed).toBe(false);
    expect(claim(order, B, order.publish.ticket).changed).toBe(true);
  });

  it('is no reason to hold back an order that another DP has by now', () => {
    const hold = { code: 'DP_DISABLED', until: null } as const;
    const order = published(passedOn());
    expect(transition(order, { type: 'held', dp: A, ticket: 1, hold }, NOW).changed).toBe(false);
  });

  it('older than the newest one gets nothing', () => {
    const again = apply(queuedOrder(), { type: 'ticket-lost' }, NOW);
    expect(claim(again, A, 1).changed).toBe(false);
    expect(claim(again, A, 2).changed).toBe(true);
  });

  it('is put on its queue by one server: the others wait until its time is up', () => {
    const order = newOrder({ notBefore: at(60) });
    const reserve = { type: 'ticket-reserved', ticket: 1 } as const;
    expect(transition(order, reserve, NOW)).toEqual({ changed: false, why: 'not-due' });
    const reserved = apply(order, reserve, at(60));
    expect(transition(reserved, reserve, at(61))).toEqual({ changed: false, why: 'not-now' });
    expect(transition(reserved, reserve, at(90)).changed).toBe(true);
    expect(transition(newOrder(), reserve, NOW)).toEqual({ changed: false, why: 'not-now' });
    const failed = apply(reserved, { type: 'publish-failed', ticket: 1, until: at(61) }, at(60));
    expect(transition(failed, reserve, at(62)).changed).toBe(true);
  });

  it('is stored as queued when it is new, and waits again when its ticket cannot be put there', () => {
    const failed = { type: 'publish-failed', ticket: 1, until: at(1) } as const;
    const waits = apply(published(newOrder()), failed);
    expect(waits).toMatchObject({ state: 'planned', publish: { ticket: 1, due: NOW, sentAt: null } });
    expect(apply(waits, { type: 'ticket-reserved', ticket: 1 }, at(2)).state).toBe('planned');
    const claimedOnce = claimed(published(newOrder()));
    expect(transition(claimedOnce, failed, NOW)).toEqual({ changed: false, why: 'other-ticket' });
  });
});
