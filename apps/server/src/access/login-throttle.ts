import { Injectable } from '@nestjs/common';
import { DomainError } from '#domain';
import { serverEnv } from '../env.js';

/** Failures of one user before further tries have to wait. */
const FREE_FAILURES = 5;
const LONGEST_WAIT_MS = 5 * 60_000;
const WINDOW_MS = 60_000;
/** Users and addresses remembered; the oldest are forgotten first. */
const REMEMBERED = 10_000;

/**
 * Slows password guessing down: so many failures per minute from one address, and a wait per user that doubles with
 * each failure after the fifth. Kept in this process: with several servers an attacker gets as many tries from each.
 */
@Injectable()
export class LoginThrottle {
  private readonly users = new Map<string, { failures: number; until: number }>();
  private readonly addresses = new Map<string, { failures: number; since: number }>();

  /** @throws DomainError RATE_LIMITED */
  demand(user: string, address: string, now: Date): void {
    const fromThere = this.addresses.get(address);
    const tooMany =
      fromThere !== undefined &&
      now.getTime() - fromThere.since < WINDOW_MS &&
      fromThere.failures >= serverEnv().LOGIN_LIMIT;
    if (tooMany || now.getTime() < (this.users.get(user)?.until ?? 0)) {
      throw new DomainError('RATE_LIMITED', 'Too many failed logins; wait before you try again.');
    }
  }

  failed(user: string, address: string, now: Date): void {
    const failures = (this.users.get(user)?.failures ?? 0) + 1;
    const wait =
      failures < FREE_FAILURES ? 0 : Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (failures - FREE_FAILURES));
    remember(this.users, user, { failures, until: now.getTime() + wait });
    const before = this.addresses.get(address);
    const same = before !== undefined && now.getTime() - before.since < WINDOW_MS;
    remember(this.addresses, address, {
      failures: same ? before.failures + 1 : 1,
      since: same ? before.since : now.getTime(),
    });
  }

  succeeded(user: string): void {
    this.users.delete(user);
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > REMEMBERED) map.delete(map.keys().next().value ?? '');
}
