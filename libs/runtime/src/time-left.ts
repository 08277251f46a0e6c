/**
 * Milliseconds until a moment, for a timer: 0 when it has come, however long ago. Node complains of timers that should have
 * gone off already, and what came before a timer was set may have taken longer than there was time.
 *
 * @param end milliseconds by `performance.now()`
 */
export function timeLeft(end: number): number {
  return Math.max(0, end - performance.now());
}
