import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_ENV, type GatewayEnv } from '../env.js';
import { TryLater } from './problem.js';
import { TokenBuckets } from './token-buckets.js';

/** What is limited: the first two for each DP, the others for each address. */
export type Limited = 'poll' | 'reports' | 'enrol' | 'register' | 'contact';

/** How often one caller may do what (security design, "Limits"). */
@Injectable()
export class RateLimits {
  private readonly buckets: Readonly<Record<Limited, TokenBuckets>>;

  constructor(@Inject(GATEWAY_ENV) env: GatewayEnv) {
    const perMinute = (calls: number): TokenBuckets =>
      new TokenBuckets({ perSecond: calls / 60, burst: calls });
    this.buckets = {
      poll: new TokenBuckets({ perSecond: env.POLL_RATE, burst: env.POLL_BURST }),
      reports: new TokenBuckets({ perSecond: env.REPORT_RATE, burst: env.REPORT_RATE }),
      enrol: perMinute(env.ENROL_RATE),
      register: perMinute(env.REGISTER_RATE),
      contact: perMinute(env.CONTACT_RATE),
    };
  }

  /** @throws TryLater RATE_LIMITED */
  admit(what: Limited, caller: string): void {
    const seconds = this.buckets[what].take(caller, performance.now());
    if (seconds > 0) {
      throw new TryLater('RATE_LIMITED', `Too many calls; try again in ${seconds} s.`, seconds);
    }
  }
}
