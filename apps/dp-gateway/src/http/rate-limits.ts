import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { GATEWAY_ENV, type GatewayEnv } from '../env.js';
import { TryLater } from './try-later.js';

/** What is limited: the first two for each DP, the others for each address. */
export type Limited = 'poll' | 'reports' | 'enrol' | 'register' | 'contact';

const SECOND = 1;
const MINUTE = 60;

/** How often one caller may do what (docs/dp-protocol.md). Each gateway counts for itself. */
@Injectable()
export class RateLimits {
  private readonly limiters: Readonly<Record<Limited, RateLimiterMemory>>;

  constructor(@Inject(GATEWAY_ENV) env: GatewayEnv) {
    const limiter = (points: number, duration: number): RateLimiterMemory =>
      new RateLimiterMemory({ points, duration });
    this.limiters = {
      // as many as may come at once, in the time for which the steady rate allows them
      poll: limiter(env.POLL_BURST, env.POLL_BURST / env.POLL_RATE),
      reports: limiter(env.REPORT_RATE, SECOND),
      enrol: limiter(env.ENROL_RATE, MINUTE),
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
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      throw new TryLater('RATE_LIMITED', { key: 'gateway.tooMany', params: { seconds } }, seconds);
    }
  }
}
