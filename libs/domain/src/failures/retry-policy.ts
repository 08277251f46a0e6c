import { failureRule, type FailureCode, type RetryClass } from './failure.js';

const MINUTE = 60;
/** Seconds to wait before the second, third, … try; the last one repeats. */
const BACKOFF = [1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE] as const;
/** Seconds between probes of a computer that does not answer. */
const REACHABLE_EVERY = 5 * MINUTE;
/** Seconds until a busy installer is asked again. */
const INSTALLER_BUSY_EVERY = 2 * MINUTE;
/** Share by which waits are spread, so that many orders do not come due together. */
const JITTER = 0.2;

export interface RetryQuestion {
  code: FailureCode;
  /** Tries of the real work so far, this one included. */
  attempt: number;
  /** Tries the order may have. */
  attempts: number;
  /** How often in a row this order ended with this code, this time included. */
  sameCode: number;
  now: Date;
  expiresAt: Date;
  /** From 0 (inclusive) to 1 (exclusive). */
  chance: number;
}

export type RetryDecision =
  | { kind: 'again'; at: Date; costsAttempt: boolean; verify: boolean }
  /** No further try by itself: `class` says whether a person can mend it. */
  | { kind: 'end'; class: RetryClass };

/** Whether and when an order is tried again after a failure; the failure list decides (failures.md). */
export function retryAfter(question: RetryQuestion): RetryDecision {
  const { code, attempt, attempts, sameCode, now, expiresAt, chance } = question;
  const { retry, tries } = failureRule(code);
  const again = (seconds: number, costsAttempt: boolean, verify = false): RetryDecision => {
    const at = new Date(now.getTime() + seconds * (1 + JITTER * (2 * chance - 1)) * 1000);
    return at < expiresAt ? { kind: 'again', at, costsAttempt, verify } : { kind: 'end', class: 'fix' };
  };
  switch (retry) {
    case 'reachable':
    case 'waits':
      return again(REACHABLE_EVERY, false);
    case 'backoff':
    case 'verify': {
      if (attempt >= attempts || (tries !== undefined && sameCode >= tries))
        return { kind: 'end', class: 'fix' };
      const wait = code === 'INSTALLER_BUSY' ? INSTALLER_BUSY_EVERY : backoff(sameCode);
      return again(wait, true, retry === 'verify');
    }
    case 'fix':
    case 'brake':
    case 'never':
    case 'done':
      return { kind: 'end', class: retry };
  }
}

function backoff(times: number): number {
  return BACKOFF[Math.min(times, BACKOFF.length) - 1] ?? BACKOFF[0];
}
