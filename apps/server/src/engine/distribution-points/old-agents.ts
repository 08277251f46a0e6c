import { isTooOld } from '#contract';

/**
 * Whether a machine gets no orders because of what runs there: it polls, but the other one of a pair cannot count on it.
 *
 * @param minimum the setting `minimumAgentVersion`
 */
export function hasOldAgent(minimum: string, { agent }: { agent?: { version: string } | null }): boolean {
  return minimum !== 'none' && isTooOld(agent?.version ?? null, minimum);
}
