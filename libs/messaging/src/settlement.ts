import { ContractViolation } from '#contract';
import { DomainError } from '#domain';
import { isDatabaseAway, TransientError } from '#runtime';
import { textIn } from '#texts';
import { RETRY_DELAYS } from './topology.js';

/** Deliveries of a message whose fault nobody knows, before it is parked. */
const MAX_UNKNOWN = 8;

/** What becomes of a message whose handler failed. `retry` counts in seconds. */
export type Settlement =
  { kind: 'retry'; delay: (typeof RETRY_DELAYS)[number] } | { kind: 'dead'; reason: string };

/** A message that no handler takes. */
export class NoHandler extends Error {
  override readonly name = 'NoHandler';
}

/**
 * The one table of what follows from a failed delivery.
 * - broken content (not JSON, breaks the contract, nobody handles it): dead letter, with the reason
 * - a broken rule: dead letter, except UNAVAILABLE
 * - passing fault (broker or database away, lost race): again later, never dropped, never a hot loop
 * - anything else: again later, after eight deliveries dead letter
 *
 * @param delivery which delivery failed, from 1
 */
export function settlementOf(error: unknown, delivery: number): Settlement {
  const retry: Settlement = {
    kind: 'retry',
    delay: RETRY_DELAYS[Math.min(delivery, RETRY_DELAYS.length) - 1] ?? 30,
  };
  const dead = (reason: string): Settlement => ({ kind: 'dead', reason });
  if (error instanceof SyntaxError || error instanceof ContractViolation || error instanceof NoHandler) {
    return dead(reasonOf(error));
  }
  if (isPassing(error)) return retry;
  if (error instanceof DomainError) return dead(reasonOf(error));
  return delivery < MAX_UNKNOWN ? retry : dead(reasonOf(error));
}

/** What is said of a failed delivery, in the log and on a dead letter. */
export function reasonOf(error: unknown): string {
  if (error instanceof DomainError) return `${error.code}: ${textIn('en', error.descriptor)}`;
  return error instanceof Error ? error.message : String(error);
}

/** Whether the same again later may succeed without anybody doing anything. */
export function isPassing(error: unknown): boolean {
  if (error instanceof TransientError) return true;
  if (error instanceof DomainError) return error.code === 'UNAVAILABLE';
  return isDatabaseAway(error);
}
