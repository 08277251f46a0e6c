import type { Account, PendingLogin } from '../accounts/account.js';
import { ACCOUNT_FAILURES } from './brake.js';
import type { FailureCode } from '../failures/failure.js';
import type { OrderId } from '../base/ids.js';

/**
 * Seconds after which a login of which nothing was heard counts as over: the lease of an order that no DP has accepted has
 * lapsed by then, and one that was accepted has mostly been logged in. An order that waits looks again by then as well;
 * the end of each login calls the next ones, so with an account that works this only heals what was lost.
 */
const SILENCE = 60;

/** Results of those whose login was taken, whatever they may do then. */
const LET_IN: ReadonlySet<FailureCode | 'OK'> = new Set(['OK', 'NOT_ADMIN', 'SUDO_PASSWORD_REQUIRED']);

/** Whether the account as it is now is known to work: its last login did, and none was refused since. */
export function isProven({ lastUse, failures }: Pick<Account, 'lastUse' | 'failures'>): boolean {
  return failures.length === 0 && lastUse !== null && LET_IN.has(lastUse.result);
}

/** The accounts that an order tries at first: up to one that is known to work. The others come only if that one fails. */
export function triedAtFirst(accounts: readonly Account[]): readonly Account[] {
  const proven = accounts.findIndex(isProven);
  return proven === -1 ? accounts : accounts.slice(0, proven + 1);
}

/** Whether an order may begin a login with an account now. */
export type LoginAnswer = { may: true } | { may: false; until: Date };

/**
 * Keeps a wrong password from locking an account, over all DPs: no more logins are under way at once than could be refused
 * before anybody hears of it. One that is known to work may be used by as many as the setting says, because its password
 * may have been changed a moment ago; one that nobody knows to work by as many as pull its brake; and after a refusal by one
 * alone.
 *
 * @param limit the setting `accountLogins`; 0: an account that is known to work is not counted
 */
export function mayLogIn(account: Account, order: OrderId, limit: number, now: Date): LoginAnswer {
  if (limit === 0 && isProven(account)) return { may: true };
  const pending = pendingLogins(account, now).filter((login) => login.order !== order);
  if (pending.length < placesOf(account, limit)) return { may: true };
  const oldest = Math.min(...pending.map(({ at }) => at.getTime()));
  return { may: false, until: new Date(oldest + SILENCE * 1000) };
}

/** Logins that began with an account and of which nobody has heard yet. */
export function pendingLogins({ logins = [] }: Pick<Account, 'logins'>, now: Date): readonly PendingLogin[] {
  return logins.filter(({ at }) => at.getTime() > now.getTime() - SILENCE * 1000);
}

function placesOf(account: Account, limit: number): number {
  if (account.failures.length > 0) return 1;
  if (isProven(account)) return limit;
  return limit === 0 ? ACCOUNT_FAILURES : Math.min(ACCOUNT_FAILURES, limit);
}

/** Notes that an order goes out, and may log in with the account. */
export function beginLogin(account: Account, login: PendingLogin): Account {
  const others = pendingLogins(account, login.at).filter(({ order }) => order !== login.order);
  return { ...account, logins: [...others, login] };
}

/** Notes that nothing more is to come of an order's login. */
export function endLogin(account: Account, order: OrderId): Account {
  const { logins = [] } = account;
  const others = logins.filter((login) => login.order !== order);
  return others.length === logins.length ? account : { ...account, logins: others };
}
