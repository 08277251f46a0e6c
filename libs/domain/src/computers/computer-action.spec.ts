import {
  COMPUTER_ACTIONS,
  hasRelease,
  kindOfAction,
  routeOf,
  startAction,
  type ComputerAction,
} from './computer-action.js';
import { retire, type Computer } from './computer.js';
import { registrationOverdue } from './computer-alert.js';
import { contact, register } from './computer-registration.js';
import { orderEnded } from './computer-order-end.js';
import { COMPUTER_STATES, type ComputerState } from './computer-state.js';
import { DomainError } from '../base/errors.js';
import { SERVER_DP, type DpId, type OrderId, type ReleaseVersion } from '../base/ids.js';
import {
  COMPUTERS,
  contactFacts,
  ended,
  ENDED_ORDERS,
  intent,
  moved,
  registration,
} from '../../testing/sample-computers.js';
import { at, NOW } from '../../testing/sample-orders.js';

const SITE = 'site-a' as DpId;
const AGAIN = 'order-7' as OrderId;
const LATE = at(30 * 24 * 3600);

const asked = (action: ComputerAction) => intent({ id: AGAIN, kind: kindOfAction(action) });

function outcome(computer: Computer, action: ComputerAction): string {
  try {
    return startAction(computer, asked(action)).changed ? 'started' : 'open already';
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

describe('an action', () => {
  const registered = { restart: 'started', reinstall: 'started', uninstall: 'started', probe: 'started' };
  const refused = {
    restart: 'WRONG_STATE',
    reinstall: 'WRONG_STATE',
    uninstall: 'WRONG_STATE',
    probe: 'WRONG_STATE',
  };
  const probed = { ...refused, probe: 'started' };
  const expected: Record<ComputerState, Record<ComputerAction, string>> = {
    imported: probed,
    // its order is open
    releasing: refused,
    'install-failed': probed,
    'awaiting-registration': probed,
    'pending-restart': registered,
    ready: registered,
    retired: refused,
  };

  it.each(COMPUTER_STATES)('on a computer that is %s', (state) => {
    const got = Object.fromEntries(
      COMPUTER_ACTIONS.map((action) => [action, outcome(COMPUTERS[state](), action)]),
    );
    expect(got).toEqual(expected[state]);
  });

  it('leaves the state alone, and is the only open one', () => {
    const busy = moved(startAction(COMPUTERS.ready(), asked('restart')));
    expect(busy).toEqual({ ...COMPUTERS.ready(), openOrder: asked('restart') });
    expect(outcome(busy, 'restart')).toBe('open already');
    expect(outcome(busy, 'probe')).toBe('WRONG_STATE');
    expect(() => retire(busy, LATE)).toThrow(/computer\.openOrder/);
  });

  it('goes to the server DP, then to the assigned one (R11)', () => {
    const assigned = (dp: DpId | null): Computer => ({
      ...COMPUTERS.ready(),
      dp: { fixed: null, assigned: dp, since: null, liftedAt: NOW },
    });
    expect(routeOf(assigned(SITE), true)).toEqual([SERVER_DP, SITE]);
    expect(routeOf(assigned(SITE), false)).toEqual([SITE]);
    expect(routeOf(assigned(null), false)).toEqual([SERVER_DP]);
    expect(routeOf(assigned(SERVER_DP), true)).toEqual([SERVER_DP]);
    expect(routeOf(COMPUTERS.imported(), true)).toEqual([SITE]);
  });
});

describe('a client that is installed again', () => {
  const done = ended({ ...ENDED_ORDERS.succeeded(), id: AGAIN }, 'reinstall');
  const busy = () => moved(startAction(COMPUTERS.ready(), asked('reinstall')));
  const heard = (computer: Computer, changes: object = {}) =>
    register(
      computer,
      registration({ order: AGAIN, bootId: 'boot-5', registration: 2, restartRequired: false, ...changes }),
      LATE,
    );

  it('registers anew, before or after its DP’s report, and keeps its DP', () => {
    const served = { ...busy(), dp: { fixed: null, assigned: SITE, since: NOW, liftedAt: NOW } };
    for (const before of [served, moved(orderEnded(served, done, 1800, LATE))]) {
      const after = moved(heard(before, { dp: 'elsewhere' }));
      expect(after).toMatchObject({
        state: 'ready',
        openOrder: null,
        lastOrder: AGAIN,
        registerBy: null,
        dp: { assigned: SITE, fixed: null },
        client: { order: AGAIN, registration: 2 },
      });
      expect(heard(after)).toEqual({ changed: false });
      expect(() => heard(after, { bootId: 'boot-6' })).toThrow(/REGISTER_TOKEN_SPENT/);
      expect(orderEnded(after, done, 1800, LATE)).toEqual({ changed: false });
    }
  });

  it('waits for its restart when one is due', () => {
    const after = moved(heard(busy(), { restartRequired: true }));
    expect(after.state).toBe('pending-restart');
    expect(contact(after, contactFacts({ bootId: 'boot-6' }), LATE).state).toBe('ready');
  });

  it('raises an alert when it does not register, and stays registered', () => {
    const waiting = moved(orderEnded(busy(), done, 1800, NOW));
    expect(waiting).toMatchObject({ state: 'ready', registerBy: at(1800) });
    expect(registrationOverdue(waiting, at(1799))).toEqual({ changed: false });
    const alerted = moved(registrationOverdue(waiting, at(1800)));
    expect(alerted).toMatchObject({
      state: 'ready',
      registerBy: null,
      alerts: [{ code: 'REGISTER_TIMEOUT' }],
    });
    expect(moved(heard(alerted)).alerts).toEqual([]);
  });

  it('does not come back to a computer that was retired meanwhile', () => {
    const retired = moved(retire(moved(orderEnded(busy(), done, 1800, NOW)), LATE));
    expect(() => heard(retired)).toThrow(/REGISTER_TOKEN_SPENT/);
    expect(registrationOverdue(retired, LATE)).toEqual({ changed: false });
  });

  it('keeps its state when the order failed', () => {
    const failed = ended({ ...ENDED_ORDERS.failed(), id: AGAIN }, 'reinstall');
    expect(moved(orderEnded(busy(), failed, 1800, NOW))).toMatchObject({
      state: 'ready',
      openOrder: null,
      registerBy: null,
      lastOrder: AGAIN,
    });
  });

  it('that was uninstalled leaves an alert, which the next registration clears', () => {
    const gone = moved(startAction(COMPUTERS.ready(), asked('uninstall')));
    const order = ended({ ...ENDED_ORDERS.succeeded(), id: AGAIN }, 'uninstall-client');
    const alerted = moved(orderEnded(gone, order, 1800, NOW));
    expect(alerted).toMatchObject({ state: 'ready', alerts: [{ code: 'CLIENT_UNINSTALLED' }] });
    const again = moved(startAction(alerted, asked('reinstall')));
    expect(moved(heard(again)).alerts).toEqual([]);
  });
});

describe('the release that is installed', () => {
  const there: Computer = COMPUTERS.ready();
  const version = (there.client?.version ?? '') as ReleaseVersion;

  it('is the one that its client has said', () => {
    expect(hasRelease(there, version)).toBe(true);
    expect(hasRelease(there, 'another' as ReleaseVersion)).toBe(false);
  });

  it('is unknown where the client is gone, or never called after it was installed again', () => {
    const alerted = (code: string): Computer => ({
      ...there,
      alerts: [{ code, at: NOW, key: 'alert.uninstalled' }],
    });
    expect(
      ['CLIENT_UNINSTALLED', 'REGISTER_TIMEOUT'].map((code) => hasRelease(alerted(code), version)),
    ).toEqual([false, false]);
    expect(hasRelease(alerted('RESTART_OVERDUE'), version)).toBe(true);
    expect(hasRelease({ ...there, state: 'retired' }, version)).toBe(false);
  });
});
