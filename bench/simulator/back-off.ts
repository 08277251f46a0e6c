/** Seconds to wait while the gateway is away: one, then twice as long each time up to a minute, spread by chance. */
export class BackOff {
  private failures = 0;

  /** @param retryAfter what the gateway asked for; that counts then */
  next(retryAfter?: number): number {
    this.failures += 1;
    if (retryAfter !== undefined) return retryAfter;
    return Math.min(60, 2 ** (this.failures - 1)) * (0.5 + Math.random());
  }

  reset(): void {
    this.failures = 0;
  }
}
