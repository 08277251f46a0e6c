export interface EventuallyOptions {
  /** Longest wait, in milliseconds. */
  timeoutMs?: number;
  /** From one look to the next, in milliseconds; by default more, the longer it takes: looks of two tests cost what these wait for. */
  intervalMs?: number;
}

const INTERVAL = { least: 50, most: 500, share: 0.05 } as const;

/**
 * Repeats a look until it no longer throws, and gives what it gave; for what happens some time soon. When time is up it
 * throws what the last look threw.
 */
export async function eventually<T>(look: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 10_000, intervalMs } = options;
  // not the wall clock: some tests move it
  const begun = performance.now();
  const end = begun + timeoutMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    const waited = performance.now() - begun;
    const next = intervalMs ?? Math.min(Math.max(waited * INTERVAL.share, INTERVAL.least), INTERVAL.most);
    await new Promise((resolve) => setTimeout(resolve, next));
  }
}
