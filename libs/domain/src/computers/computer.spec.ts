import { installingDp, refuseDpChange, retire, type Computer } from './computer.js';
import { registrationOverdue, restartOverdue } from './computer-alert.js';
import { contact, register } from './computer-registration.js';
import { orderEnded } from './computer-order-end.js';
import { release } from './computer-release.js';
import {
  COMPUTER_TRANSITIONS,
  COMPUTER_STATES,
  isRegistered,
  REGISTERED_STATES,
  statesInFolder,
  UNREGISTERED_STATES,
  type ComputerState,
} from './computer-state.js';
import { DomainError } from '../base/errors.js';
import { SERVER_DP, type DpId, type OrderId } from '../base/ids.js';
import {
  COMPUTERS,
  contactFacts,
  ENDED_ORDERS,
  ended,
  importedComputer,
  intent,
  moved,
  ORDER,
  registration,
} from '../../testing/sample-computers.js';
import { at, newOrder, NOW, runningOrder } from '../../testing/sample-orders.js';

const LATE = at(30 * 24 * 3600);
const SAME = 'no change';

const settle = (outcome: { changed: true; computer: Computer } | { changed: false }): string =>
  outcome.changed ? outcome.computer.state : SAME;

/** What can happen to a computer, each as fitting as it can be. */
const EVENTS = {
  release: (c) => settle(release(c, intent({ id: 'order-2' as OrderId }), LATE)),
  'order succeeded': (c) => settle(orderEnded(c, ENDED_ORDERS.succeeded(), 1800, LATE)),
  'order failed': (c) => settle(orderEnded(c, ENDED_ORDERS.failed(), 1800, LATE)),
  'order expired': (c) => settle(orderEnded(c, ENDED_ORDERS.expired(), 1800, LATE)),
  'order of unknown outcome': (c) => settle(orderEnded(c, ENDED_ORDERS['outcome-unknown'](), 1800, LATE)),
  'order cancelled before it began': (c) =>
    settle(orderEnded(c, ENDED_ORDERS['cancelled before it began'](), 1800, LATE)),
  'order cancelled after it began': (c) =>
    settle(orderEnded(c, ENDED_ORDERS['cancelled after it began'](), 1800, LATE)),
  'registration, restart due': (c) => settle(register(c, registration(), LATE)),
  'registration, no restart due': (c) => settle(register(c, registration({ restartRequired: false }), LATE)),
  'registration with an earlier token': (c) =>
    settle(register(c, registration({ order: 'order-0' as OrderId }), LATE)),
  'contact, same boot': (c) => contact(c, contactFacts(), LATE).state,
  'contact, restarted': (c) =>
    contact(c, contactFacts({ bootId: 'boot-9', restartRequired: false }), LATE).state,
  'registration overdue': (c) => settle(registrationOverdue(c, LATE)),
  'restart overdue': (c) => settle(restartOverdue(c, 3600, LATE)),
  retire: (c) => settle(retire(c, LATE)),
  'change of the DP': (c) => refuseDpChange(c),
} as const satisfies Record<string, (computer: Computer) => string>;
type EventName = keyof typeof EVENTS;

type Row = Record<
  EventName,
  ComputerState | 'no change' | 'WRONG_STATE' | 'REGISTER_TOKEN_SPENT' | 'DP_FIXED'
>;

/** What holds in a state unless its row says otherwise. */
const nothing: Row = {
  release: 'WRONG_STATE',
  'order succeeded': SAME,
  'order failed': SAME,
  'order expired': SAME,
  'order of unknown outcome': SAME,
  'order cancelled before it began': SAME,
  'order cancelled after it began': SAME,
  'registration, restart due': 'REGISTER_TOKEN_SPENT',
  'registration, no restart due': 'REGISTER_TOKEN_SPENT',
  'registration with an earlier token': 'REGISTER_TOKEN_SPENT',
  'contact, same boot': 'WRONG_STATE',
  'contact, restarted': 'WRONG_STATE',
  'registration overdue': SAME,
  'restart overdue': SAME,
  retire: 'WRONG_STATE',
  'change of the DP': 'DP_FIXED',
};

const registers = {
  'registration, restart due': 'pending-restart',
  'registration, no restart due': 'ready',
} as const;
/** The same registration again (same boot): the same answer, nothing done twice. */
const repeats = { 'registration, restart due': SAME, 'registration, no restart due': SAME } as const;

