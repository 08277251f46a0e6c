import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { FAILURE_CODES } from '../failures/failure.js';
import {
  HOLD_CODES,
  isFinal,
  ORDER_TRANSITIONS,
  type InstallOrder,
  type OrderEvent,
  type OrderState,
} from './install-order.js';
import type { DpId } from '../base/ids.js';
import { transition } from './order-transition.js';
import { deadlineEvent, dispatchesAt, nextDeadline } from './order-deadlines.js';
import { waitReason } from './order-waiting.js';
import { apply, holding, lapsed, newOrder, NOW, runningOrder } from '../../testing/sample-orders.js';

/** An event still without its numbers, and how many seconds passed before it. */
interface Step {
  wait: number;
  make: (order: InstallOrder, now: Date) => OrderEvent;
}

const later = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000);
const wait = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 120 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 7200 }) },
  fc.integer({ min: 0, max: 8 * 24 * 3600 }),
);
/** How far a number is from the right one; mostly not at all. */
const near = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: -2, max: 2 }));
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const state = fc.constantFrom('accepted', 'progress', 'succeeded', 'failed', 'cancelled');

const hold = fc.record({
  code: fc.constantFrom(...HOLD_CODES),
  until: fc.option(fc.integer({ min: -60, max: 7200 }), { nil: null }),
});

const reported = fc
  .record({
    state,
    near,
    off: near,
    seq: fc.integer({ min: 0, max: 8 }),
    code: fc.constantFrom(...FAILURE_CODES),
    chance,
  })
  .map((r) => (order: InstallOrder, now: Date): OrderEvent => ({
    type: 'reported',
    leaseUntil: later(now, 600),
    installTimeout: 3600,
    chance: r.chance,
    report: {
      fence: order.fence + r.near,
      round: order.round + r.off,
      seq: r.seq,
      at: now,
      state: r.state,
      phase: null,
      percent: null,
      result: null,
      failure: r.state === 'failed' ? { code: r.code, native: null } : null,
    },
  }));

const plain = (
  ...types: (
    | 'hold-lifted'
    | 'lease-lapsed'
    | 'ticket-lost'
    | 'cancel-overdue'
    | 'expired'
    | 'due-now'
    | 'not-fetched'
    | 'registered'
  )[]
) => types.map((type) => fc.constant((): OrderEvent => ({ type })));
const cancelAsked = fc.constant((_: InstallOrder, now: Date): OrderEvent => ({
  type: 'cancel-asked',
  by: 'admin',
  deadline: later(now, 120),
}));

/** Anything, at any time, fitting or not. */
const anything: fc.Arbitrary<Step['make']> = fc.oneof(
  near.map((n) => (o: InstallOrder): OrderEvent => ({ type: 'published', ticket: o.publish.ticket + n })),
  near.map((n) => (o: InstallOrder, now: Date): OrderEvent => ({
    type: 'claimed',
    dp: o.dp,
    poll: `poll-${o.fence}`,
    leaseUntil: later(now, 60),
    ticket: o.publish.ticket + n,
  })),
  { weight: 3, arbitrary: reported },
  hold.map((h) => (o: InstallOrder, now: Date): OrderEvent => ({
    type: 'held',
    dp: o.dp,
    ticket: o.publish.ticket,
    hold: { code: h.code, until: h.until === null ? null : later(now, h.until) },
  })),
  near.map((n) => (o: InstallOrder, now: Date): OrderEvent => ({
    type: 'lease-renewed',
    fence: o.fence + n,
    until: later(now, 600),
  })),
  chance.map((c) => (): OrderEvent => ({ type: 'install-overdue', chance: c })),
  cancelAsked,
  ...plain(
    'hold-lifted',
    'lease-lapsed',
    'ticket-lost',
    'cancel-overdue',
    'expired',
    'due-now',
    'not-fetched',
    'registered',
  ),
);

