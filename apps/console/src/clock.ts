import { useSyncExternalStore } from 'react';

const TICK_MS = 30_000;
const readers = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

/** The time of the viewer's clock in milliseconds, the same for all who ask; it moves on every half minute. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

function subscribe(changed: () => void): () => void {
  if (readers.size === 0) {
    tick();
    timer = window.setInterval(tick, TICK_MS);
  }
  readers.add(changed);
  return () => {
    readers.delete(changed);
    if (readers.size === 0) window.clearInterval(timer);
  };
}

function tick(): void {
  now = Date.now();
  for (const changed of readers) changed();
}
