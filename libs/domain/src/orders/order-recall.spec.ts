import {
  apply,
  at,
  cancelAsked,
  claimed,
  lapsed,
  leasedOrder,
  newOrder,
  NOW,
  published,
  report,
  runningOrder,
} from '../../testing/sample-orders.js';
import type { InstallOrder } from './install-order.js';
import { wordOn, wordOnCancel } from './order-claim.js';
import { recall } from './order-recall.js';
import { transition } from './order-transition.js';

const RESTORATION = { backedUpAt: NOW, restoredAt: at(7 * 86_400) };
const SECONDS = RESTORATION.restoredAt.getTime() / 1000;

const recalled = (order: InstallOrder): InstallOrder => recall(order, RESTORATION);
/** Handed out after the restore. */
const askedAgain = (order: InstallOrder): InstallOrder =>
  claimed(order, RESTORATION.restoredAt, 'poll-after');
const unanswered = (order: InstallOrder): InstallOrder =>
  apply(order, { type: 'lease-lapsed' }, new Date(RESTORATION.restoredAt.getTime() + 3_600_000));

describe('an order that comes from a backup', () => {
  it.each([
    ['queued', published(newOrder())],
    ['leased', leasedOrder()],
    ['running', runningOrder()],
  ])('goes back on its queue when it was %s, under the round it had', (_, order) => {
    expect(recalled(order)).toMatchObject({
      state: 'queued',
      lease: null,
      round: order.round,
      verify: true,
      publish: { due: RESTORATION.restoredAt, reservedUntil: null, ticket: order.publish.ticket + 1 },
    });
  });

  it('is handed out under a fence above any that was granted since', () => {
    const since = Array.from({ length: 50 }).reduce<InstallOrder>(
      (order) => lapsed(claimed(order)),
      published(newOrder()),
    );
    expect(askedAgain(recalled(published(newOrder()))).fence).toBeGreaterThan(since.fence);
  });

  it('has a higher fence each time it is restored', () => {
    const first = recalled(runningOrder());
    const lived = askedAgain(first);
    const second = recall(runningOrder(), { backedUpAt: NOW, restoredAt: at(7 * 86_400 + 60) });
    expect(second.fence).toBeGreaterThan(lived.fence);
    // also by a clock that stands before the first restore
    expect(recall(lived, { backedUpAt: NOW, restoredAt: NOW }).fence).toBeGreaterThan(lived.fence);
    expect(first.fence).toBeGreaterThanOrEqual(SECONDS);
  });

  it('has the time left that it had', () => {
    const order = newOrder({ route: ['site-a', 'site-b'] as never, dp: 'site-a' as never });
    const back = recalled(order);
    expect(back.expiresAt.getTime() - SECONDS * 1000).toBe(order.expiresAt.getTime() - NOW.getTime());
    expect(back.passOnAt?.getTime()).toBe((order.passOnAt?.getTime() ?? 0) + 7 * 86_400_000);
    expect(recalled(runningOrder()).deadline).toBeNull();
    const restart = newOrder({ kind: 'restart', release: null });
    expect(recalled(restart).expiresAt).toEqual(restart.expiresAt);
  });

  it('is not heard of by those who held it before', () => {
    const before = runningOrder();
    const outcome = transition(recalled(before), report(before, 'succeeded'), RESTORATION.restoredAt);
    expect(outcome).toEqual({ changed: false, why: 'stale-fence' });
  });

  it('is asked under the next round as long as its DP says nothing, whose journal may be further', () => {
    let order = askedAgain(recalled(published(newOrder())));
    for (const round of [2, 3]) {
      order = unanswered(order);
      expect(order).toMatchObject({ state: 'queued', round, verify: true });
      order = askedAgain(order);
    }
    order = apply(order, report(order, 'accepted'), RESTORATION.restoredAt);
    // heard of: from here on as always
    expect(unanswered(order)).toMatchObject({ state: 'queued', round: 3 });
    expect(unanswered(askedAgain(unanswered(order)))).toMatchObject({ round: 3 });
  });

  it('restarts no computer a second time that nobody speaks of', () => {
    const restart = published(newOrder({ kind: 'restart', release: null }));
    const asked = askedAgain(recall(restart, { backedUpAt: NOW, restoredAt: at(60) }));
    expect(unanswered(asked)).toMatchObject({ state: 'failed', failure: { code: 'OUTCOME_UNKNOWN' } });
  });

  it.each([
    ['of a pair', { machine: 'machine-1' }, ['site-a']],
    ['of a route', {}, ['site-a', 'site-b']],
  ])('restarts no computer by another machine %s', (_, machine, route) => {
    const leased = claimed(published(newOrder({ kind: 'restart', release: null, route: route as never })));
    const held = { ...leased, lease: leased.lease && { ...leased.lease, ...machine } };
    for (const order of [held, apply(held, report(held, 'accepted'))]) {
      const back = recalled(order);
      expect(back).toMatchObject({ state: order.state, fence: order.fence, lease: machine });
      // its holder is heard
      expect(apply(back, report(order, 'succeeded'), RESTORATION.restoredAt).state).toBe('succeeded');
      const silent = apply(back, { type: 'lease-lapsed' }, back.lease?.until);
      expect(silent).toMatchObject({ state: 'failed', failure: { code: 'OUTCOME_UNKNOWN' } });
      expect((back.lease?.until.getTime() ?? 0) > RESTORATION.restoredAt.getTime()).toBe(true);
    }
  });

  it('is still to be cancelled when it was, with the time its DP had for it', () => {
    const order = cancelAsked(runningOrder());
    const back = recalled(order);
    // under the fence by which its DP knows it, which else would be told that it has lost it, and go on
    expect(back).toMatchObject({ state: 'cancelling', fence: order.fence, lease: order.lease });
    expect(wordOn(back, order.dp, order.fence, RESTORATION.restoredAt)).toBe('cancel');
    expect(wordOnCancel(back, order.dp, RESTORATION.restoredAt)).toBe('cancel');
    const ended = apply(back, report(order, 'cancelled'), RESTORATION.restoredAt);
    expect(ended.state).toBe('cancelled');
    expect(back.revision).toBe(order.revision + 1);
    expect(back.cancel?.deadline.getTime()).toBe((order.cancel?.deadline.getTime() ?? 0) + 7 * 86_400_000);
    expect(back.publish.due).toEqual(RESTORATION.restoredAt);
  });

  it('stays as it is when it has ended', () => {
    const order = apply(runningOrder(), report(runningOrder(), 'succeeded'));
    expect(recalled(order)).toBe(order);
  });
});
