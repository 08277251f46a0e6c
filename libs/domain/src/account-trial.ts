import type { Account } from './account.js';
import { ACCOUNT_FAILURES } from './brake.js';
import type { FailureCode } from './failure.js';
import type { DpId } from './ids.js';

/**
 * DPs that begin with an account that is not proven. Each of them may be refused twice before anybody hears of it, and
 * directories lock an account after five refusals or more.
 */
const FIRST_DPS = ACCOUNT_FAILURES;
/** Seconds without a word after which as many DPs more may try it: a refusal is known sooner. */
const SILENCE = 5;
/** From so many DPs on nobody is counted any more: whoever does not say what came of it never will. */
const MOST_DPS = 64;
/** Seconds after a refusal until another DP may try it. */
const AFTER_REFUSAL = 60;

/** Results of those whose login was taken, whatever they may do then. */
const LET_IN: ReadonlySet<FailureCode | 'OK'> = new Set(['OK', 'NOT_ADMIN', 'SUDO_PASSWORD_REQUIRED']);

/** Whether the account as it is now is known to work: its last login did, and none was refused since. */
export function isProven({ lastUse, failures }: Pick<Account, 'lastUse' | 'failures'>): boolean {
  return failures.length === 0 && lastUse !== null && LET_IN.has(lastUse.result);
}

/** The accounts that an order tries before one that is known to work; the others are tried only if that one fails. */
export function unprovenFirst(accounts: readonly Account[]): readonly Account[] {
  const proven = accounts.findIndex(isProven);
  return proven === -1 ? accounts : accounts.slice(0, proven);
}

/** Whether a DP may try an account now; `counts`: it is one of those that try it before anybody knows whether it works. */
export type TrialAnswer = { may: true; counts: boolean } | { may: false; until: Date };

/**
 * Keeps a wrong password from locking an account before the brake falls: an account that is not proven is tried by few
 * DPs at once, whatever the number of orders, and by more the longer nothing bad is heard of it.
 */
export function mayTry(account: Account, dp: DpId, now: Date): TrialAnswer {
  const trials = account.trials ?? [];
  if (isProven(account) || trials.some((trial) => trial.dp === dp)) return { may: true, counts: false };
  const [first] = trials;
  const last = trials.at(-1);
  if (!first || !last) return { may: true, counts: true };
  if (account.failures.length > 0) {
    const until = new Date(last.at.getTime() + AFTER_REFUSAL * 1000);
    return until <= now ? { may: true, counts: true } : { may: false, until };
  }
  const steps = Math.max(0, Math.floor((now.getTime() - first.at.getTime()) / (SILENCE * 1000)));
  const places = FIRST_DPS * 2 ** Math.min(steps, 16);
  if (places >= MOST_DPS) return { may: true, counts: false };
  if (trials.length < places) return { may: true, counts: true };
  return { may: false, until: new Date(first.at.getTime() + (steps + 1) * SILENCE * 1000) };
}

/** Notes that a DP has begun to try it. */
export function beginTrial(account: Account, dp: DpId, now: Date): Account {
  return { ...account, trials: [...(account.trials ?? []), { dp, at: now }] };
}
