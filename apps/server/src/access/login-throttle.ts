import { Injectable } from '@nestjs/common';
import { DomainError } from '#domain';

/** Failures of one user before further tries have to wait. */
const FREE_FAILURES = 5;
const LONGEST_WAIT_MS = 5 * 60_000;
const WINDOW_MS = 60_000;
/** Users and addresses remembered; the oldest are forgotten first. */
const REMEMBERED = 10_000;

/**
 * Slows password guessing down: so many failures per minute from one address, and a wait per user that doubles with
 * each failure after the fifth. A try counts as a failure until it is known to be none, so that many at once gain
 * nothing. Kept in this process: with several servers an attacker gets as many tries from each.
 */
@Injectable()
export class LoginThrottle {
  private readonly users = new Map<string, { failures: number; until: number }>();
  private readonly addresses = new Map<string, { failures: number; since: number }>();

  /**
   * Begins a try; {@link succeeded} takes it back.
   *
   * @param name of the user, in whatever case: it is the same user
   * @param limit failures per minute and address
   * @throws DomainError RATE_LIMITED
   */
  demand(name: string, address: string, now: Date, limit: number): void {
    const user = name.toLowerCase();
    const at = now.getTime();
    const known = this.addresses.get(address);
    const fromThere = known && at - known.since < WINDOW_MS ? known : { failures: 0, since: at };
    const own = this.users.get(user) ?? { failures: 0, until: 0 };
    if (fromThere.failures >= limit || at < own.until) {
      throw new DomainError('RATE_LIMITED', 'Too many failed logins; wait before you try again.');
    }
    const failures = own.failures + 1;
    const wait =
      failures < FREE_FAILURES ? 0 : Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (failures - FREE_FAILURES));
    remember(this.users, user, { failures, until: at + wait });
    remember(this.addresses, address, { ...fromThere, failures: fromThere.failures + 1 });
  }

  /** The password was right. */
  succeeded(name: string, address: string): void {
    this.users.delete(name.toLowerCase());
    const fromThere = this.addresses.get(address);
    if (fromThere) fromThere.failures = Math.max(0, fromThere.failures - 1);
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > REMEMBERED) map.delete(map.keys().next().value ?? '');
}
