import type { MaintenanceWindow } from './settings.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const DAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
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
    const weekday = DAY_NAMES[new Date(date).getUTCDay()];
    if (!weekday || !days.includes(weekday)) continue;
    const end = minutes(to) > minutes(from) ? date : date + DAY_MS;
    const span = { from: instant(clock, date, minutes(from)), to: instant(clock, end, minutes(to)) };
    if (span.to > span.from) spans.push(span);
  }
  return spans;
}

/** A moment as the clock on the wall shows it, read as if it were UTC. */
type Clock = (instant: number) => { date: number; wall: number };

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Clock {
  let format = FORMATS.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    FORMATS.set(timeZone, format);
  }
  const parts = format;
  return (at) => {
    const read = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
    const date = Date.UTC(year, month - 1, day);
    return { date, wall: date + ((hour * 60 + minute) * 60 + second) * 1000 };
  };
}

/** The first moment at which the clock shows that time of that day, or has just jumped over it. */
function instant(clock: Clock, date: number, minute: number): number {
  const wanted = date + minute * MINUTE_MS;
  // the zone's offset a day before and a day after: between them lies every change of the day
  const before = wanted - (clock(wanted - DAY_MS).wall - (wanted - DAY_MS));
  const after = wanted - (clock(wanted + DAY_MS).wall - (wanted + DAY_MS));
  const candidates = [before, after].filter((at) => clock(at).wall === wanted);
  if (candidates.length > 0) return Math.min(...candidates);
  return changeBetween(clock, Math.min(before, after), Math.max(before, after), wanted);
}

/** The moment of a jump over `wanted`, found by halving. */
function changeBetween(clock: Clock, from: number, to: number, wanted: number): number {
  let [low, high] = [from, to];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2);
    if (clock(middle).wall >= wanted) high = middle;
    else low = middle;
  }
  return Math.round(high / 1000) * 1000;
}

function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return hours * 60 + rest;
}
