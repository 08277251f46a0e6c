import { startAction } from './computer-action.js';
import { computerWaitReason } from './computer-waiting.js';
import { type Computer } from './computer.js';
import { registrationOverdue, restartOverdue } from './computer-alert.js';
import { orderEnded } from './computer-order-end.js';
import { COMPUTER_STATES, type ComputerState } from './computer-state.js';
import type { OrderId } from '../base/ids.js';
import { COMPUTERS, ended, ENDED_ORDERS, intent, moved } from '../../testing/sample-computers.js';
import { at, newOrder, NOW, runningOrder } from '../../testing/sample-orders.js';

const RESTART_ALERT = 3 * 24 * 3600;
const REGISTRATION_TIMEOUT = 1800;
const AGAIN = 'order-2' as OrderId;

/** What a computer in each state waits for by itself; null: an administrator says what comes next. */
const WAITS = {
  imported: null,
  releasing: { code: 'DISPATCH', until: at(15), order: 'order-1' },
  'install-failed': null,
  'awaiting-registration': { code: 'REGISTRATION', until: at(REGISTRATION_TIMEOUT), order: null },
  'pending-restart': { code: 'RESTART', until: at(RESTART_ALERT), order: null },
  ready: null,
  retired: null,
} as const satisfies Record<
  ComputerState,
  ReturnType<typeof computerWaitReason> | { order: string | null } | null
>;

const reinstalling = (): Computer =>
  moved(startAction(COMPUTERS.ready(), intent({ id: AGAIN, kind: 'reinstall' })));

describe('what a computer waits for', () => {
  it.each(COMPUTER_STATES)(
    '%s: is named, with an end, unless an administrator says what comes next',
    (state) => {
      expect(computerWaitReason(COMPUTERS[state](), newOrder(), RESTART_ALERT)).toEqual(WAITS[state]);
    },
  );

  it('is what its open order waits for, whatever the state', () => {
    const running = runningOrder();
    const wait = { code: 'REPORT', until: running.lease?.until, order: 'order-1' };
    expect(computerWaitReason(COMPUTERS.releasing(), running, RESTART_ALERT)).toEqual(wait);
    const again = { ...running, id: AGAIN };
    expect(computerWaitReason(reinstalling(), again, RESTART_ALERT)).toEqual({ ...wait, order: AGAIN });
  });

  it('is the repair where a crash left an intent without its order, or an order that has ended', () => {
    const released = COMPUTERS.releasing();
    const repaired = { code: 'DISPATCH', until: NOW, order: 'order-1' };
    expect(computerWaitReason(released, null, RESTART_ALERT)).toEqual(repaired);
    expect(computerWaitReason(released, { ...newOrder(), id: AGAIN }, RESTART_ALERT)).toEqual(repaired);
    expect(computerWaitReason(released, ENDED_ORDERS.failed(), RESTART_ALERT)).toEqual(repaired);
  });

  it('is the new registration of a client that was installed again', () => {
    const order = { ...ended(ENDED_ORDERS.succeeded(), 'reinstall'), id: AGAIN };
    const installed = moved(orderEnded(reinstalling(), order, REGISTRATION_TIMEOUT, NOW));
    const until = at(REGISTRATION_TIMEOUT);
    expect(computerWaitReason(installed, null, RESTART_ALERT)).toEqual({
      code: 'REGISTRATION',
      until,
      order: null,
    });
    const overdue = moved(registrationOverdue(installed, until));
    expect(computerWaitReason(overdue, null, RESTART_ALERT)).toBeNull();
  });

  it('ends with an alert, at the time that was named', () => {
    const awaiting = COMPUTERS['awaiting-registration']();
    expect(registrationOverdue(awaiting, at(REGISTRATION_TIMEOUT - 1)).changed).toBe(false);
    expect(moved(registrationOverdue(awaiting, at(REGISTRATION_TIMEOUT))).alerts).toMatchObject([
      { code: 'REGISTER_TIMEOUT' },
    ]);
    const pending = COMPUTERS['pending-restart']();
    expect(restartOverdue(pending, RESTART_ALERT, at(RESTART_ALERT - 1)).changed).toBe(false);
    expect(moved(restartOverdue(pending, RESTART_ALERT, at(RESTART_ALERT))).alerts).toMatchObject([
      { code: 'RESTART_OVERDUE' },
    ]);
  });
});
