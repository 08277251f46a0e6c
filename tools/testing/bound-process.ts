import { spawnSync } from 'node:child_process';

/** Of util-linux, so on every Linux. */
const canBind = spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).status === 0;

/**
 * A command line that ends with the process that starts it, however that ends: who stops a test run by force leaves no
 * program behind. Elsewhere than on Linux it stays what it is.
 */
export function bound(command: string, args: readonly string[]): [string, string[]] {
  return canBind ? ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]] : [command, [...args]];
}