const EXPECTED: Record<ComputerState, Row> = {
  imported: { ...nothing, release: 'releasing' },
  releasing: {
    ...nothing,
    ...registers,
    release: SAME,
    'order succeeded': 'awaiting-registration',
    'order failed': 'install-failed',
    'order expired': 'install-failed',
    'order of unknown outcome': 'install-failed',
    'order cancelled before it began': 'imported',
    'order cancelled after it began': 'install-failed',
  },
  'install-failed': { ...nothing, ...registers, release: 'releasing' },
  'awaiting-registration': { ...nothing, ...registers, 'registration overdue': 'install-failed' },
  'pending-restart': {
    ...nothing,
    ...repeats,
    'contact, same boot': 'pending-restart',
    'contact, restarted': 'ready',
    'restart overdue': 'pending-restart',
    'change of the DP': 'WRONG_STATE',
  },
  ready: {
    ...nothing,
    ...repeats,
    'contact, same boot': 'ready',
    'contact, restarted': 'ready',
    retire: 'retired',
    'change of the DP': 'WRONG_STATE',
  },
  retired: { ...nothing, ...repeats, retire: SAME, 'change of the DP': 'WRONG_STATE' },
};

function happens(event: EventName, computer: Computer): string {
  try {
    return EVENTS[event](computer);
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

describe('computer × event', () => {
  const events = Object.keys(EVENTS) as EventName[];

  it.each(COMPUTER_STATES)('a computer can be %s', (state) => {
    expect(COMPUTERS[state]().state).toBe(state);
  });

  describe.each(COMPUTER_STATES)('%s', (state) => {
    it.each(events.map((event) => [event, EXPECTED[state][event]] as const))('%s: %s', (event, expected) => {
      const computer = COMPUTERS[state]();
      const before = structuredClone(computer);
      expect(happens(event, computer)).toBe(expected);
      expect(computer).toEqual(before);
    });

    it('moves only where the table lets it', () => {
      const reached = events.map((event) => happens(event, COMPUTERS[state]()));
      const others = reached.filter(
        (to) => to !== state && (COMPUTER_STATES as readonly string[]).includes(to),
      );
      expect(COMPUTER_TRANSITIONS[state]).toEqual(expect.arrayContaining(others));
    });
  });
});

describe('folders (R3)', () => {
  it('hold every computer either as registered or as not yet registered', () => {
    expect([...UNREGISTERED_STATES, ...REGISTERED_STATES].toSorted()).toEqual(
      [...COMPUTER_STATES].toSorted(),
    );
    expect(statesInFolder('unregistered').some(isRegistered)).toBe(false);
    expect(statesInFolder('registered').every(isRegistered)).toBe(true);
    expect(statesInFolder('all')).toEqual(COMPUTER_STATES);
    expect(statesInFolder('failed')).toEqual(['install-failed']);
  });
});

describe('the installing DP (R4)', () => {
  it('is the fixed one, else the server DP', () => {
    const computer = importedComputer();
    expect(installingDp(computer, SERVER_DP)).toBe('site-a');
    expect(installingDp({ dp: { ...computer.dp, fixed: null } }, SERVER_DP)).toBe('server');
  });
});

describe('the fixed DP (R2)', () => {
  it.each(UNREGISTERED_STATES)(
    'cannot be changed while the computer is %s, and the refusal says what to do',
    (state) => {
      expect(() => refuseDpChange(COMPUTERS[state]())).toThrow(
        'computer.dpFixedTo {"name":"PC-017","dp":"site-a"}',
      );
    },
  );

  it('is refused for a computer without one as well', () => {
    const computer = importedComputer();
    const without = { ...computer, dp: { ...computer.dp, fixed: null } };
    expect(() => refuseDpChange(without)).toThrow(expect.objectContaining({ code: 'DP_FIXED' }));
  });

  it('is lifted by the registration, in the same step (R10)', () => {
    expect(moved(register(COMPUTERS['awaiting-registration'](), registration(), at(90))).dp).toEqual({
      fixed: null,
      assigned: null,
      since: null,
      liftedAt: at(90),
    });
  });

  it.each(UNREGISTERED_STATES)('is still there in %s', (state) => {
    expect(COMPUTERS[state]().dp.fixed).toBe('site-a');
  });
});

describe('releasing (R4)', () => {
  it('keeps the whole intent on the computer', () => {
    const wanted = intent();
    const computer = moved(release(importedComputer(), wanted, at(5)));
    expect(computer).toMatchObject({ openOrder: wanted, status: { at: at(5), source: 'admin' } });
  });

  it('twice leaves the first order', () => {
    expect(release(COMPUTERS.releasing(), intent({ id: 'order-2' as OrderId }), NOW)).toEqual({
      changed: false,
    });
  });

  it('is refused while an order of another kind is open: that one installs nothing', () => {
    const probed = { ...importedComputer(), openOrder: intent({ kind: 'probe' }) };
    expect(() => release(probed, intent({ id: 'order-2' as OrderId }), NOW)).toThrow(
      expect.objectContaining({ code: 'WRONG_STATE' }),
    );
  });
});

describe('the end of an order', () => {
  it('closes it on its computer and remembers it', () => {
    const computer = moved(orderEnded(COMPUTERS.releasing(), ENDED_ORDERS.failed(), 1800, NOW));
    expect(computer).toMatchObject({ openOrder: null, lastOrder: ORDER, status: { source: 'dp' } });
  });

  it('gives the client its time to register after a success', () => {
    const computer = moved(orderEnded(COMPUTERS.releasing(), ENDED_ORDERS.succeeded(), 1800, NOW));
    expect(computer).toMatchObject({ registerBy: at(1800), restartDue: false });
  });

  it('notes that a restart is due when the DP says so', () => {
    const restart = moved(
      orderEnded(COMPUTERS.releasing(), ENDED_ORDERS['succeeded, restart due'](), 1800, NOW),
    );
    expect(restart.restartDue).toBe(true);
    expect(moved(register(restart, registration({ restartRequired: false }), NOW)).state).toBe(
      'pending-restart',
    );
  });

  it('lets a computer wait for its restart whose client was faster, unless it has been heard of since', () => {
    const order = ENDED_ORDERS['succeeded, restart due']();
    const ready = moved(register(COMPUTERS.releasing(), registration({ restartRequired: false }), NOW));
    expect(ready.state).toBe('ready');
    const waiting = moved(orderEnded(ready, order, 1800, at(5)));
    expect(waiting).toMatchObject({ state: 'pending-restart', restartDue: true, status: { source: 'dp' } });
    expect(orderEnded(waiting, order, 1800, at(6))).toEqual({ changed: false });
    expect(orderEnded(ready, ENDED_ORDERS.succeeded(), 1800, at(5))).toEqual({ changed: false });
    const said = { version: '1.0', restartRequired: false, location: null };
    const restarted = contact(ready, { ...said, bootId: 'another' }, at(4));
    expect(orderEnded(restarted, order, 1800, at(5))).toEqual({ changed: false });
    const again = contact(waiting, { ...said, bootId: 'another' }, at(9));
    expect(again.state).toBe('ready');
    expect(orderEnded(again, order, 1800, at(10))).toEqual({ changed: false });
  });

  it.each(['probe', 'restart', 'uninstall-client'] as const)('moves no computer when it was a %s', (kind) => {
    const waiting = COMPUTERS['awaiting-registration']();
    const busy = { ...waiting, openOrder: intent({ id: 'order-7' as OrderId, kind }) };
    const order = ended({ ...ENDED_ORDERS.failed(), id: 'order-7' as OrderId }, kind);
    const { lastProbe, ...after } = moved(orderEnded(busy, order, 1800, NOW));
    expect(after).toEqual(waiting);
    expect(lastProbe?.result).toBe(kind === 'probe' ? 'NOT_ADMIN' : undefined);
    expect(settle(register(after, registration(), NOW))).toBe('pending-restart');
  });

  it('of another order than the open one changes nothing', () => {
    const other = { ...ENDED_ORDERS.failed(), id: 'order-9' as OrderId };
    expect(orderEnded(COMPUTERS.releasing(), other, 1800, NOW)).toEqual({ changed: false });
  });

  it('is not taken from an order that has not ended', () => {
    for (const open of [newOrder(), runningOrder()]) {
      expect(orderEnded(COMPUTERS.releasing(), open, 1800, NOW)).toEqual({ changed: false });
    }
  });
});

describe('registration (R9)', () => {
  it('overtakes the report of the DP, and the late end of the order changes nothing', () => {
    const computer = moved(register(COMPUTERS.releasing(), registration(), NOW));
    expect(computer).toMatchObject({ state: 'pending-restart', openOrder: null, lastOrder: ORDER });
    expect(orderEnded(computer, ENDED_ORDERS.failed(), 1800, NOW)).toEqual({ changed: false });
  });

  it('is taken late, but true: after a failure, and after a cancel that the DP never heard of', () => {
    const failed = moved(orderEnded(COMPUTERS.releasing(), ENDED_ORDERS.failed(), 1800, NOW));
    expect(settle(register(failed, registration(), LATE))).toBe('pending-restart');
    const cancelled = moved(
      orderEnded(COMPUTERS.releasing(), ENDED_ORDERS['cancelled before it began'](), 1800, NOW),
    );
    expect(cancelled.state).toBe('imported');
    expect(settle(register(cancelled, registration({ restartRequired: false }), LATE))).toBe('ready');
    expect(COMPUTER_TRANSITIONS.imported).toEqual(expect.arrayContaining(['pending-restart', 'ready']));
  });

  it('of the last order also ends a newer open one: what that was to install is there', () => {
    const failed = moved(orderEnded(COMPUTERS.releasing(), ENDED_ORDERS.failed(), 1800, NOW));
    const again = moved(release(failed, intent({ id: 'order-2' as OrderId }), NOW));
    expect(moved(register(again, registration(), NOW))).toMatchObject({
      state: 'pending-restart',
      openOrder: null,
    });
  });

  it('leaves an open probe alone', () => {
    const probe = intent({ id: 'order-7' as OrderId, kind: 'probe' });
    const busy = { ...COMPUTERS['awaiting-registration'](), openOrder: probe };
    expect(moved(register(busy, registration(), NOW))).toMatchObject({ openOrder: probe, lastOrder: ORDER });
  });

  it('with a used token from another boot is refused', () => {
    expect(() => register(COMPUTERS.ready(), registration({ bootId: 'boot-77' }), NOW)).toThrow(
      expect.objectContaining({ code: 'REGISTER_TOKEN_SPENT' }),
    );
  });

  it('takes back the alert that it was missing', () => {
    const overdue = COMPUTERS['install-failed']();
    expect(overdue.alerts.map((alert) => alert.code)).toEqual(['REGISTER_TIMEOUT']);
    expect(moved(register(overdue, registration(), LATE))).toMatchObject({ alerts: [], registerBy: null });
  });

  it('keeps what the client says of itself', () => {
    expect(
      moved(register(COMPUTERS['awaiting-registration'](), registration(), at(60))).client,
    ).toMatchObject({
      version: '1.0.0',
      installedAt: NOW,
      registeredAt: at(60),
      bootId: 'boot-1',
      bootIdAtRegistration: 'boot-1',
      lastContact: at(60),
    });
  });
});

describe('contact', () => {
  it('makes the computer ready once another boot shows that it restarted', () => {
    const ready = contact(COMPUTERS['pending-restart'](), contactFacts({ bootId: 'boot-2' }), at(60));
    expect(ready).toMatchObject({
      state: 'ready',
      restartDue: false,
      status: { at: at(60), source: 'client' },
    });
  });

  it('makes it ready as well when the client no longer needs the restart', () => {
    const ready = contact(COMPUTERS['pending-restart'](), contactFacts({ restartRequired: false }), at(60));
    expect(ready.state).toBe('ready');
  });

  it('without a restart only keeps the facts, and the status keeps its age', () => {
    const before = COMPUTERS['pending-restart']();
    const after = contact(before, contactFacts({ version: '1.0.1' }), at(60));
    expect(after).toMatchObject({
      state: 'pending-restart',
      client: { version: '1.0.1', lastContact: at(60) },
    });
    expect(after.status).toEqual(before.status);
  });
});

describe('missed deadlines raise an alert and never install again', () => {
  it('registration: not before its time, and once', () => {
    const waiting = COMPUTERS['awaiting-registration']();
    expect(registrationOverdue(waiting, at(1799))).toEqual({ changed: false });
    const overdue = moved(registrationOverdue(waiting, at(1800)));
    expect(overdue).toMatchObject({
      state: 'install-failed',
      openOrder: null,
      alerts: [{ code: 'REGISTER_TIMEOUT' }],
    });
    expect(registrationOverdue(overdue, LATE)).toEqual({ changed: false });
  });

  it('restart: an alert beside the state, once, taken back by the restart', () => {
    const waiting = COMPUTERS['pending-restart']();
    expect(restartOverdue(waiting, 3600, at(3599))).toEqual({ changed: false });
    const overdue = moved(restartOverdue(waiting, 3600, at(3600)));
    expect(overdue).toMatchObject({ state: 'pending-restart', alerts: [{ code: 'RESTART_OVERDUE' }] });
    expect(restartOverdue(overdue, 3600, LATE)).toEqual({ changed: false });
    expect(contact(overdue, contactFacts({ bootId: 'boot-2' }), LATE).alerts).toEqual([]);
  });
});

describe('a computer without a fixed DP', () => {
  it('is released to the server DP', () => {
    const direct: Computer = { ...importedComputer(), dp: { ...importedComputer().dp, fixed: null } };
    const order = intent({ dp: installingDp(direct, SERVER_DP) });
    expect(moved(release(direct, order, NOW)).openOrder?.dp).toBe('server' as DpId);
  });
});

test('a computer that its directory has disabled is not released until it is enabled again', () => {
  const off = importedComputer();
  const disabled = { ...off, inventory: { ...off.inventory, enabled: false } };
  expect(() => release(disabled, intent(), NOW)).toThrow('COMPUTER_DISABLED');
  expect(release({ ...off, inventory: { ...off.inventory, enabled: true } }, intent(), NOW).changed).toBe(
    true,
  );
});
