import { findServer } from '../server/find-server.js';
import { readRollout } from './rollout-arguments.js';
import { rollOut } from './rollout-command.js';
import { ROLLOUT_HELP } from './rollout-help.js';
import { RolloutsApi } from './rollouts-api.js';

/** `relaypoint rollout`. */
export async function rolloutProgram(args: readonly string[], signal: AbortSignal): Promise<number> {
  const command = readRollout(args);
  if (!command) {
    process.stdout.write(ROLLOUT_HELP);
    return 0;
  }
  return rollOut(command, new RolloutsApi(findServer(command, process.env)), signal);
}
