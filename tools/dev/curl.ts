import { packagesNamed } from '../packages/list.ts';
import { providePackages } from '../packages/provide.ts';
import { findCommand } from '../peers/background.ts';
import { say } from './terminal.ts';

/**
 * Gets curl, by which the management client of the demo's computers speaks.
 *
 * @param ways `packages`: where packages are unpacked to that cannot be installed
 * @throws Error with what to do when it cannot be had
 */
export async function takeCurl(ways: { packages: string; signal: AbortSignal }): Promise<void> {
  if (findCommand('curl') !== undefined) return;
  const { packages: folder, signal } = ways;
  const provided = await providePackages(packagesNamed('curl'), { folder, say, signal });
  if (findCommand('curl') === undefined && !signal.aborted) {
    const why = 'passed' in provided ? provided.passed : 'this system has no package of that name';
    throw new Error(`The management client needs curl: ${why}. Install curl and run this again.`);
  }
}
