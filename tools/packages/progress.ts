const EVERY_MS = 5_000;

/** Says every five seconds how far `work` is, in the words of `state`, and for how long it has been going on. */
export async function withProgress<T>(
  say: (line: string) => void,
  state: () => string,
  work: () => Promise<T>,
): Promise<T> {
  const began = Date.now();
  const timer = setInterval(() => say(`  ${state()} (${secondsSince(began)} s)`), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

export function secondsSince(began: number): string {
  return ((Date.now() - began) / 1000).toFixed(0);
}