/** The ordinary way on, so that long lives are lived as well. */
const onwards = reported.map((say) => (order: InstallOrder, now: Date): OrderEvent => {
  if (order.state === 'planned') return { type: 'published', ticket: order.publish.ticket };
  if (order.state !== 'queued') return say(order, now);
  return {
    type: 'claimed',
    dp: order.dp,
    poll: `poll-${order.fence}`,
    leaseUntil: later(now, 60),
    ticket: order.publish.ticket,
  };
});
const make = fc.oneof(anything, onwards);
const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ wait, make }), {
  minLength: 1,
  maxLength: 40,
  size: 'max',
});

/** Where lives begin; the last one is a rare way, which chance alone seldom finds. */
const BEGINNINGS = [
  () => newOrder(),
  () => newOrder({ notBefore: later(NOW, 3600) }),
  () => newOrder({ kind: 'reinstall', route: ['site-a', 'site-b', 'site-c'] as DpId[] }),
  () => apply(lapsed(runningOrder()), holding(lapsed(runningOrder()), { code: 'DP_DISABLED', until: null })),
] as const;

interface Moment {
  before: InstallOrder;
  event: OrderEvent;
  now: Date;
  after: InstallOrder;
  changed: boolean;
}

/** Lets things happen to a new order, and looks at it after each. */
function live(order: InstallOrder, happening: Step[], look: (moment: Moment) => void): void {
  let now = NOW;
  let before = order;
  for (const step of happening) {
    now = later(now, step.wait);
    const event = step.make(before, now);
    const outcome = transition(before, event, now);
    const after = outcome.changed ? outcome.order : before;
    look({ before, event, now, after, changed: outcome.changed });
    before = after;
  }
}

/**
 * Runs many lives. `holds` names what it looks at: each must be true at every moment. Plain comparisons, because half a
 * million moments are too many for a matcher each.
 */
function always(
  holds: (moment: Moment) => Record<string, boolean>,
  parameters: fc.Parameters<unknown> = {},
): void {
  const lives = fc.property(steps, fc.constantFrom(...BEGINNINGS), (happening, begin) => {
    live(begin(), happening, (moment) => {
      const broken = Object.entries(holds(moment)).filter(([, kept]) => !kept);
      if (broken.length === 0) return;
      const what = broken.map(([name]) => name).join(', ');
      throw new Error(`${what}\n${JSON.stringify(moment, null, 1)}`);
    });
  });
  fc.assert(lives as fc.IProperty<unknown>, { numRuns: 2000, includeErrorInReport: true, ...parameters });
}

