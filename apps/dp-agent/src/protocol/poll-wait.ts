/**
 * How long a poll may be held open. Proxies end connections that have been silent for a while, some after ten seconds; asking
 * for less than that costs fewer requests than being cut each time, and no order is late.
 */
export interface PollWait {
  /** Seconds that the configuration allows. */
  readonly longest: number;
  /** Seconds to ask for; 0: nothing is held open, because hardly anything gets through. */
  readonly wait: number;
  /** After how many seconds the last one was cut, as far as none has been open for longer since. */
  readonly cutAfter: number | null;
  /** Polls in a row that were held to their end. */
  readonly held: number;
  /** So many of them before a longer wait is tried. */
  readonly patience: number;
}

/** A connection that breaks sooner says that the gateway is away, not that somebody is impatient. */
const LEAST_CUT = 2;
/** Cuts that are this much apart, in seconds or as a part of the first, are one limit. */
const APART_S = 1.5;
const APART_PART = 0.15;
/** The part of a limit that is asked for: the gateway holds a little longer than it is asked. */
const PART = 0.8;
/** Below this, long polls are not worth their connections. */
const LEAST_WAIT = 3;
const FIRST_PATIENCE = 60;
const MOST_PATIENCE = 1920;
const GROWTH = 1.5;

export function startWait(longest: number): PollWait {
  return { longest, wait: longest, cutAfter: null, held: 0, patience: FIRST_PATIENCE };
}

/** After a poll that was held to its end and answered: now and then a longer one is tried, for proxies change. */
export function afterHeld(state: PollWait): PollWait {
  const held = state.held + 1;
  if (state.wait >= state.longest || held < state.patience) return { ...state, cutAfter: null, held };
  const wait = Math.min(state.longest, Math.ceil(Math.max(LEAST_WAIT, state.wait) * GROWTH));
  // the next cut counts at once: that it may come is known
  return { ...state, wait, cutAfter: null, held: -1 };
}

/**
 * After a poll whose connection broke, or that a proxy gave up. The first cut may be a restart of the gateway; the second
 * one at the same time is a limit.
 *
 * @param seconds for which it had been held
 */
export function afterCut(state: PollWait, seconds: number): PollWait {
  if (seconds < LEAST_CUT || seconds > state.wait) return { ...state, cutAfter: null, held: 0 };
  const isTrial = state.held === -1;
  const before = state.cutAfter;
  const isLimit =
    isTrial || (before !== null && Math.abs(before - seconds) <= Math.max(APART_S, before * APART_PART));
  if (!isLimit) return { ...state, cutAfter: seconds, held: 0 };
  const limit = Math.floor(Math.min(seconds, before ?? seconds) * PART);
  return {
    ...state,
    wait: limit < LEAST_WAIT ? 0 : limit,
    cutAfter: null,
    held: 0,
    patience: isTrial ? Math.min(MOST_PATIENCE, state.patience * 2) : state.patience,
  };
}

/**
 * After a poll that was answered before its time. It tells nothing of a limit, unless it was open for longer than one that was cut.
 *
 * @param seconds for which it had been held
 */
export function afterAnswer(state: PollWait, seconds: number): PollWait {
  return state.cutAfter !== null && seconds > state.cutAfter ? { ...state, cutAfter: null } : state;
}
