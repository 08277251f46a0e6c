import { isTooOld } from '#contract';
import { AGENT_VERSION_WORDS, invalid, type Settings } from '#domain';

type AgentVersions = Pick<Settings, 'agentVersion' | 'minimumAgentVersion'>;

/**
 * An agent that is told to be what gets no orders would bring itself there and wait for ever.
 *
 * @param counting what would count here with the change
 * @throws DomainError VALIDATION_FAILED
 */
export function demandNewEnough(
  change: Partial<Record<keyof AgentVersions, unknown>>,
  { agentVersion: version, minimumAgentVersion: minimum }: AgentVersions,
): void {
  const path = (['agentVersion', 'minimumAgentVersion'] as const).find((name) => change[name] !== undefined);
  if (path === undefined || minimum === 'none') return;
  if (AGENT_VERSION_WORDS.some((word) => word === version) || !isTooOld(version, minimum)) return;
  const params = { version, minimum };
  throw invalid([{ path, code: 'too-old', key: 'fault.agentVersionBelowMinimum', params }]);
}
