import { nextSyncAt, type DirectorySchedule } from './directory-schedule.js';

const ALL = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const at = (iso: string): Date => new Date(iso);

describe('the schedule of a directory', () => {
  it('keeps its grid, and makes up for missed times once', () => {
    const schedule: DirectorySchedule = { every: 15 };
    const due = at('2026-05-01T08:00:00Z');
    expect(nextSyncAt(schedule, due, due)).toEqual(at('2026-05-01T08:15:00Z'));
    expect(nextSyncAt(schedule, due, at('2026-05-01T08:14:59Z'))).toEqual(at('2026-05-01T08:15:00Z'));
    expect(nextSyncAt(schedule, due, at('2026-05-03T17:07:00Z'))).toEqual(at('2026-05-03T17:15:00Z'));
    // a clock that was put back
    expect(nextSyncAt(schedule, due, at('2026-05-01T07:00:00Z'))).toEqual(at('2026-05-01T08:15:00Z'));
  });

  it.each([
    ['the next of several times', ['02:00', '14:00'], ALL, '2026-05-01T00:30:00Z', '2026-05-01T12:00:00Z'],
    [
      'tomorrow, when the last of today is over',
      ['02:00'],
      ALL,
      '2026-05-01T00:00:00Z',
      '2026-05-02T00:00:00Z',
    ],
    ['on a day that is named', ['02:00'], ['mon'], '2026-05-01T00:00:00Z', '2026-05-04T00:00:00Z'],
    ['the same day of next week', ['02:00'], ['fri'], '2026-05-01T00:00:00Z', '2026-05-08T00:00:00Z'],
    // 29 March 2026: 02:00 → 03:00 in Berlin
    [
      'a time that the day skips: at the change',
      ['02:30'],
      ALL,
      '2026-03-28T23:00:00Z',
      '2026-03-29T01:00:00Z',
    ],
    // 25 October 2026: 03:00 → 02:00 in Berlin
    ['a time that comes twice: once', ['02:30'], ALL, '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
  ] as const)('%s', (_, times, days, now, expected) => {
    const schedule: DirectorySchedule = { times, days, timeZone: 'Europe/Berlin' };
    expect(nextSyncAt(schedule, at(now), at(now))).toEqual(at(expected));
  });
});
