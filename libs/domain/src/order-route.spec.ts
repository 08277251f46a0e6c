import type { DpId } from './ids.js';
import { hadBefore, nextOnRoute, type InstallOrder } from './install-order.js';
import { transition } from './order-transition.js';
import {
  apply,
  at,
  cancelAsked,
  claimed,
  failedWith,
  newOrder,
  NOW,
  published,
  report,
} from './sample-orders.js';

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
    expect(hadBefore(passedOn, 'server' as DpId)).toBe(true);
    expect(hadBefore(passedOn, 'site-a' as DpId)).toBe(false);
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

  it('passes over a DP that is disabled', () => {
    const hold = { code: 'DP_DISABLED', until: null } as const;
    const passedOn = apply(direct(), { type: 'held', hold });
    expect(passedOn).toMatchObject({ dp: 'site-a', heldBack: null, publish: { due: NOW } });
    expect(apply(passedOn, { type: 'held', hold })).toMatchObject({ dp: 'site-a', heldBack: hold });
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
