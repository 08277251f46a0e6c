/** Seconds a DP has to say that it stored an order that was handed to it. */
export const LEASE_UNTIL_ACCEPTED = 60;

/** Shortest lease of an order that runs, in seconds. */
const LEASE_WHILE_RUNNING = 600;
/** The same of a pair; an agent that is busy says a word every minute at least. */
const LEASE_OF_PAIR = 90;

/**
 * Seconds that a running order's lease lasts from each sign of life (R6): ten minutes, or three poll intervals. Of a pair it is
 * shorter: the other machine is there to take over, and finds on the computer what was begun.
 *
 * @param pollInterval seconds between two polls of its DP
 * @param isPair whether the DP has two machines that work
 */
export function runningLease(pollInterval: number, isPair = false): number {
  return Math.max(isPair ? LEASE_OF_PAIR : LEASE_WHILE_RUNNING, 3 * pollInterval);
}
