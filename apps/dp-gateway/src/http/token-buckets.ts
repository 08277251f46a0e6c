/** How often one caller may do something. */
export interface Rate {
  /** Calls per second that are let through for ever. */
  readonly perSecond: number;
  /** Calls let through at once after a rest. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  /** Milliseconds. */
  at: number;
}

/** Callers remembered at once by default; the ones seen longest ago are forgotten first, which only helps them. */
const MAX_CALLERS = 50_000;

/** A token bucket for each caller, in bounded memory. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly rate: Rate,
    private readonly maxCallers = MAX_CALLERS,
  ) {}

  /**
   * Takes one token of a caller.
   *
   * @param now milliseconds of any steady clock
   * @returns 0 when the call may go on, else the whole seconds after which one will
   */
  take(caller: string, now: number): number {
    const { perSecond, burst } = this.rate;
    let bucket = this.buckets.get(caller);
    if (bucket) {
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
      bucket.at = now;
    } else {
      bucket = { tokens: burst, at: now };
      this.makeRoom();
      this.buckets.set(caller, bucket);
    }
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
  }

  get size(): number {
    return this.buckets.size;
  }

  private makeRoom(): void {
    if (this.buckets.size < this.maxCallers) return;
    const [oldest] = this.buckets.keys();
    if (oldest !== undefined) this.buckets.delete(oldest);
  }
}
