import { COMPUTERS, ENDED_ORDERS, ORDER } from '../../testing/sample-computers.js';
import {
  at,
  cancelAsked,
  failedWith,
  leasedOrder,
  NOW,
  queuedOrder,
  runningOrder,
} from '../../testing/sample-orders.js';
import { RETRY_CLASSES, FAILURE_CODES, failureRule } from '../failures/failure.js';
import type { DpId, OrderId, RolloutId } from '../base/ids.js';
import type { Computer } from '../computers/computer.js';
import type { InstallOrder } from '../orders/install-order.js';
import {
  isAbsence,
  isSameStanding,
  memberStanding,
  type MemberState,
  type RolloutMember,
} from './rollout-member.js';

const SILENT_AFTER = 1800;
const standing = (order: InstallOrder | null, computer = COMPUTERS.releasing(), now = NOW) =>
  memberStanding(order, computer, SILENT_AFTER, now);

it.each<[string, () => InstallOrder | null, keyof typeof COMPUTERS, MemberState, string | null]>([
  ['whose order is about to be made', () => null, 'releasing', 'started', null],
  ['whose order waits for its DP', queuedOrder, 'releasing', 'started', null],
  ['whose order runs', runningOrder, 'releasing', 'started', null],
  [
    'that is off',
    () => failedWith(runningOrder(), 'HOST_UNREACHABLE'),
    'releasing',
    'away',
    'HOST_UNREACHABLE',
  ],
  [
    'whose attempt failed',
    () => failedWith(runningOrder(), 'COPY_FAILED'),
    'releasing',
    'failing',
    'COPY_FAILED',
  ],
  ['whose order failed', ENDED_ORDERS.failed, 'install-failed', 'failed', 'NOT_ADMIN'],
  [
    'that was off until its order expired',
    ENDED_ORDERS.expired,
    'install-failed',
    'failed',
    'DELIVERY_EXPIRED',
  ],
  ['nobody knows the end of', ENDED_ORDERS['outcome-unknown'], 'install-failed', 'failed', 'OUTCOME_UNKNOWN'],
  ['that was cancelled in time', ENDED_ORDERS['cancelled before it began'], 'imported', 'skipped', null],
  [
    'that was cancelled too late',
    ENDED_ORDERS['cancelled after it began'],
    'install-failed',
    'failed',
    'ORDER_CANCELLED',
  ],
  ['that is installed', ENDED_ORDERS.succeeded, 'awaiting-registration', 'installed', null],
  ['that never registered', ENDED_ORDERS.succeeded, 'install-failed', 'failed', 'REGISTER_TIMEOUT'],
  ['that has registered', ENDED_ORDERS.succeeded, 'pending-restart', 'registered', null],
  ['that registered before its DP said so', runningOrder, 'pending-restart', 'registered', null],
  ['that is ready', ENDED_ORDERS.succeeded, 'ready', 'ready', null],
])('a member %s', (_, order, computer, state, code) => {
  const found = order();
  expect(standing(found && { ...found, id: ORDER }, COMPUTERS[computer]())).toMatchObject({ state, code });
});

describe('a member whose client is installed again', () => {
  const again = (order: InstallOrder): InstallOrder => ({
    ...order,
    id: 'again' as OrderId,
    kind: 'reinstall',
  });
  const done = again(ENDED_ORDERS.succeeded());
  const endedAt = done.endedAt ?? NOW;
  const later = new Date(endedAt.getTime() + 1000);
  const ready = COMPUTERS.ready();
  const clientOf = (order: OrderId, registeredAt: Date) =>
    ready.client && { ...ready.client, order, registeredAt };
  const alert = (raisedAt: Date) =>
    ({ code: 'REGISTER_TIMEOUT', at: raisedAt, key: 'alert.registrationOverdue' }) as const;

  it.each<[string, InstallOrder, Partial<Computer>, object]>([
    ['waits for its DP', again(queuedOrder()), {}, { state: 'started' }],
    ['has not registered yet', done, {}, { state: 'installed' }],
    ['has registered', done, { client: clientOf(done.id, later) }, { state: 'ready' }],
    [
      'waits for its restart',
      done,
      { state: 'pending-restart', client: clientOf(done.id, later) },
      { state: 'registered' },
    ],
    ['never registered', done, { alerts: [alert(later)] }, { state: 'failed', code: 'REGISTER_TIMEOUT' }],
    [
      'never registered after an earlier installation',
      done,
      { alerts: [alert(new Date(endedAt.getTime() - 1))] },
      { state: 'installed' },
    ],
    ['was retired', done, { state: 'retired' }, { skipped: 'OTHERWISE' }],
    [
      'came by another order later',
      done,
      { client: clientOf('another' as OrderId, later) },
      { skipped: 'OTHERWISE' },
    ],
    ['could not be installed', again(ENDED_ORDERS.failed()), {}, { state: 'failed', code: 'NOT_ADMIN' }],
  ])('%s', (_, order, computer, expected) => {
    const registered = { ...ready, client: clientOf(ORDER, new Date(endedAt.getTime() - 5000)) };
    expect(standing(order, { ...registered, ...computer })).toMatchObject(expected);
  });
});

it('counts what the DP says that has the order now, and not one that passed it on', () => {
  const refused = failedWith(runningOrder(), 'PORT_CLOSED');
  expect(standing(refused).state).toBe('failing');
  const passedOn = { ...refused, dp: 'another' as DpId };
  expect(standing(passedOn)).toMatchObject({ state: 'started', code: null });
});

it('a member that is gone, or registered by another order, is left out', () => {
  expect(memberStanding(runningOrder(), null, SILENT_AFTER, NOW)).toMatchObject({ skipped: 'DELETED' });
  const other = { ...runningOrder(), id: 'another' as OrderId };
  expect(standing(other, COMPUTERS.ready())).toMatchObject({ state: 'skipped', skipped: 'OTHERWISE' });
});

it('is silent when its DP has begun and says nothing more, and not by how long it waited on a queue', () => {
  expect(standing(runningOrder(), undefined, at(SILENT_AFTER - 1)).state).toBe('started');
  expect(standing(runningOrder(), undefined, at(SILENT_AFTER)).state).toBe('silent');
  expect(standing(leasedOrder(), undefined, at(SILENT_AFTER)).state).toBe('started');
  expect(standing(queuedOrder(), undefined, at(9 * SILENT_AFTER)).state).toBe('started');
  expect(standing(cancelAsked(runningOrder()), undefined, at(SILENT_AFTER)).state).toBe('started');
});

it('calls absence what says that nobody was there, and nothing that brakes or is never tried again', () => {
  const absent = FAILURE_CODES.filter(isAbsence);
  expect(absent).toEqual(
    expect.arrayContaining(['HOST_UNREACHABLE', 'CONNECT_TIMEOUT', 'DELIVERY_EXPIRED', 'DP_DISABLED']),
  );
  const classes = new Set(absent.map((code) => failureRule(code).retry));
  expect(RETRY_CLASSES.filter((one) => classes.has(one))).toEqual(['reachable', 'fix']);
});

it('is worth a note when it is another one, or an attempt failed anew', () => {
  const failing = standing(failedWith(runningOrder(), 'COPY_FAILED'));
  const member = { ...failing, rollout: 'r' as RolloutId } as RolloutMember;
  expect(isSameStanding(member, failing)).toBe(true);
  expect(isSameStanding(member, { ...failing, resultAt: at(60) })).toBe(false);
  expect(isSameStanding(member, { ...failing, code: 'DISK_FULL' })).toBe(false);
});
