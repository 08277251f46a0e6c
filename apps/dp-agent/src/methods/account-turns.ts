import { pause } from '../base/backoff.js';
import { AccountsHeld, stopHere, type TriedAccount, unlessStopped } from '../computer/method.js';
import { ConnectionLost, type FailureCode, StepFailed } from '../failures/failure.js';
import type { AccountGuard } from '../accounts/account-guard.js';
import type { Candidate } from '../accounts/credential-store.js';

/** Failures that another account may not have. Everything else ends the attempt. */
const NEXT_ACCOUNT: ReadonlySet<string> = new Set([
  'AUTH_FAILED',
  'ACCOUNT_LOCKED',
  'ACCOUNT_DISABLED_OR_EXPIRED',
  'PASSWORD_CHANGE_REQUIRED',
  'KEY_UNUSABLE',
  'NOT_ADMIN',
  'SUDO_PASSWORD_REQUIRED',
  'SUDO_TTY_REQUIRED',
  'LOGIN_METHOD_MISSING',
  'SECOND_FACTOR_REQUIRED',
  'LOGIN_DENIED',
  'KERBEROS_NOT_POSSIBLE',
  'NTLM_REFUSED',
  'NETWORK_LOGON_DENIED',
]);

const HELD = {
  system: 'dp',
  code: 'ACCOUNT_HELD',
  text: 'not tried: refused twice in a row. Change it in the accounts file of this DP, or restart the agent',
};
/** Tries, and the seconds between them, of an account that is only held: a central one is after a minute no more. */
const HELD_TRIES = 5;
const HELD_PAUSE = 15;
/** A connection that is made anew ends with the work that needs it, not with the order's signal: a cancelled run is still ended. */
const NEVER = new AbortController().signal;

/** An account that can be tried. */
export type UsableCandidate = Extract<Candidate, { secret: unknown }>;

/** One way to log in to a computer. */
export interface Login<T> {
  /** @throws StepFailed, ConnectionLost */
  readonly as: (candidate: UsableCandidate) => Promise<T>;
  /** What a connection that broke during the login means; null: just that. */
  readonly lost: ((why: string) => StepFailed) | null;
  /** Ends what came too late: nobody waits for it any more. */
  readonly discard: (late: T) => void;
}

type TurnResult<T> = { opened: T } | { failure: StepFailed } | { held: FailureCode };

/** Logs in with one account after the other, each in its turn: the guard sees to it that none is locked from here. */
export class AccountTurns {
  constructor(private readonly guard: AccountGuard) {}

  /**
   * Logs in with the first account that is let in; each one that was tried is added to `tried`.
   *
   * @throws StepFailed; AccountsHeld when nothing was tried; Stopped
   */
  async first<T>(
    candidates: readonly Candidate[],
    tried: TriedAccount[],
    signal: AbortSignal,
    login: Login<T>,
  ): Promise<T> {
    let unusable = new StepFailed('auth', 'NO_ACCOUNT', null);
    let held: StepFailed | AccountsHeld | null = null;
    let seen: StepFailed | null = null;
    for (const candidate of candidates) {
      if ('unusable' in candidate) {
        tried.push({ account: candidate.id, result: candidate.unusable });
        unusable = new StepFailed('auth', candidate.unusable, null);
        continue;
      }
      const result = await this.take(candidate, signal, login);
      if ('held' in result) {
        if (!(held instanceof AccountsHeld)) held = heldBack(result.held, candidate.isLocal);
        continue;
      }
      if ('opened' in result) {
        tried.push({ account: candidate.id, result: 'OK' });
        return result.opened;
      }
      seen = result.failure;
      if (seen.phase === 'auth') tried.push({ account: candidate.id, result: seen.code });
      if (!NEXT_ACCOUNT.has(seen.code)) throw seen;
    }
    // what was seen says more than what was only spared
    throw seen ?? held ?? unusable;
  }

  /**
   * Logs in once more with the account that had worked: its password may have been changed since, so this is a turn like any
   * other, and a refusal is told.
   *
   * @throws StepFailed
   */
  async again<T>(candidate: UsableCandidate, tried: TriedAccount[], login: Login<T>): Promise<T> {
    let result = await this.take(candidate, NEVER, login);
    // it has worked here: that other computers refused it a moment ago ends nothing on this one
    for (let left = HELD_TRIES; 'held' in result && !candidate.isLocal && left > 0; left -= 1) {
      await pause(HELD_PAUSE, NEVER);
      result = await this.take(candidate, NEVER, login);
    }
    if ('opened' in result) return result.opened;
    if ('held' in result) throw new StepFailed('auth', result.held, HELD);
    const { failure } = result;
    if (failure.phase === 'auth') tried.push({ account: candidate.id, result: failure.code });
    throw failure;
  }

  /** One account's turn. @throws Stopped */
  private async take<T>(
    candidate: UsableCandidate,
    signal: AbortSignal,
    login: Login<T>,
  ): Promise<TurnResult<T>> {
    const { secret, isLocal } = candidate;
    stopHere(signal);
    const turn = await this.guard.turn(secret, isLocal, signal);
    if (!turn.go) {
      stopHere(signal);
      return { held: turn.because };
    }
    let result: FailureCode | 'OK' | null = null;
    try {
      const opening = login.as(candidate);
      const opened = await unlessStopped(opening, signal, () => {
        opening.then(login.discard).catch(() => undefined);
      });
      result = 'OK';
      return { opened };
    } catch (error) {
      const failure = error instanceof ConnectionLost && login.lost ? login.lost(error.why) : error;
      if (!(failure instanceof StepFailed)) throw failure;
      result = failure.code;
      return { failure };
    } finally {
      this.guard.done(secret, result);
    }
  }
}

/** The server's brake decides over central accounts; one of this DP has nobody else who could say what is wrong. */
function heldBack(because: FailureCode, isLocal: boolean): StepFailed | AccountsHeld {
  if (!isLocal) return new AccountsHeld(because);
  return new StepFailed('auth', because, HELD);
}
