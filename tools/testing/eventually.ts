export interface EventuallyOptions {
  /** Longest wait, in milliseconds. */
  timeoutMs?: number;
  intervalMs?: number;
}

/**
 * Repeats a look until it no longer throws, and gives what it gave; for what happens some time soon. When time is up it
 * throws what the last look threw.
 */
export async function eventually<T>(look: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 10_000, intervalMs = 50 } = options;
  // not the wall clock: some tests move it
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
