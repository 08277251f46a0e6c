import { clockOf, instant, minutesOf, WEEKDAYS, type Weekday } from '../base/wall-clock.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Fewest and most minutes between two syncs of a directory. */
export const SYNC_EVERY_LIMITS = { min: 1, max: 10_080 } as const;
/** Most times of day that a schedule names. */
export const MOST_SYNC_TIMES = 24;

/**
 * When a directory is read by itself: every so many minutes, or at times of day on days of the week, by the clock on the
 * wall of a zone.
 */
export type DirectorySchedule =
  | { every: number }
  | {
      /** `HH:MM`, 24 hours. */
      times: readonly string[];
      days: readonly Weekday[];
      /** IANA name, such as `Europe/Berlin`. */
      timeZone: string;
    };

/**
 * The next time after `now`. Times that passed while nothing ran are not made up for one by one: whoever was due runs once,
 * and goes on from here. A time that a day skips counts as the moment of the change; one that comes twice, the first time.
 *
 * @param due when the last one was due: every so many minutes keeps its grid, so that a late run makes no other one late
 */
export function nextSyncAt(schedule: DirectorySchedule, due: Date, now: Date): Date {
  if ('every' in schedule) {
    const step = schedule.every * MINUTE_MS;
    const passed = Math.max(0, now.getTime() - due.getTime());
    return new Date(due.getTime() + (Math.floor(passed / step) + 1) * step);
  }
  const { times, days, timeZone } = schedule;
  const clock = clockOf(timeZone);
  const today = clock(now.getTime()).date;
  let next = Number.POSITIVE_INFINITY;
  // every day of the week, and one more: today's times may have passed
  for (let offset = 0; offset <= 8; offset += 1) {
    const date = today + offset * DAY_MS;
    const weekday = WEEKDAYS[new Date(date).getUTCDay()];
    if (!weekday || !days.includes(weekday)) continue;
    for (const time of times) {
      const at = instant(clock, date, minutesOf(time));
      if (at > now.getTime()) next = Math.min(next, at);
    }
    if (next !== Number.POSITIVE_INFINITY) break;
  }
  return new Date(Number.isFinite(next) ? next : now.getTime() + DAY_MS);
}
