import type { DpAgentInfo } from '#domain';
import type { DpAgentDto } from './distribution-point.dto.js';

/** What a machine says of itself, with what agents of before do not say. */
export function agentView({
  localAccounts = 0,
  methods,
  platforms,
  update,
  ...agent
}: DpAgentInfo): DpAgentDto {
  return {
    ...agent,
    localAccounts,
    methods: methods ?? null,
    platforms: platforms ?? null,
    update: update ?? null,
  };
}
