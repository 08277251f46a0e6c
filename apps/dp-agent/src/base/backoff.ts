import { setTimeout as delay } from 'node:timers/promises';

/** Growing pauses with full jitter: 1 s, 2 s, 4 s … up to `most` seconds, each times 0.5 to 1. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly first = 1,
    private readonly most = 60,
    private readonly random: () => number = Math.random,
  ) {}

  /** Seconds to wait now; `retryAfter`, when the other side gave one, is the least. */
  next(retryAfter = 0): number {
    const full = Math.min(this.most, this.first * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 30);
    return Math.max(retryAfter, full * (0.5 + this.random() / 2));
  }

  reset(): void {
    this.failures = 0;
  }
}

/** Waits for some seconds; ends early, without an error, when one of the signals aborts. */
export async function pause(seconds: number, ...signals: AbortSignal[]): Promise<void> {
  try {
    await delay(seconds * 1000, undefined, { signal: AbortSignal.any(signals) });
  } catch {
    // aborted: the caller looks at its signals
  }
}
