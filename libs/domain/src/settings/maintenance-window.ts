import { clockOf, instant, minutesOf, WEEKDAYS } from '../base/wall-clock.js';
import type { MaintenanceWindow } from './settings.js';

const DAY_MS = 86_400_000;
/** Days looked ahead for the next opening: every weekday, and one more because a span can begin earlier today. */
const DAYS_AHEAD = 8;

/** Whether work may begin, and when that changes. */
export type WindowState =
  { open: true; /** When it closes; null: never. */ closesAt: Date | null } | { open: false; opensAt: Date };

/**
 * What maintenance windows say about a moment. No windows: always open. Times are wall-clock times of the window's own
 * zone: a span is as long as the clock on the wall says, also across midnight and on the days of daylight saving. A time
 * that a day skips counts as the moment of the change; of a time that comes twice, the first one opens and closes.
 * `from` equal to `to` is a whole day.
 */
export function windowState(windows: readonly MaintenanceWindow[], now: Date): WindowState {
  if (windows.length === 0) return { open: true, closesAt: null };
  const spans = windows.flatMap((window) => spansAround(window, now)).toSorted((a, b) => a.from - b.from);
  let closesAt: number | null = null;
  for (const { from, to } of spans) {
    // spans that touch or overlap are one
    if (from <= (closesAt ?? now.getTime()) && to > (closesAt ?? now.getTime())) closesAt = to;
  }
  if (closesAt !== null) return { open: true, closesAt: new Date(closesAt) };
  const next = spans.find((span) => span.from > now.getTime());
  return { open: false, opensAt: new Date(next?.from ?? now.getTime() + DAY_MS) };
}

/** The first moment at which all of these sets of windows are open; null: there is none within a week. */
export function commonOpening(sets: readonly (readonly MaintenanceWindow[])[], from: Date): Date | null {
  const end = from.getTime() + DAYS_AHEAD * DAY_MS;
  for (let at = from; at.getTime() < end;) {
    const closed = sets.flatMap((windows) => {
      const state = windowState(windows, at);
      return state.open ? [] : [state.opensAt.getTime()];
    });
    if (closed.length === 0) return at;
    at = new Date(Math.max(...closed));
  }
  return null;
}

/** The next moment at which the clock of a zone shows a time, `HH:MM`. */
export function nextTimeOfDay(time: string, timeZone: string, now: Date): Date {
  const clock = clockOf(timeZone);
  const today = clock(now.getTime()).date;
  // a day that skips the time may put it on the moment that was the last one
  const moments = [0, 1, 2].map((days) => instant(clock, today + days * DAY_MS, minutesOf(time)));
  return new Date(moments.find((moment) => moment > now.getTime()) ?? now.getTime() + DAY_MS);
}

interface Span {
  from: number;
  to: number;
}

/** The spans of a window that began yesterday or begin in the next days. */
function spansAround({ days, from, to, timeZone }: MaintenanceWindow, now: Date): Span[] {
  const clock = clockOf(timeZone);
  const today = clock(now.getTime()).date;
  const spans: Span[] = [];
  for (let offset = -1; offset <= DAYS_AHEAD; offset += 1) {
    const date = today + offset * DAY_MS;
    const weekday = WEEKDAYS[new Date(date).getUTCDay()];
    if (!weekday || !days.includes(weekday)) continue;
    const end = minutesOf(to) > minutesOf(from) ? date : date + DAY_MS;
    const span = { from: instant(clock, date, minutesOf(from)), to: instant(clock, end, minutesOf(to)) };
    if (span.to > span.from) spans.push(span);
  }
  return spans;
}
