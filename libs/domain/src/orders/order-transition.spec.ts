import {
  ORDER_EVENT_TYPES,
  ORDER_TRANSITIONS,
  ORDER_STATES,
  type InstallOrder,
  type OrderEvent,
} from './install-order.js';
import { transition } from './order-transition.js';
import {
  apply,
  at,
  cancelAsked,
  failedWith,
  holding,
  lapsed,
  leasedOrder,
  newOrder,
  published,
  queuedOrder,
  report,
  runningOrder,
} from '../../testing/sample-orders.js';

/** Long after every deadline of the sample orders, but for the expiry. */
const LATE = at(2 * 3600);

/** One event of each kind, made so that it fits the order as well as it can: right ticket, right fence, time is up. */
const EVENTS = {
  'ticket-reserved': (order) => ({ type: 'ticket-reserved', ticket: order.publish.ticket }),
  published: (order) => ({ type: 'published', ticket: order.publish.ticket }),
  'publish-failed': (order) => ({
    type: 'publish-failed',
    ticket: order.publish.ticket,
    until: at(5),
  }),
  claimed: (order) => ({
    type: 'claimed',
    dp: order.dp,
    poll: 'poll-2',
    leaseUntil: at(8000),
    ticket: order.publish.ticket,
  }),
  held: (order) => holding(order, { code: 'BRAKE', until: null }),
  'hold-lifted': () => ({ type: 'hold-lifted' }),
  'lease-renewed': (order) => ({ type: 'lease-renewed', fence: order.fence, until: at(9000) }),
  'lease-lapsed': () => ({ type: 'lease-lapsed' }),
  'lease-returned': ({ dp, fence }) => ({ type: 'lease-returned', dp, fence }),
  'ticket-lost': () => ({ type: 'ticket-lost' }),
  'reported accepted': (order) => report(order, 'accepted'),
  'reported progress': (order) => report(order, 'progress', { phase: 'install', percent: 40 }),
  'reported succeeded': (order) => report(order, 'succeeded', { result: 'RESTART_REQUIRED' }),
  'reported failed, fix': (order) => report(order, 'failed', { code: 'NOT_ADMIN' }),
  'reported failed, backoff': (order) => report(order, 'failed', { code: 'COPY_FAILED' }),
  'reported failed, reachable': (order) => report(order, 'failed', { code: 'HOST_UNREACHABLE' }),
  'reported cancelled': (order) => report(order, 'cancelled'),
  'cancel-asked': () => ({ type: 'cancel-asked', by: 'admin', deadline: at(8000) }),
  'cancel-overdue': () => ({ type: 'cancel-overdue' }),
  'install-overdue': () => ({ type: 'install-overdue', chance: 0.5 }),
  expired: () => ({ type: 'expired' }),
  registered: () => ({ type: 'registered' }),
  'due-now': () => ({ type: 'due-now' }),
  'not-fetched': () => ({ type: 'not-fetched' }),
} as const satisfies Record<string, (order: InstallOrder) => OrderEvent>;
type EventName = keyof typeof EVENTS;

/** Every state, and every way into it that matters to what follows. */
const SITUATIONS = {
  planned: () => newOrder(),
  'planned, held by a brake': () =>
    apply(queuedOrder(), holding(queuedOrder(), { code: 'BRAKE', until: null })),
  'planned, waits for another attempt': () => failedWith(runningOrder(), 'COPY_FAILED'),
  'planned, held after its lease lapsed': () =>
    apply(lapsed(runningOrder()), holding(lapsed(runningOrder()), { code: 'BRAKE', until: null })),
  queued: () => queuedOrder(),
  'queued, its lease lapsed unaccepted': () => published(lapsed(leasedOrder())),
  'queued, its lease lapsed while it ran': () => published(lapsed(runningOrder())),
  leased: () => leasedOrder(),
  running: () => runningOrder(),
  'cancelling, not accepted': () => published(cancelAsked(leasedOrder())),
  'cancelling, accepted': () => published(cancelAsked(runningOrder())),
  succeeded: () => apply(runningOrder(), report(runningOrder(), 'succeeded')),
  failed: () => failedWith(runningOrder(), 'NOT_ADMIN'),
  cancelled: () => cancelAsked(newOrder()),
  expired: () => apply(newOrder(), { type: 'expired' }, at(8 * 24 * 3600)),
  'outcome-unknown': () => apply(cancelAsked(runningOrder()), { type: 'cancel-overdue' }, LATE),
} as const satisfies Record<string, () => InstallOrder>;
type SituationName = keyof typeof SITUATIONS;