describe('whatever happens to an order', () => {
  it('goes along its route, one DP at a time and never back, in another round each time', () => {
    always(({ before, after }) => {
      const [from, to] = [before, after].map((order) => order.route.indexOf(order.dp));
      return {
        'on the route': to !== undefined && to >= 0,
        'the next one': to === from || (to === Number(from) + 1 && after.round === before.round + 1),
        'the route stays': after.route === before.route,
      };
    });
  });

  it('only moves where the table lets it', () => {
    always(({ before, after }) => ({
      'in the table':
        after.state === before.state ||
        (ORDER_TRANSITIONS[before.state] as readonly OrderState[]).includes(after.state),
    }));
  });

  const isOnlyItsResult = (before: InstallOrder, after: InstallOrder): boolean =>
    isDeepStrictEqual({ ...before, result: after.result, lastReport: after.lastReport }, after);

  it('never changes again once it is final, and says when it ended', () => {
    always(({ before, after, changed, now }) => ({
      'stays as it is': !isFinal(before.state) || !changed || isOnlyItsResult(before, after),
      'ended now':
        isFinal(before.state) || !isFinal(after.state) || after.endedAt?.getTime() === now.getTime(),
      'not ended': isFinal(after.state) || after.endedAt === null,
      'nothing to publish': !isFinal(after.state) || after.publish.due === null,
    }));
  });

  it('has a fence that grows by one with each claim and by nothing else', () => {
    always(({ before, event, after, changed }) => ({
      fence: after.fence === before.fence + (changed && event.type === 'claimed' ? 1 : 0),
      'the lease has it': after.lease === null || after.lease.fence === after.fence,
    }));
  });

  it('is not changed by a report with an old fence or an old attempt, nor by one on what was never handed out', () => {
    always(({ before, event, changed }) => {
      const said = event.type === 'reported' ? event.report : null;
      const stale = said?.fence !== before.fence || said.round !== before.round || before.fence === 0;
      return { 'no change': said === null || !stale || !changed };
    });
  });

  it('takes each report once', () => {
    always(({ event, after, now }) => ({
      'no change': event.type !== 'reported' || !transition(after, event, now).changed,
    }));
  });

  it('counts an attempt only with a round that a DP accepted, one at a time, and never more than it had rounds', () => {
    always(({ before, after }) => ({
      'not below none': after.attempt >= 0,
      'attempts ≤ accepted rounds': after.attempt <= after.acceptedRound,
      'accepted ≤ handed out': after.acceptedRound <= after.claimedRound,
      'handed out ≤ rounds': after.claimedRound <= after.round,
      'rounds grow one by one': after.round === before.round || after.round === before.round + 1,
      'accepted stays accepted': after.acceptedRound >= before.acceptedRound,
      'one more, accepted':
        after.attempt <= before.attempt ||
        (after.attempt === before.attempt + 1 && after.acceptedRound > before.acceptedRound),
    }));
  });

  it('is never forgotten: while it is open, a ticket is due or sent, or a lease or a hold brings it back', () => {
    always(({ after }) => {
      const sent = after.state === 'queued' && after.publish.sentAt !== null;
      const comesBack = after.publish.due !== null || after.lease !== null || after.heldBack !== null || sent;
      return { 'comes back': isFinal(after.state) || comesBack };
    });
  });

  it('waits for something it can name, with an end at which the sweep does something', () => {
    always(({ after, now }): Record<string, boolean> => {
      const waits = waitReason(after);
      if (!waits) return { 'only when it has ended': isFinal(after.state) };
      // at the latest when its dispatcher has not done it
      const times = [waits.until, now, after.publish.reservedUntil ?? now].map((time) => time.getTime());
      const end = new Date(Math.max(...times));
      const sweeps = [nextDeadline(after), dispatchesAt(after)].map((time) => time?.getTime() ?? Infinity);
      const event = deadlineEvent(after, end, 0.5);
      return {
        'looked at by then': Math.min(...sweeps) <= end.getTime(),
        'something to do': event
          ? transition(after, event, end).changed
          : after.publish.due !== null && after.publish.due <= end,
      };
    });
  });

  it('is leased in exactly the states that say so, and each of these has its deadline', () => {
    always(({ after }) => ({
      lease: (after.lease !== null) === ['leased', 'running', 'cancelling'].includes(after.state),
      'deadline of the work': after.state !== 'running' || after.deadline !== null,
      'deadline of the cancel': after.state !== 'cancelling' || after.cancel !== null,
    }));
  });

  it('is held back in no state but planned', () => {
    always(({ after }) => ({ 'not held': after.state === 'planned' || after.heldBack === null }));
  });

  it('numbers its tickets upwards', () => {
    always(({ before, after }) => ({ ticket: after.publish.ticket >= before.publish.ticket }));
  });

  it('has only dates that are dates, and is never put off beyond its expiry', () => {
    always(({ after }) => {
      const dates = [
        after.notBefore,
        after.expiresAt,
        after.publish.due,
        after.lease?.until,
        after.deadline,
        after.endedAt,
      ];
      return {
        dates: dates.every((date) => !date || !Number.isNaN(date.getTime())),
        'before its expiry': after.notBefore < after.expiresAt,
      };
    });
  });

  it('makes every move of the table, so that none is there without need', () => {
    const moved = new Set<string>();
    always(
      ({ before, after }) => {
        moved.add(`${before.state} → ${after.state}`);
        return {};
      },
      { seed: 1, numRuns: 10_000 },
    );
    const all = Object.entries(ORDER_TRANSITIONS).flatMap(([from, to]) => to.map((t) => `${from} → ${t}`));
    expect(all.filter((move) => !moved.has(move))).toEqual([]);
  });

  it('is looked at by checks that can fail', () => {
    expect(() => always(({ after }) => ({ 'is never leased': after.lease === null }))).toThrow(
      'is never leased',
    );
  });
});
