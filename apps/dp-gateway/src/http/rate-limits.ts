import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '#domain';
import { GATEWAY_ENV, type GatewayEnv } from '../env.js';
import { TryLater } from './try-later.js';

/** What is limited: the first two for each DP, the others for each address. */
export type Limited =
  'poll' | 'reports' | 'enrol' | 'refusedEnrol' | 'install' | 'installFiles' | 'register' | 'contact';

const SECOND = 1;
const MINUTE = 60;
/** Archives of the agent a minute: each is far larger than what else is asked for to install it. */
const INSTALL_FILES = 240;
/** Until enrolments that are under way have ended. */
const SOON_MS = 1_000;

/** How often one caller may do what (docs/dp-protocol.md). Each gateway counts for itself. */
@Injectable()
export class RateLimits {
  private readonly limiters: Readonly<Record<Limited, RateLimiterMemory>>;

  /** Enrolments under way, by address. */
  private readonly enrolling = new Map<string, number>();

  constructor(@Inject(GATEWAY_ENV) env: GatewayEnv) {
    const limiter = (points: number, duration: number): RateLimiterMemory =>
      new RateLimiterMemory({ points, duration });
    this.limiters = {
      // as many as may come at once, in the time for which the steady rate allows them
      poll: limiter(env.POLL_BURST, env.POLL_BURST / env.POLL_RATE),
      reports: limiter(env.REPORT_RATE, SECOND),
      enrol: limiter(env.ENROL_MOST, MINUTE),
      refusedEnrol: limiter(env.ENROL_RATE, MINUTE),
      install: limiter(env.INSTALL_RATE, MINUTE),
      installFiles: limiter(Math.min(env.INSTALL_RATE, INSTALL_FILES), MINUTE),
      register: limiter(env.REGISTER_RATE, MINUTE),
      contact: limiter(env.CONTACT_RATE, MINUTE),
    };
  }

  /** @throws TryLater RATE_LIMITED */
  async admit(what: Limited, caller: string): Promise<void> {
    try {
      await this.limiters[what].consume(caller);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw tooMany(refusal.msBeforeNext);
    }
  }

  /**
   * Lets an enrolment in. Only those that the server refuses count against the small number of an address: two hundred
   * machines behind one router join at once by a key, and nobody guesses more often for it. Whoever asks for a name that is
   * taken has the right key, and guesses nothing. As long as it is not known how
   * those under way end, they count as if they were refused.
   *
   * @throws TryLater RATE_LIMITED, and what `work` throws
   */
  async admitEnrolment<Answer>(address: string, work: () => Promise<Answer>): Promise<Answer> {
    await this.admit('enrol', address);
    const { refusedEnrol } = this.limiters;
    const refused = await refusedEnrol.get(address);
    if (refused && refused.consumedPoints >= refusedEnrol.points) throw tooMany(refused.msBeforeNext);
    const underWay = this.enrolling.get(address) ?? 0;
    if ((refused?.consumedPoints ?? 0) + underWay >= refusedEnrol.points) throw tooMany(SOON_MS);
    this.enrolling.set(address, underWay + 1);
    try {
      return await work();
    } catch (error) {
      if (error instanceof DomainError && error.key !== 'dp.joinKeyTaken')
        await refusedEnrol.penalty(address);
      throw error;
    } finally {
      const left = (this.enrolling.get(address) ?? 1) - 1;
      if (left > 0) this.enrolling.set(address, left);
      else this.enrolling.delete(address);
    }
  }
}

function tooMany(milliseconds: number): TryLater {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  return new TryLater('RATE_LIMITED', { key: 'gateway.tooMany', params: { seconds } }, seconds);
}
