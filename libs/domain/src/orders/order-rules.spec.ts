import { hasBegun } from './install-order.js';
import { transition } from './order-transition.js';
import {
  apply,
  at,
  cancelAsked,
  claimed,
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

describe('a new order', () => {
  it('is planned, with a ticket due at once', () => {
    expect(newOrder()).toMatchObject({
      state: 'planned',
      publish: { ticket: 1, due: NOW, sentAt: null },
      heldBack: null,
      attempt: 0,
      fence: 0,
    });
  });

  it('waits for its time when it has one, and expires seven days after that', () => {
    const order = newOrder({ notBefore: at(3600) });
    expect(order.heldBack).toEqual({ code: 'NOT_BEFORE', until: at(3600) });
    expect(order.publish.due).toEqual(at(3600));
    expect(order.expiresAt).toEqual(at(3600 + 7 * 24 * 3600));
  });
});

describe('tickets', () => {
  it('are noted once: another ticket, or the same one again, changes nothing', () => {
    const order = newOrder();
    expect(transition(order, { type: 'published', ticket: 2 }, NOW)).toEqual({
      changed: false,
      why: 'other-ticket',
    });
    const queued = published(order);
    expect(queued.publish).toEqual({ ticket: 1, due: null, sentAt: NOW, reservedUntil: null });
    expect(transition(queued, { type: 'published', ticket: 1 }, NOW)).toEqual({
      changed: false,
      why: 'other-ticket',
    });
  });

  it('may overtake the note that they were sent, also when a timed hold has just run out', () => {
    expect(claimed(newOrder()).state).toBe('leased');
    const waiting = failedWith(runningOrder(), 'COPY_FAILED');
    const due = waiting.publish.due ?? NOW;
    const leased = claimed(waiting, due);
    expect(leased).toMatchObject({ state: 'leased', heldBack: null });
    const note = transition(leased, { type: 'published', ticket: leased.publish.ticket }, due);
    expect(note).toEqual({ changed: false, why: 'other-ticket' });
  });

  it('of a planned order are good for nothing before they are due, or when they are old', () => {
    const waiting = failedWith(runningOrder(), 'COPY_FAILED');
    const early = {
      type: 'claimed',
      dp: waiting.dp,
      poll: 'p',
      leaseUntil: at(60),
      ticket: waiting.publish.ticket,
    } as const;
    expect(transition(waiting, early, NOW).changed).toBe(false);
    const old = { ...early, ticket: waiting.publish.ticket - 1 };
    expect(transition(waiting, old, at(7200)).changed).toBe(false);
  });

  it('that are missing are sent again under a new number', () => {
    const again = apply(queuedOrder(), { type: 'ticket-lost' }, at(600));
    expect(again).toMatchObject({ state: 'queued', publish: { ticket: 2, due: at(600), sentAt: null } });
    expect(transition(again, { type: 'ticket-lost' }, at(601)).changed).toBe(false);
    expect(published(again).publish).toEqual({ ticket: 2, due: null, sentAt: at(600), reservedUntil: null });
  });
});

describe('holding back', () => {
  it('shows why and until when, and prepares a new ticket for then', () => {
    const held = apply(queuedOrder(), holding(queuedOrder(), { code: 'WINDOW_CLOSED', until: at(7200) }));
    expect(held).toMatchObject({
      state: 'planned',
      heldBack: { code: 'WINDOW_CLOSED', until: at(7200) },
      publish: { ticket: 2, due: at(7200), sentAt: null },
    });
    expect(published(held)).toMatchObject({ state: 'queued', heldBack: null });
  });

  it('without an end sends nothing until it is lifted', () => {
    const held = apply(queuedOrder(), holding(queuedOrder(), { code: 'DP_DISABLED', until: null }));
    expect(held.publish.due).toBeNull();
    const lifted = apply(held, { type: 'hold-lifted' }, at(500));
    expect(lifted).toMatchObject({ state: 'planned', heldBack: null, publish: { due: at(500) } });
  });

  it('costs no attempt, and neither does making it due now', () => {
    const order = newOrder({ notBefore: at(3600) });
    const now = apply(order, { type: 'due-now' }, at(10));
    expect(now).toMatchObject({ attempt: 0, heldBack: null, notBefore: at(10), publish: { due: at(10) } });
  });
});

describe('leases', () => {
  it('carry a fence that is one higher than the last, and the poll that got them', () => {
    const first = claimed(queuedOrder(), NOW, 'poll-a');
    expect(first.lease).toEqual({ fence: 1, until: at(60), poll: 'poll-a' });
    const second = claimed(published(lapsed(first)), at(70), 'poll-b');
    expect(second.lease).toMatchObject({ fence: 2, poll: 'poll-b' });
  });

  it('that lapse before the DP accepted spend no attempt; the next holder looks first, in case it had begun', () => {
    const order = lapsed(leasedOrder());
    expect(order).toMatchObject({ state: 'queued', attempt: 0, round: 1, verify: true, lease: null });
    expect(hasBegun(order)).toBe(false);
  });

  it('of a pair that lapse may leave a restart done, also when nobody heard that it was accepted', () => {
    const order = queuedOrder({ kind: 'restart' });
    const { dp, publish } = order;
    const claim = {
      type: 'claimed',
      dp,
      poll: 'poll-1',
      leaseUntil: at(60),
      ticket: publish.ticket,
    } as const;
    const leased = apply(order, { ...claim, machine: 'one' });
    const failed = { state: 'failed', failure: { code: 'OUTCOME_UNKNOWN', phase: 'restart' } };
    expect(lapsed(leased)).toMatchObject(failed);
    expect(lapsed(apply(leased, report(leased, 'accepted')))).toMatchObject(failed);
    // it never reached the machine, or there is nobody else who could do it
    expect(apply(leased, { type: 'lease-returned', dp, fence: leased.fence }).state).toBe('queued');
    expect(lapsed(apply(order, claim)).state).toBe('queued');
  });

  it('that lapse while the work runs leave an unknown outcome: the next holder looks first, under the same attempt', () => {
    const order = lapsed(runningOrder());
    expect(order).toMatchObject({ state: 'queued', attempt: 1, round: 1, verify: true });
    const next = claimed(published(order), at(2000));
    expect(next).toMatchObject({ verify: true, round: 1 });
    const accepted = apply(next, report(next, 'accepted'), at(2001));
    expect(accepted).toMatchObject({ state: 'running', attempt: 1 });
  });

  it('are good to their last instant', () => {
    const order = leasedOrder();
    expect(transition(order, { type: 'lease-lapsed' }, at(59)).changed).toBe(false);
    expect(transition(order, { type: 'lease-lapsed' }, at(60)).changed).toBe(true);
  });

  it('are renewed by running orders of the poll, for the right fence only, and never shortened', () => {
    const order = runningOrder();
    const until = order.lease?.until ?? NOW;
    const renew = (fence: number, to: Date) =>
      transition(order, { type: 'lease-renewed', fence, until: to }, NOW);
    expect(renew(1, new Date(until.getTime() + 1)).changed).toBe(true);
    expect(renew(1, until)).toEqual({ changed: false, why: 'not-now' });
    expect(renew(0, at(9000))).toEqual({ changed: false, why: 'stale-fence' });
    expect(renew(2, at(9000))).toEqual({ changed: false, why: 'stale-fence' });
  });

  it('are not renewed by the poll before the DP has accepted', () => {
    const outcome = transition(leasedOrder(), { type: 'lease-renewed', fence: 1, until: at(9000) }, NOW);
    expect(outcome).toEqual({ changed: false, why: 'not-now' });
  });

  it('are renewed by reports', () => {
    const order = runningOrder();
    const progress = report(order, 'progress', { now: at(300) });
    expect(apply(order, progress, at(300)).lease?.until).toEqual(progress.leaseUntil);
  });
});

describe('reports', () => {
  it('with an older fence change nothing, also when they say success', () => {
    const second = claimed(published(lapsed(runningOrder())), at(700));
    const late = report(second, 'succeeded', { fence: 1 });
    expect(transition(second, late, at(701))).toEqual({ changed: false, why: 'stale-fence' });
  });

  it('of the last holder count as long as nobody else holds the order', () => {
    const order = published(lapsed(runningOrder()));
    expect(apply(order, report(order, 'progress'), at(700)).state).toBe('running');
    expect(apply(order, report(order, 'succeeded'), at(700)).state).toBe('succeeded');
  });

  it('on a former attempt change nothing', () => {
    const running = runningOrder();
    const failed = report(running, 'failed', { code: 'COPY_FAILED' });
    const waiting = apply(running, failed);
    expect(waiting.round).toBe(2);
    expect(transition(waiting, failed, NOW)).toEqual({ changed: false, why: 'stale-attempt' });
  });

  it('on an attempt that was never handed out change nothing', () => {
    const waiting = failedWith(runningOrder(), 'COPY_FAILED');
    expect(transition(waiting, report(waiting, 'succeeded'), NOW)).toEqual({
      changed: false,
      why: 'stale-attempt',
    });
    const fresh = newOrder();
    expect(transition(fresh, report(fresh, 'succeeded'), NOW)).toEqual({
      changed: false,
      why: 'stale-fence',
    });
  });

  it('that arrive twice or out of order count once', () => {
    const leased = leasedOrder();
    const accepted = report(leased, 'accepted', { seq: 1 });
    const progress = report(leased, 'progress', { seq: 2, percent: 50 });
    const running = apply(leased, progress);
    expect(running).toMatchObject({ state: 'running', attempt: 1, lastReport: { seq: 2, percent: 50 } });
    expect(transition(running, progress, NOW)).toEqual({ changed: false, why: 'duplicate' });
    expect(transition(running, accepted, NOW)).toEqual({ changed: false, why: 'duplicate' });
  });

  it('that end the work count also when a later progress report was faster', () => {
    const leased = leasedOrder();
    const running = apply(leased, report(leased, 'progress', { seq: 5 }));
    expect(apply(running, report(running, 'succeeded', { seq: 4 })).state).toBe('succeeded');
    // a DP that was restored from a backup may have counted to this number before
    expect(apply(running, report(running, 'succeeded', { seq: 5 })).state).toBe('succeeded');
  });

  it('of acceptance start the time the work may take, once', () => {
    const running = runningOrder();
    expect(running.deadline).toEqual(at(3600));
    const later = apply(running, report(running, 'progress', { now: at(60) }), at(60));
    expect(later.deadline).toEqual(at(3600));
  });

  it('of success keep the result; none means OK', () => {
    const running = runningOrder();
    expect(apply(running, report(running, 'succeeded', { result: 'RESTART_REQUIRED' })).result).toBe(
      'RESTART_REQUIRED',
    );
    expect(apply(running, report(running, 'succeeded')).result).toBe('OK');
  });

  it('of a failure that is none end as succeeded with the code as result', () => {
    expect(failedWith(runningOrder(), 'ALREADY_INSTALLED')).toMatchObject({
      state: 'succeeded',
      result: 'ALREADY_INSTALLED',
      failure: null,
    });
  });

  it('of failure without a code are UNKNOWN', () => {
    const running = runningOrder();
    expect(apply(running, report(running, 'failed')).failure?.code).toBe('UNKNOWN');
  });

  it('say in which phase it failed, or the failure list does', () => {
    const running = runningOrder();
    const said = apply(running, report(running, 'failed', { code: 'NOT_ADMIN', phase: 'install' }));
    expect(said.failure).toMatchObject({ phase: 'install', dp: 'site-a', attempt: 1 });
    expect(failedWith(running, 'NOT_ADMIN').failure?.phase).toBe('auth');
  });

  it('that give an order back undone lead to another attempt after a pause, which costs nothing', () => {
    const running = runningOrder();
    const back = apply(running, report(running, 'cancelled'));
    expect(back).toMatchObject({ state: 'planned', round: 2, attempt: 0, heldBack: { code: 'RETRY' } });
    expect(back.publish.due?.getTime()).toBeGreaterThan(NOW.getTime());
  });
});

describe('further attempts', () => {
  it('wait, under a new number, and keep what went wrong', () => {
    const order = failedWith(runningOrder(), 'COPY_FAILED');
    expect(order).toMatchObject({
      state: 'planned',
      round: 2,
      attempt: 1,
      lease: null,
      deadline: null,
      failure: { code: 'COPY_FAILED', attempt: 1 },
      heldBack: { code: 'RETRY' },
    });
    expect(order.publish.due).toEqual(order.notBefore);
  });

  it('cost nothing while the computer cannot be reached', () => {
    const order = failedWith(runningOrder(), 'HOST_UNREACHABLE');
    expect(order).toMatchObject({
      state: 'planned',
      round: 2,
      attempt: 0,
      heldBack: { code: 'UNREACHABLE' },
    });
  });

  it('wait for the window when it was closed', () => {
    const order = failedWith(runningOrder(), 'WINDOW_CLOSED');
    expect(order).toMatchObject({ state: 'planned', attempt: 0, heldBack: { code: 'WINDOW_CLOSED' } });
  });

  it('look at the computer first when the outcome is unknown', () => {
    expect(failedWith(runningOrder(), 'OUTCOME_UNKNOWN').verify).toBe(true);
    expect(failedWith(runningOrder(), 'COPY_FAILED').verify).toBe(false);
  });

  it('still look first after one that did not get to look', () => {
    const inDoubt = { ...runningOrder(), verify: true };
    expect(failedWith(inDoubt, 'HOST_UNREACHABLE').verify).toBe(true);
    expect(failedWith(inDoubt, 'NO_LOGON_SERVER').verify).toBe(true);
    // the look itself may be what failed
    expect(failedWith(inDoubt, 'PENDING_RESTART_BLOCKS').verify).toBe(true);
    expect(failedWith(inDoubt, 'COPY_FAILED').verify).toBe(false);
  });

  it('end when the allowed ones are spent', () => {
    let order = newOrder({ attemptsAllowed: 2 });
    order = failedWith(apply(claimed(order), report(claimed(order), 'accepted')), 'INSTALLER_BUSY');
    expect(order).toMatchObject({ state: 'planned', attempt: 1 });
    const due = order.publish.due ?? NOW;
    order = failedWith(claimed(order, due), 'INSTALLER_BUSY', due);
    expect(order).toMatchObject({
      state: 'failed',
      attempt: 2,
      failure: { code: 'INSTALLER_BUSY' },
      endedAt: due,
    });
  });

  it('count how often in a row the same thing went wrong', () => {
    const once = failedWith(runningOrder(), 'COPY_FAILED');
    const twice = failedWith(claimed(once, at(120)), 'COPY_FAILED', at(120));
    expect([once.sameFailure, twice.sameFailure]).toEqual([1, 2]);
    expect(failedWith(claimed(once, at(120)), 'INSTALLER_BUSY', at(120)).sameFailure).toBe(1);
  });
});

describe('deadlines', () => {
  it('of the work end the try as INSTALL_TIMEOUT; the next one verifies first', () => {
    const running = runningOrder();
    const overdue = { type: 'install-overdue', chance: 0.5 } as const;
    expect(transition(running, overdue, at(3599))).toEqual({ changed: false, why: 'not-due' });
    expect(apply(running, overdue, at(3600))).toMatchObject({
      state: 'planned',
      verify: true,
      failure: { code: 'INSTALL_TIMEOUT' },
    });
  });

  it('of a cancel end it: cancelled when nobody accepted, unknown when somebody did', () => {
    const idle = cancelAsked(leasedOrder());
    expect(transition(idle, { type: 'cancel-overdue' }, at(119)).changed).toBe(false);
    expect(apply(idle, { type: 'cancel-overdue' }, at(120)).state).toBe('cancelled');
    expect(apply(cancelAsked(runningOrder()), { type: 'cancel-overdue' }, at(120))).toMatchObject({
      state: 'outcome-unknown',
      failure: { code: 'OUTCOME_UNKNOWN' },
    });
  });

  it('of an order end it as not delivered, or as held by a disabled DP', () => {
    const late = at(7 * 24 * 3600);
    expect(apply(queuedOrder(), { type: 'expired' }, late)).toMatchObject({
      state: 'expired',
      failure: { code: 'DELIVERY_EXPIRED', phase: 'deliver' },
    });
    const held = apply(queuedOrder(), holding(queuedOrder(), { code: 'DP_DISABLED', until: null }));
    expect(apply(held, { type: 'expired' }, late).failure?.code).toBe('DP_DISABLED');
  });
});

describe('cancelling', () => {
  it('ends at once what no DP holds', () => {
    expect(cancelAsked(newOrder())).toMatchObject({ state: 'cancelled', cancel: { by: 'admin', at: NOW } });
    expect(cancelAsked(queuedOrder()).state).toBe('cancelled');
  });

  it('asks the DP that holds it, with a ticket that wakes a waiting poll', () => {
    const order = cancelAsked(runningOrder());
    expect(order).toMatchObject({ state: 'cancelling', publish: { ticket: 2, due: NOW } });
    expect(published(order)).toMatchObject({ state: 'cancelling', publish: { due: null } });
  });

  it('asked twice is asked once', () => {
    const order = cancelAsked(runningOrder());
    const again = { type: 'cancel-asked', by: 'other', deadline: at(999) } as const;
    expect(transition(order, again, at(5))).toEqual({ changed: false, why: 'duplicate' });
  });

  it('takes what the DP says for true, also that it was too late', () => {
    const order = cancelAsked(runningOrder());
    expect(apply(order, report(order, 'cancelled')).state).toBe('cancelled');
    expect(apply(order, report(order, 'succeeded')).state).toBe('succeeded');
    expect(failedWith(order, 'COPY_FAILED').state).toBe('failed');
  });
});

describe('registration', () => {
  it.each([newOrder, queuedOrder, leasedOrder, runningOrder, () => cancelAsked(runningOrder())])(
    'proves the installation, whatever the DP has said so far (%#)',
    (make) => {
      const order = apply(make(), { type: 'registered' }, at(30));
      expect(order).toMatchObject({ state: 'succeeded', result: 'OK', failure: null, endedAt: at(30) });
    },
  );

  it('makes the late report change nothing', () => {
    const running = runningOrder();
    const ended = apply(running, { type: 'registered' });
    expect(transition(ended, report(running, 'failed', { code: 'UNKNOWN' }), NOW)).toEqual({
      changed: false,
      why: 'final',
    });
  });
});