const SAME = 'no change';
type Expected = (typeof ORDER_STATES)[number] | typeof SAME;

const nothing = Object.fromEntries(Object.keys(EVENTS).map((name) => [name, SAME])) as Record<
  EventName,
  Expected
>;
/** What the last holder of a lapsed lease may still say while nobody else has a newer one. */
const lateHolder = {
  'reported accepted': 'running',
  'reported progress': 'running',
  'reported succeeded': 'succeeded',
  'reported failed, fix': 'failed',
  'reported failed, backoff': 'planned',
  'reported failed, reachable': 'planned',
  'reported cancelled': 'planned',
} as const;
/** A ticket that is due is put on the queue by one server at a time. */
const sending = { 'ticket-reserved': 'planned', 'publish-failed': 'planned' } as const;
const waiting = { 'cancel-asked': 'cancelled', registered: 'succeeded' } as const;

/** Only what changes an order is listed; everything else must leave it alone. */
const EXPECTED: Record<SituationName, Record<EventName, Expected>> = {
  planned: {
    ...nothing,
    ...waiting,
    ...sending,
    published: 'queued',
    claimed: 'leased',
    held: 'planned',
    'due-now': 'planned',
  },
  'planned, held by a brake': {
    ...nothing,
    ...waiting,
    held: 'planned',
    'hold-lifted': 'planned',
    'due-now': 'planned',
  },
  'planned, waits for another attempt': {
    ...nothing,
    ...waiting,
    ...sending,
    published: 'queued',
    claimed: 'leased',
    held: 'planned',
    'hold-lifted': 'planned',
    'due-now': 'planned',
  },
  'planned, held after its lease lapsed': {
    ...nothing,
    ...waiting,
    held: 'planned',
    'hold-lifted': 'planned',
    'due-now': 'planned',
    'reported succeeded': 'succeeded',
    'reported failed, fix': 'failed',
    'reported failed, backoff': 'planned',
    'reported failed, reachable': 'planned',
  },
  queued: {
    ...nothing,
    ...waiting,
    claimed: 'leased',
    held: 'planned',
    'publish-failed': 'planned',
    'ticket-lost': 'queued',
  },
  'queued, its lease lapsed unaccepted': {
    ...nothing,
    ...waiting,
    ...lateHolder,
    claimed: 'leased',
    held: 'planned',
    'ticket-lost': 'queued',
  },
  'queued, its lease lapsed while it ran': {
    ...nothing,
    ...waiting,
    ...lateHolder,
    claimed: 'leased',
    held: 'planned',
    'ticket-lost': 'queued',
  },
  leased: {
    ...nothing,
    ...lateHolder,
    'lease-lapsed': 'queued',
    'lease-returned': 'queued',
    'cancel-asked': 'cancelling',
    registered: 'succeeded',
  },
  running: {
    ...nothing,
    ...lateHolder,
    'lease-renewed': 'running',
    'lease-lapsed': 'queued',
    'cancel-asked': 'cancelling',
    'install-overdue': 'planned',
    registered: 'succeeded',
  },
  'cancelling, not accepted': {
    ...nothing,
    'lease-renewed': 'cancelling',
    'reported accepted': 'cancelling',
    'reported progress': 'cancelling',
    'reported succeeded': 'succeeded',
    'reported failed, fix': 'failed',
    'reported failed, backoff': 'failed',
    'reported failed, reachable': 'failed',
    'reported cancelled': 'cancelled',
    'cancel-overdue': 'cancelled',
    registered: 'succeeded',
  },
  'cancelling, accepted': {
    ...nothing,
    'lease-renewed': 'cancelling',
    'reported accepted': 'cancelling',
    'reported progress': 'cancelling',
    'reported succeeded': 'succeeded',
    'reported failed, fix': 'failed',
    'reported failed, backoff': 'failed',
    'reported failed, reachable': 'failed',
    'reported cancelled': 'cancelled',
    'cancel-overdue': 'outcome-unknown',
    registered: 'succeeded',
  },
  succeeded: nothing,
  failed: nothing,
  cancelled: nothing,
  expired: nothing,
  'outcome-unknown': nothing,
};

