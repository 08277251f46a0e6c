import type { AccountSecret } from '#sealing';
import { sha256 } from '#sealing';
import { pause } from '../base/backoff.js';
import type { FailureCode } from '../failures/failure.js';

/** Refusals of an account itself: many of them lock it. */
const REFUSALS: ReadonlySet<string> = new Set<FailureCode>([
  'AUTH_FAILED',
  'ACCOUNT_LOCKED',
  'ACCOUNT_DISABLED_OR_EXPIRED',
  'PASSWORD_CHANGE_REQUIRED',
]);
/** Whether a failure says something about the account itself. */
export function blamesAccount(code: string): boolean {
  return REFUSALS.has(code);
}

/** What else a computer counts, or asks a person for each time, although the account itself is in order. */
const COUNTED_THERE: ReadonlySet<string> = new Set<FailureCode>([
  'NOT_ADMIN',
  'SUDO_PASSWORD_REQUIRED',
  'SUDO_TTY_REQUIRED',
  'SECOND_FACTOR_REQUIRED',
]);
/** Whether to log in over and over after this failure could lock somebody out, or be a nuisance to them. */
export function harmsByRepeating(code: string): boolean {
  return blamesAccount(code) || COUNTED_THERE.has(code);
}

/** Refusals in a row after which an account is left alone. */
const REFUSALS_ALLOWED = 2;
/** Seconds that a central account is left alone: by then the server has heard of it, and its brake holds the orders. */
const CENTRAL_HOLD = 60;

interface Standing {
  /** Refusals in a row. */
  refused: number;
  last: FailureCode | null;
  lastAt: number;
  /** The last login got through. */
  proven: boolean;
  /** Logins under way. */
  busy: number;
  waiting: (() => void)[];
}

/** What came of asking for a turn. */
export type Admission = { readonly go: true } | { readonly go: false; readonly because: FailureCode };

/**
 * Sees to it that no account is locked from here: logins with an account that has not proven itself go one after
 * the other, with others at most two at a time, and after two refusals in a row nobody tries it any more. A central account
 * is held for a minute, since then the server's brake does; one of this DP until it is changed or the agent starts anew.
 * An account with a new password is another account.
 */
export class AccountGuard {
  private readonly standings = new Map<string, Standing>();

  constructor(private readonly now: () => number) {}

  /** Waits until the account may be tried. After `go`, {@link done} must be called. */
  async turn(secret: AccountSecret, isLocal: boolean, signal: AbortSignal): Promise<Admission> {
    const standing = this.of(secret);
    for (;;) {
      if (standing.last !== null && this.isHeld(standing, isLocal))
        return { go: false, because: standing.last };
      if (standing.busy < (standing.proven ? REFUSALS_ALLOWED : 1)) {
        standing.busy += 1;
        return { go: true };
      }
      const woken = new AbortController();
      standing.waiting.push(() => woken.abort());
      await pause(3600, woken.signal, signal);
      if (signal.aborted) return { go: false, because: 'ORDER_CANCELLED' };
    }
  }

  /** @param result `OK`, a failure code, or null when the login was not seen to its end */
  done(secret: AccountSecret, result: FailureCode | 'OK' | null): void {
    const standing = this.of(secret);
    standing.busy -= 1;
    if (result === 'OK') Object.assign(standing, { refused: 0, last: null, proven: true });
    else if (result !== null && REFUSALS.has(result)) {
      const refused = standing.refused + 1;
      Object.assign(standing, { refused, last: result, lastAt: this.now(), proven: false });
    }
    for (const wake of standing.waiting.splice(0)) wake();
  }

  private isHeld(standing: Standing, isLocal: boolean): boolean {
    if (standing.refused < REFUSALS_ALLOWED) return false;
    return isLocal || this.now() - standing.lastAt < CENTRAL_HOLD * 1000;
  }

  private of(secret: AccountSecret): Standing {
    const { username, domain, password, privateKey } = secret;
    // only a digest: the secret itself need not stay in memory
    const key = sha256(JSON.stringify([domain, username, password, privateKey]));
    let standing = this.standings.get(key);
    if (!standing) {
      standing = { refused: 0, last: null, lastAt: 0, proven: false, busy: 0, waiting: [] };
      this.standings.set(key, standing);
    }
    return standing;
  }
}
