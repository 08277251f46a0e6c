import {
  ORDER_EVENT_TYPES,
  ORDER_MOVES,
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
  lapsed,
  leasedOrder,
  newOrder,
  published,
  queuedOrder,
  report,
  runningOrder,
} from './sample-orders.js';

/** Long after every deadline of the sample orders, but for the expiry. */
const LATE = at(2 * 3600);

/** One event of each kind, made so that it fits the order as well as it can: right ticket, right fence, time is up. */
const EVENTS = {
  published: (order) => ({ type: 'published', ticket: order.publish.ticket }),
  claimed: (order) => ({
    type: 'claimed',
    poll: 'poll-2',
    leaseUntil: at(8000),
    ticket: order.publish.ticket,
  }),
  held: () => ({ type: 'held', hold: { code: 'BRAKE', until: null } }),
  'hold-lifted': () => ({ type: 'hold-lifted' }),
  'lease-renewed': (order) => ({ type: 'lease-renewed', fence: order.fence, until: at(9000) }),
  'lease-lapsed': () => ({ type: 'lease-lapsed' }),
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
    apply(queuedOrder(), { type: 'held', hold: { code: 'BRAKE', until: null } }),
  'planned, waits for another attempt': () => failedWith(runningOrder(), 'COPY_FAILED'),
  'planned, held after its lease lapsed': () =>
    apply(lapsed(runningOrder()), { type: 'held', hold: { code: 'BRAKE', until: null } }),
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
const waiting = { 'cancel-asked': 'cancelled', registered: 'succeeded' } as const;

/** Only what changes an order is listed; everything else must leave it alone. */
const EXPECTED: Record<SituationName, Record<EventName, Expected>> = {
  planned: {
    ...nothing,
    ...waiting,
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
  queued: { ...nothing, ...waiting, claimed: 'leased', held: 'planned', 'ticket-lost': 'queued' },
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
        expect([SAME, order.state, ...ORDER_MOVES[order.state]]).toContain(expected);
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
});
