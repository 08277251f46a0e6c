import { Injectable } from '@nestjs/common';
import { isOverdue, silenceCountsUntil } from '#domain';
import { BrokerGaps } from '#messaging';

/** Whether DPs are silent, or cannot be heard: their signs of life come over the broker. */
@Injectable()
export class DpSilence {
  constructor(private readonly gaps: BrokerGaps) {}

  /**
   * Whether a DP is overdue, as far as it is known: not by a time in which it could not be heard.
   *
   * @param lastSign null: it was never heard of
   */
  isOverdue(lastSign: Date | null, pollInterval: number, now: Date): boolean {
    return isOverdue(lastSign, pollInterval, silenceCountsUntil(this.gaps.all, pollInterval, now));
  }

  /** Since when nobody knows whether a DP is silent; null: it can be heard, and has had time to speak. */
  unheardSince(pollInterval: number, now: Date): Date | null {
    const until = silenceCountsUntil(this.gaps.all, pollInterval, now);
    return until < now ? until : null;
  }

  /** Since when no DP can be heard; null: they can. */
  get deafSince(): Date | null {
    const [newest] = this.gaps.all;
    return newest?.until === null ? newest.since : null;
  }
}
