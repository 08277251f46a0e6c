const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Days of the week, in the order of `Date.getUTCDay`. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A moment as the clock on the wall shows it, read as if it were UTC. */
export type Clock = (instant: number) => { date: number; wall: number };

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** The clock of a zone, by its IANA name. */
export function clockOf(timeZone: string): Clock {
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
export function instant(clock: Clock, date: number, minute: number): number {
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

/** Minutes since midnight of `HH:MM`. */
export function minutesOf(time: string): number {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return hours * 60 + rest;
}
