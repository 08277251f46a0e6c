import type { Settings } from '../settings/settings.js';

/** Shortest and longest poll interval that may be set, in seconds. */
export const POLL_INTERVAL_LIMITS = { min: 5, max: 24 * 60 * 60 } as const;

/**
 * Seconds until a DP's next poll: the interval, spread by the jitter so that many DPs do not ask together.
 *
 * @param chance a number from 0 (inclusive) to 1 (exclusive), from the caller so that this stays pure
 */
export function pollAfter(settings: Pick<Settings, 'pollInterval' | 'pollJitter'>, chance: number): number {
  const { min, max } = POLL_INTERVAL_LIMITS;
  const spread = 1 + ((2 * chance - 1) * settings.pollJitter) / 100;
  return Math.round(Math.min(max, Math.max(min, settings.pollInterval * spread)));
}

/** Seconds that a poll is held at most when its end is put off: proxies end what has been silent for a minute. */
const LONGEST_HOLD = 55;
/** What the first one is put off by at most; half of what a DP allows for beyond its wait, so that a slow answer still arrives. */
const FIRST_SPREAD = 15;
/** A DP that asks for less has its reasons. */
const LONG_WAIT = 20;

/**
 * Seconds that a long poll with nothing to say is held. DPs that began together, as after a restart of the gateway, would
 * end and begin together for ever: the first one is held up to {@link FIRST_SPREAD} seconds longer than was asked for, those
 * that follow up to a tenth. Never shorter, which a DP would take for a gateway that does not hold polls.
 *
 * @param isFirst of this DP at this gateway
 * @param chance as for {@link pollAfter}
 */
export function heldFor(wait: number, isFirst: boolean, chance: number): number {
  const spread = isFirst && wait >= LONG_WAIT ? FIRST_SPREAD : wait / 10;
  return wait + Math.max(0, Math.min(spread, LONGEST_HOLD - wait)) * chance;
}

/** A time in which no sign of life could arrive. */
export interface Gap {
  since: Date;
  /** Null: it lasts. */
  until: Date | null;
}

/**
 * Up to when the silence of a DP says something of it: until now, or until nobody could hear it any more. After a gap it
 * has one poll interval to be heard again.
 *
 * @param gaps the newest first
 */
export function silenceCountsUntil(gaps: readonly Gap[], pollInterval: number, now: Date): Date {
  let until = now;
  for (const gap of gaps) {
    if (gap.until && gap.until.getTime() + pollInterval * 1000 <= until.getTime()) break;
    until = gap.since;
  }
  return until;
}

/** A DP is overdue when it has not been seen for three poll intervals. */
export function isOverdue(lastSeen: Date | null, pollInterval: number, now: Date): boolean {
  return lastSeen !== null && now.getTime() - lastSeen.getTime() > 3 * pollInterval * 1000;
}
