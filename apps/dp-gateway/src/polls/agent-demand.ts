import { isTooOld, type PollRequest } from '#contract';
import { DomainError } from '#domain';
import type { DpIdentity } from '../identity/identity-cache.js';

/**
 * An agent that is too old finishes what it works on, and may bring itself to another version; it gets no further orders.
 *
 * @param identity as it is cached: an agent says what it is with its first poll only, and the server tells us of it later than
 *   the next one comes
 * @returns whether that is so
 * @throws DomainError AGENT_TOO_OLD when there is nothing else for it to hear
 */
export function demandAgent(
  { agent: demand, update }: Pick<DpIdentity, 'agent' | 'update'>,
  { agent, running }: Pick<PollRequest, 'agent' | 'running'>,
): boolean {
  if (demand === undefined) return false;
  if (agent) demand.version = agent.version;
  const { minimum, version } = demand;
  if (!isTooOld(version, minimum)) return false;
  if (running.length > 0 || update) return true;
  throw new DomainError('AGENT_TOO_OLD', 'gateway.agentTooOld', { version: version ?? '', minimum });
}
