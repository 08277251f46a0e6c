/** Seconds a DP has to say that it stored an order that was handed to it. */
export const LEASE_UNTIL_ACCEPTED = 60;

/** Shortest lease of an order that runs, in seconds. */
const LEASE_WHILE_RUNNING = 600;

/**
 * Seconds that a running order's lease lasts from each sign of life (R6): ten minutes, or three poll intervals.
 *
 * @param pollInterval seconds between two polls of its DP
 */
export function runningLease(pollInterval: number): number {
  return Math.max(LEASE_WHILE_RUNNING, 3 * pollInterval);
}
