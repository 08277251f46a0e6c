import { Injectable } from '@nestjs/common';

/** Refused callers that may come back within a second. */
const BACK_PER_SECOND = 200;
/** Seconds over which refusals are counted. */
const WINDOW = 30;
const SHORTEST = 2;
const LONGEST = 60;

/**
 * When those are to come back that had to be refused because the server or the broker is away or has too much to do. The more
 * were refused of late, the later, and each at another time: if all came back together, all would be refused again.
 */
@Injectable()
export class RetryAfter {
  /** Refusals in each second of the window; the place of a second is its remainder. */
  private readonly counts = Array.from({ length: WINDOW }, () => 0);
  private second = 0;
  private inWindow = 0;

  /**
   * Counts a refusal.
   *
   * @param now milliseconds of any steady clock
   * @param chance from 0 (inclusive) to 1 (exclusive)
   * @returns whole seconds for `Retry-After`
   */
  after(now: number, chance: number): number {
    this.moveOn(Math.floor(now / 1000));
    this.count(1);
    const middle = Math.min(LONGEST, Math.max(SHORTEST, this.inWindow / BACK_PER_SECOND));
    return Math.ceil(middle * (0.5 + chance));
  }

  private moveOn(second: number): void {
    for (let left = Math.min(WINDOW, second - this.second); left > 0; left -= 1) {
      const place = (second - left + 1) % WINDOW;
      this.inWindow -= this.counts[place] ?? 0;
      this.counts[place] = 0;
    }
    this.second = second;
  }

  private count(refusals: number): void {
    const place = this.second % WINDOW;
    this.counts[place] = (this.counts[place] ?? 0) + refusals;
    this.inWindow += refusals;
  }
}
