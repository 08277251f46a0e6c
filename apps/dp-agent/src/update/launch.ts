/** How this process came to run, as the launcher (`install/relaypoint-dp`) tells it by the environment. */
export interface Launch {
  /** Version that is installed on the machine, which the launcher is of; null: nobody would start another version. */
  readonly base: string | null;
  /** Seconds in which this version has to show what it can; null: it has. */
  readonly trial: number | null;
}

/** What the agent ends with to be started again, maybe as another version. */
export const SWITCH_EXIT_CODE = 75;

export function launchOf(env: NodeJS.ProcessEnv): Launch {
  const base = env['RELAYPOINT_DP_LAUNCHER'] ?? '';
  const trial = Number(env['RELAYPOINT_DP_TRIAL'] ?? '');
  return { base: base === '' ? null : base, trial: trial > 0 ? trial : null };
}
