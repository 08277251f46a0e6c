import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { DomainError } from '#domain';
import { LoginAttemptsRepository } from '#persistence';
import { SERVER_ENV, type ServerEnv } from '../config/server-env.js';
import { ServerKeys } from '../keys/server-keys.js';

/** Failures of one user before further tries have to wait. */
const FREE_FAILURES = 5;
const LONGEST_WAIT = 5 * 60;
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/**
 * Slows password guessing down: so many failures per minute from one address, and a wait per user that doubles with each
 * failure after the fifth. A try counts as a failure until it is known to be none, so that many at once gain nothing.
 * Counted in the database, for all servers together.
 */
@Injectable()
export class LoginLimiter {
  constructor(
    private readonly attempts: LoginAttemptsRepository,
    private readonly keys: ServerKeys,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /**
   * Begins a try; {@link succeeded} takes it back.
   *
   * @param name of the user, in whatever case: it is the same user
   * @throws DomainError RATE_LIMITED
   * @throws what the driver throws while the database is away
   */
  async begin(name: string, address: string): Promise<void> {
    const user = this.keyOf(name);
    const { byAddress } = this.limiters();
    try {
      await admitted(byAddress.consume(address));
      await this.beginOf(user);
    } catch (error) {
      // a try that is not made is no failure of its address; the library counts it all the same
      if (error instanceof DomainError) await byAddress.reward(address);
      throw error;
    }
  }

  /** The password was right. */
  async succeeded(name: string, address: string): Promise<void> {
    const user = this.keyOf(name);
    const { byAddress, byUser, wait } = this.limiters();
    await Promise.all([byUser.delete(user), wait.delete(user), byAddress.reward(address)]);
    await this.attempts.removeExpired(new Date());
  }

  private async beginOf(user: string): Promise<void> {
    const { byUser, wait } = this.limiters();
    const failures = (await byUser.get(user))?.consumedPoints ?? 0;
    if (failures >= FREE_FAILURES) {
      // one of those that come at once gets through, and makes the others wait
      await admitted(wait.consume(user, 1, { customDuration: waitAfter(failures + 1) }));
      await byUser.penalty(user);
      return;
    }
    const { consumedPoints } = await byUser.penalty(user);
    if (consumedPoints < FREE_FAILURES) return;
    if (consumedPoints === FREE_FAILURES) await wait.block(user, waitAfter(FREE_FAILURES));
    else {
      await byUser.reward(user);
      throw limited();
    }
  }

  /** Under a key of the server: people type passwords where the name should be. */
  private keyOf(name: string): string {
    return this.keys.token('login', name.toLowerCase());
  }

  /** Made when they are needed: before, there may be no connection. */
  private readonly limiters = once((): Record<'byAddress' | 'byUser' | 'wait', RateLimiterAbstract> => {
    const limiter = this.attempts.limiter.bind(this.attempts);
    return {
      byAddress: limiter({ name: 'address', points: this.env.LOGIN_LIMIT, seconds: MINUTE }),
      byUser: limiter({ name: 'user', points: FREE_FAILURES, seconds: DAY }),
      wait: limiter({ name: 'wait', points: 1, seconds: LONGEST_WAIT }),
    };
  });
}

/** Seconds until the next try, after so many failures. */
function waitAfter(failures: number): number {
  return Math.min(LONGEST_WAIT, 2 ** (failures - FREE_FAILURES));
}

async function admitted(tried: Promise<RateLimiterRes>): Promise<void> {
  await tried.catch((error: unknown) => {
    throw error instanceof RateLimiterRes ? limited() : error;
  });
}

function limited(): DomainError {
  return new DomainError('RATE_LIMITED', 'access.tooManyLogins');
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
