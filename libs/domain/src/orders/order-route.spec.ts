import type { DpId } from '../base/ids.js';
import type { InstallOrder } from './install-order.js';
import { wasPreviousHolder, nextOnRoute, passesOnAt } from './order-route.js';
import { transition } from './order-transition.js';
import { waitReason } from './order-waiting.js';
import {
  apply,
  at,
  cancelAsked,
  claimed,
  failedWith,
  holding,
  lapsed,
  newOrder,
  NOW,
  published,
  report,
} from '../../testing/sample-orders.js';

describe('a route of several DPs (R11)', () => {
  const route = ['server', 'site-a'] as DpId[];
  const direct = () => newOrder({ kind: 'restart', dp: 'server' as DpId, route });
  const runningAt = (order: InstallOrder) => apply(order, report(order, 'accepted'));

  it('goes on when the first cannot reach the computer, at once and at no cost', () => {
    const running = runningAt(claimed(published(direct())));
    const passedOn = failedWith(running, 'HOST_UNREACHABLE');
    expect(passedOn).toMatchObject({
      dp: 'site-a',
      state: 'planned',
      attempt: 0,
      round: 2,
      heldBack: null,
      failure: { code: 'HOST_UNREACHABLE', dp: 'server' },
      publish: { ticket: 2, due: NOW },
    });
    expect(nextOnRoute(passedOn)).toBeNull();
    expect(wasPreviousHolder(passedOn, 'server' as DpId)).toBe(true);
    expect(wasPreviousHolder(passedOn, 'site-a' as DpId)).toBe(false);
    expect(transition(passedOn, report(running, 'failed', { code: 'AUTH_FAILED' }), NOW)).toMatchObject({
      changed: false,
    });
  });

  it('goes on whatever class a failure to reach is of, but not while it is cancelled', () => {
    const running = runningAt(claimed(published(direct())));
    expect(failedWith(running, 'WRONG_COMPUTER').dp).toBe('site-a');
    expect(failedWith(running, 'NOT_SSH').dp).toBe('site-a');
    expect(failedWith(cancelAsked(running), 'HOST_UNREACHABLE')).toMatchObject({
      dp: 'server',
      state: 'failed',
    });
  });

  it('stays where a later phase failed', () => {
    const running = runningAt(claimed(published(direct())));
    expect(failedWith(running, 'NOT_ADMIN')).toMatchObject({ dp: 'server', state: 'failed' });
    const reinstall = runningAt(
      claimed(published(newOrder({ kind: 'reinstall', dp: 'server' as DpId, route }))),
    );
    expect(failedWith(reinstall, 'COPY_FAILED')).toMatchObject({
      dp: 'server',
      state: 'planned',
      attempt: 1,
    });
  });

  it('passes over a DP that does not fetch it in time, but not while a brake or a window holds it', () => {
    const queued = published(newOrder({ kind: 'reinstall', dp: 'server' as DpId, route, passOnAfter: 40 }));
    expect(transition(queued, { type: 'not-fetched' }, at(39)).changed).toBe(false);
    expect(waitReason(queued)).toEqual({ code: 'POLL', until: at(40) });
    const passedOn = apply(queued, { type: 'not-fetched' }, at(40));
    expect(passedOn).toMatchObject({ dp: 'site-a', state: 'planned', attempt: 0, passOnAt: null });
    expect(passesOnAt(claimed(queued))).toBeNull();
    expect(passesOnAt(newOrder())).toBeNull();
    // Who has fetched it may be at work unheard: nobody else begins
    const lost = lapsed(claimed(queued));
    expect(passesOnAt(lost)).toBeNull();
    expect(apply(lost, holding(lost, { code: 'DP_DISABLED', until: null })).dp).toBe('server');
    const hold = (code: 'BRAKE' | 'DP_CONCURRENCY') =>
      apply(queued, holding(queued, { code, until: null }), at(10));
    expect(transition(hold('BRAKE'), { type: 'not-fetched' }, at(50)).changed).toBe(false);
    expect(apply(hold('DP_CONCURRENCY'), { type: 'not-fetched' }, at(50)).dp).toBe('site-a');
  });

  it('passes over a DP that is disabled', () => {
    const hold = { code: 'DP_DISABLED', until: null } as const;
    const passedOn = apply(direct(), holding(direct(), hold));
    expect(passedOn).toMatchObject({ dp: 'site-a', heldBack: null, publish: { due: NOW } });
    expect(apply(passedOn, holding(passedOn, hold))).toMatchObject({ dp: 'site-a', heldBack: hold });
  });
});

describe('a probe or restart', () => {
  it('is for now: any failure ends it, and it expires within an hour', () => {
    for (const kind of ['probe', 'restart'] as const) {
      const order = newOrder({ kind });
      expect(order.expiresAt).toEqual(at(3600));
      const running = apply(claimed(published(order)), report(claimed(published(order)), 'accepted'));
      expect(failedWith(running, 'HOST_UNREACHABLE').state).toBe('failed');
      expect(failedWith(running, 'PENDING_RESTART_BLOCKS').state).toBe('failed');
    }
  });
});
