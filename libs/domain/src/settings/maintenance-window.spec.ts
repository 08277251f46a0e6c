import * as fc from 'fast-check';
import { commonOpening, windowState } from './maintenance-window.js';
import type { MaintenanceWindow } from './settings.js';

const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const night: MaintenanceWindow = { days: ['mon'], from: '22:00', to: '05:00', timeZone: 'Europe/Berlin' };
const open = (closesAt: string) => ({ open: true, closesAt: new Date(closesAt) });
const closed = (opensAt: string) => ({ open: false, opensAt: new Date(opensAt) });

describe('maintenance windows', () => {
  it('without any, it is always open', () => {
    expect(windowState([], new Date())).toEqual({ open: true, closesAt: null });
  });

  it.each([
    ['before it begins', '2026-01-05T20:59:59Z', closed('2026-01-05T21:00:00Z')],
    ['at its first second', '2026-01-05T21:00:00Z', open('2026-01-06T04:00:00Z')],
    ['after midnight, on a day that is not named', '2026-01-06T03:59:59Z', open('2026-01-06T04:00:00Z')],
    ['when it ends', '2026-01-06T04:00:00Z', closed('2026-01-12T21:00:00Z')],
  ])('a night that begins on Monday: %s', (_, at, expected) => {
    expect(windowState([night], new Date(at))).toEqual(expected);
  });

  it.each([
    // 29 March 2026: 02:00 → 03:00 in Berlin
    [
      'a night with the lost hour is an hour shorter',
      '22:00',
      '05:00',
      '2026-03-28T21:30:00Z',
      open('2026-03-29T03:00:00Z'),
    ],
    [
      'a time that the day skips opens at the change',
      '02:30',
      '04:00',
      '2026-03-29T00:59:59Z',
      closed('2026-03-29T01:00:00Z'),
    ],
    [
      'a time that the day skips closes at the change',
      '01:00',
      '02:30',
      '2026-03-29T00:30:00Z',
      open('2026-03-29T01:00:00Z'),
    ],
    // 25 October 2026: 03:00 → 02:00 in Berlin
    [
      'a night with the hour that comes twice is an hour longer',
      '22:00',
      '05:00',
      '2026-10-24T20:30:00Z',
      open('2026-10-25T04:00:00Z'),
    ],
    [
      'a time that comes twice opens the first time',
      '02:30',
      '04:00',
      '2026-10-25T00:29:59Z',
      closed('2026-10-25T00:30:00Z'),
    ],
  ])('daylight saving: %s', (_, from, to, at, expected) => {
    const window = { days: EVERY_DAY, from, to, timeZone: 'Europe/Berlin' };
    expect(windowState([window], new Date(at))).toEqual(expected);
  });

  it('windows that touch or overlap are one', () => {
    const day = { days: EVERY_DAY, timeZone: 'UTC' };
    const windows = [
      { ...day, from: '12:00', to: '14:00' },
      { ...day, from: '08:00', to: '10:00' },
      { ...day, from: '09:00', to: '12:00' },
    ];
    expect(windowState(windows, new Date('2026-05-01T08:30:00Z'))).toEqual(open('2026-05-01T14:00:00Z'));
  });

  it('equal ends are a whole day', () => {
    const window = { days: ['fri'] as const, from: '00:00', to: '00:00', timeZone: 'UTC' };
    expect(windowState([window], new Date('2026-05-01T23:59:59Z'))).toEqual(open('2026-05-02T00:00:00Z'));
    expect(windowState([window], new Date('2026-05-02T00:00:00Z'))).toEqual(closed('2026-05-08T00:00:00Z'));
  });

  it('at the moment they name, they have changed, in every zone and at any time', () => {
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
    const window = fc.record({
      days: fc.uniqueArray(fc.constantFrom(...EVERY_DAY), { minLength: 1 }),
      from: time,
      to: time,
      timeZone: fc.constantFrom(
        'UTC',
        'Europe/Berlin',
        'America/New_York',
        'Australia/Lord_Howe',
        'Asia/Kathmandu',
        'Pacific/Apia',
      ),
    });
    const moment = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), moment, (windows, now) => {
        const state = windowState(windows, now);
        if (state.open && state.closesAt) {
          expect(state.closesAt > now).toBe(true);
        } else if (!state.open) {
          expect(state.opensAt > now).toBe(true);
          expect(windowState(windows, state.opensAt).open).toBe(true);
          expect(windowState(windows, new Date(state.opensAt.getTime() - 1000)).open).toBe(false);
        }
      }),
    );
  });
});

describe('two sets of windows', () => {
  const monday = new Date('2026-01-05T12:00:00Z');
  const morning: MaintenanceWindow = { days: ['tue'], from: '04:00', to: '08:00', timeZone: 'Europe/Berlin' };

  it('are both open from the later opening on', () => {
    expect(commonOpening([[night], [morning]], monday)).toEqual(new Date('2026-01-06T03:00:00Z'));
    expect(commonOpening([[night], []], monday)).toEqual(new Date('2026-01-05T21:00:00Z'));
    expect(commonOpening([[], []], monday)).toEqual(monday);
  });

  it('never are where they do not meet', () => {
    expect(commonOpening([[night], [{ ...morning, from: '06:00' }]], monday)).toBeNull();
  });

  it('are open at the moment that is named, and neither was open before it together', () => {
    const window = fc.record({
      days: fc.subarray([...EVERY_DAY], { minLength: 1 }),
      from: fc.constantFrom('00:00', '06:00', '22:00'),
      to: fc.constantFrom('05:00', '12:00', '23:00'),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
    });
    fc.assert(
      fc.property(fc.array(window, { maxLength: 2 }), fc.array(window, { maxLength: 2 }), (one, other) => {
        const at = commonOpening([one, other], monday);
        const isOpenAt = (moment: Date): boolean =>
          [one, other].every((windows) => windowState(windows, moment).open);
        if (at) expect(isOpenAt(at)).toBe(true);
        const end = at?.getTime() ?? monday.getTime() + 7 * 86_400_000;
        for (let moment = monday.getTime(); moment < end; moment += 3_600_000)
          expect(isOpenAt(new Date(moment))).toBe(false);
      }),
      { numRuns: 10 },
    );
  });
});
