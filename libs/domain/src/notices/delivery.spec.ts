import * as fc from 'fast-check';
import {
  attempted,
  DELIVERY_OUTCOMES,
  mayBegin,
  newDelivery,
  resent,
  taken,
  waitAfter,
  type Delivery,
  type DeliveryOutcome,
} from './delivery.js';

const now = new Date('2026-03-02T08:00:00Z');
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
const DAY_S = 24 * 60 * 60;

const fresh = newDelivery(
  {
    id: 'd-1',
    channel: 'webhook',
    target: 't-1',
    tenant: null,
    notices: ['n-1'],
    kinds: ['dp-back'],
    dueAt: now,
  },
  now,
);
const attempt = (outcome: DeliveryOutcome, at = now, retryAfter = 0) =>
  ({ at, took: 3, outcome, status: null, answer: null, retryAfter }) as const;
const failedOnce = (delivery: Delivery, at: Date): Delivery =>
  attempted(taken(delivery, later(60)), attempt('REFUSED', at), at, 0.5);

describe('a delivery', () => {
  it('is done when it was taken', () => {
    const done = attempted(taken(fresh, later(60)), attempt('DELIVERED'), now, 0);
    expect(done).toMatchObject({ state: 'delivered', endedAt: now, tries: 1, sealed: true });
  });

  it('that was taken counts as lost at some time, and is then due again', () => {
    expect(taken(fresh, later(60))).toMatchObject({ state: 'waiting', dueAt: later(60), tries: 1 });
  });

  it.each([
    [0, true],
    [50, true],
    [51, false],
    [60, false],
    [90, false],
  ])('that counts as lost after 60 s, and takes 10 s to send, may be begun after %d s: %p', (after, may) => {
    expect(mayBegin(taken(fresh, later(60)), 10_000, later(after))).toBe(may);
  });

  it.each(Object.entries(DELIVERY_OUTCOMES))(
    'ends or goes on by what came of it: %s, %s',
    (outcome, next) => {
      const after = attempted(taken(fresh, later(60)), attempt(outcome as DeliveryOutcome), now, 0.5);
      expect(after.state).toBe({ done: 'delivered', retry: 'waiting', 'give-up': 'failed' }[next]);
      expect(after.endedAt).toEqual(next === 'retry' ? null : now);
    },
  );

  it('is tried about fifteen times within a day, further and further apart, and then has failed', () => {
    let delivery = fresh;
    const waits: number[] = [];
    while (delivery.state === 'waiting') {
      const at = delivery.dueAt;
      delivery = failedOnce(delivery, at);
      if (delivery.state === 'waiting') waits.push((delivery.dueAt.getTime() - at.getTime()) / 1000);
    }
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(Math.max(...waits)).toBe(7200);
    const total = waits.reduce((sum, wait) => sum + wait, 0);
    expect(total).toBeGreaterThan(DAY_S - 7200);
    expect(total).toBeLessThanOrEqual(DAY_S);
    expect(delivery.tries).toBe(waits.length + 1);
    expect(delivery.attempts.length).toBeLessThanOrEqual(20);
  });

  it('waits as long as the receiver asks, but not for ever', () => {
    const after = (seconds: number) =>
      attempted(taken(fresh, later(60)), attempt('REFUSED', now, seconds), now, 0.5).dueAt;
    expect(after(600)).toEqual(later(600));
    expect(after(1)).toEqual(later(5));
    expect(after(10 * DAY_S)).toEqual(later(7200));
  });

  it('always waits, never longer than it should, whatever chance says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (tries, random) => {
          const wait = waitAfter(tries, 0, random);
          expect(wait).toBeGreaterThanOrEqual(3500);
          expect(wait).toBeLessThanOrEqual(1.3 * 7_200_000);
        },
      ),
    );
  });

  it('is sent again only when it has ended, and then for another day', () => {
    expect(resent(fresh, now)).toBeNull();
    const failed = attempted(taken(fresh, later(60)), attempt('GONE'), now, 0);
    const again = resent(failed, later(2 * DAY_S));
    expect(again).toMatchObject({ id: 'd-1', state: 'waiting', tries: 0, endedAt: null });
    expect(again && failedOnce(again, later(2 * DAY_S))).toMatchObject({ state: 'waiting' });
  });
});
