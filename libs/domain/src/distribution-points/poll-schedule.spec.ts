import * as fc from 'fast-check';
import { heldFor, isOverdue, POLL_INTERVAL_LIMITS, pollAfter, silenceCountsUntil } from './poll-schedule.js';
import { at, NOW } from '../../testing/sample-orders.js';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a long poll', () => {
  it.each([
    [0, false, 0.9, 0],
    [0, true, 0.9, 0],
    [2, true, 0.5, 2.1],
    [30, false, 0, 30],
    [30, false, 0.5, 31.5],
    [30, true, 0, 30],
    [30, true, 0.5, 37.5],
    [50, true, 0.5, 52.5],
    [54, false, 0.5, 54.5],
    [60, true, 0.9, 60],
  ])('of %i s (the first: %s, chance %f) is held %f s', (wait, isFirst, c, held) => {
    expect(heldFor(wait, isFirst, c)).toBeCloseTo(held);
  });

  it('is never held shorter than was asked for, nor so long that a proxy ends it', () => {
    const wait = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(wait, fc.boolean(), chance, (seconds, isFirst, c) => {
        const held = heldFor(seconds, isFirst, c);
        expect(held).toBeGreaterThanOrEqual(seconds);
        expect(held).toBeLessThanOrEqual(Math.max(seconds, Math.min(seconds + 15, 55)));
      }),
    );
  });
});

describe('the next poll (R8)', () => {
  it('is the interval away, spread by the jitter', () => {
    const settings = { pollInterval: 60, pollJitter: 10 };
    expect(pollAfter(settings, 0)).toBe(54);
    expect(pollAfter(settings, 0.5)).toBe(60);
    expect(pollAfter(settings, 0.999_999)).toBe(66);
    expect(pollAfter({ ...settings, pollJitter: 0 }, 0)).toBe(60);
  });

  it('is a whole number of seconds within the limits, whatever is set', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 0, max: 100 }),
        chance,
        (interval, jitter, c) => {
          const seconds = pollAfter({ pollInterval: interval, pollJitter: jitter }, c);
          expect(Number.isInteger(seconds)).toBe(true);
          expect(seconds).toBeGreaterThanOrEqual(POLL_INTERVAL_LIMITS.min);
          expect(seconds).toBeLessThanOrEqual(POLL_INTERVAL_LIMITS.max);
        },
      ),
    );
  });

  it('may be set from five seconds to a day', () => {
    expect(POLL_INTERVAL_LIMITS).toEqual({ min: 5, max: 86_400 });
  });
});

describe('a DP', () => {
  it('is overdue when it was not seen for more than three intervals', () => {
    expect(isOverdue(NOW, 60, at(180))).toBe(false);
    expect(isOverdue(NOW, 60, at(181))).toBe(true);
  });

  it('is judged up to where a gap began, while that lasts and for one interval after', () => {
    const lasting = [{ since: at(100), until: null }];
    const over = [{ since: at(100), until: at(500) }];
    expect(silenceCountsUntil([], 60, at(600))).toEqual(at(600));
    expect(silenceCountsUntil(lasting, 60, at(600))).toEqual(at(100));
    expect(silenceCountsUntil(over, 60, at(559))).toEqual(at(100));
    expect(silenceCountsUntil(over, 60, at(560))).toEqual(at(560));
  });

  it('has its interval in one piece: what lies between two gaps is too short to be heard', () => {
    const gaps = [
      { since: at(530), until: null },
      { since: at(100), until: at(500) },
    ];
    expect(silenceCountsUntil(gaps, 60, at(900))).toEqual(at(100));
    expect(silenceCountsUntil(gaps, 20, at(900))).toEqual(at(530));
  });

  it('that was never seen is not overdue', () => {
    expect(isOverdue(null, 60, NOW)).toBe(false);
  });
});