const situationNames = Object.keys(SITUATIONS) as SituationName[];
const eventNames = Object.keys(EVENTS) as EventName[];

describe('order × event', () => {
  it('has a situation for every state and an event of every type', () => {
    expect(new Set(situationNames.map((name) => SITUATIONS[name]().state))).toEqual(new Set(ORDER_STATES));
    expect(new Set(eventNames.map((name) => EVENTS[name](newOrder()).type))).toEqual(
      new Set(ORDER_EVENT_TYPES),
    );
  });

  describe.each(situationNames)('%s', (situation) => {
    it.each(eventNames.map((name) => [name, EXPECTED[situation][name]] as const))(
      '%s: %s',
      (name, expected) => {
        const order = SITUATIONS[situation]();
        const outcome = transition(order, EVENTS[name](order), LATE);
        expect(outcome.changed ? outcome.order.state : SAME).toBe(expected);
        expect([SAME, order.state, ...ORDER_TRANSITIONS[order.state]]).toContain(expected);
      },
    );

    it('is left as it was: events are applied to a copy', () => {
      const order = SITUATIONS[situation]();
      const before = structuredClone(order);
      for (const name of eventNames) transition(order, EVENTS[name](order), LATE);
      expect(order).toEqual(before);
    });
  });

  it('expires what still waits once its time is up, and nothing that a DP holds', () => {
    const afterExpiry = at(8 * 24 * 3600);
    const states = situationNames.map((name) => {
      const outcome = transition(SITUATIONS[name](), { type: 'expired' }, afterExpiry);
      return [SITUATIONS[name]().state, outcome.changed ? outcome.order.state : SAME];
    });
    for (const [before, after] of states) {
      expect([before, after]).toEqual([
        before,
        before === 'planned' || before === 'queued' ? 'expired' : SAME,
      ]);
    }
  });

  it('says why a final order is not changed', () => {
    for (const name of ['succeeded', 'failed', 'cancelled', 'expired', 'outcome-unknown'] as const) {
      const order = SITUATIONS[name]();
      for (const event of eventNames) {
        expect(transition(order, EVENTS[event](order), LATE)).toEqual({ changed: false, why: 'final' });
      }
    }
  });

  it('takes from a DP that a registration was faster than only that a restart is due, once', () => {
    const registered = transition(SITUATIONS.running(), { type: 'registered' }, LATE);
    if (!registered.changed) throw new Error('a registration ends it');
    const word = (result: string, state: 'succeeded' | 'failed' = 'succeeded') => {
      const event = EVENTS['reported succeeded'](registered.order);
      return {
        ...event,
        report: {
          ...event.report,
          state,
          result,
          fence: registered.order.fence,
          round: registered.order.round,
        },
      };
    };
    expect(transition(registered.order, word('OK'), LATE)).toEqual({ changed: false, why: 'final' });
    expect(transition(registered.order, word('RESTART_REQUIRED', 'failed'), LATE)).toEqual({
      changed: false,
      why: 'final',
    });
    const told = transition(registered.order, word('RESTART_REQUIRED'), LATE);
    if (!told.changed) throw new Error('it is news');
    expect(told.order).toMatchObject({
      state: 'succeeded',
      result: 'RESTART_REQUIRED',
      endedAt: registered.order.endedAt,
    });
    expect(transition(told.order, word('RESTART_STARTED'), LATE)).toEqual({ changed: false, why: 'final' });
    // that an earlier try had its last word is no reason
    const earlier = {
      fence: registered.order.fence - 1,
      seq: 9,
      at: LATE,
      phase: null,
      percent: null,
      isLast: true,
    };
    const again = { ...registered.order, lastReport: earlier };
    expect(transition(again, word('RESTART_REQUIRED'), LATE).changed).toBe(true);
  });
});
