/** The version that the agent of a DP is to bring itself to. */
export interface WantedAgent {
  version: string;
  /** Whether it may be older than what runs: only when it was named. */
  downgrade: boolean;
}

/** What becomes of the version that is wanted, as the agent tells it. */
export const AGENT_UPDATE_STATES = ['fetching', 'waiting', 'failed'] as const;
export type AgentUpdateState = (typeof AGENT_UPDATE_STATES)[number];

export interface AgentUpdate {
  version: string;
  /** `waiting`: it is there and checked, and orders are under way. */
  state: AgentUpdateState;
  /** With `failed`: a code of docs/install-dp.md, and what was seen; else null. */
  code: string | null;
  text: string | null;
  /** ISO 8601, by the clock of the DP. */
  at: string;
}

/** Words that may stand in `agentVersion` in place of a version. */
export const AGENT_VERSION_WORDS = ['none', 'newest'] as const;

/**
 * What the setting `agentVersion` comes to.
 *
 * @param offered versions that are there to be fetched, the newest first
 * @returns null: the agent stays as it is
 */
export function wantedAgent(setting: string, offered: readonly string[]): WantedAgent | null {
  if (setting === 'none') return null;
  if (setting !== 'newest') return { version: setting, downgrade: true };
  const [newest] = offered;
  return newest === undefined ? null : { version: newest, downgrade: false };
}
