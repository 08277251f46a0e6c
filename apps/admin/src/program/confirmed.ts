import { createInterface } from 'node:readline/promises';
import type { CommandContext } from './command.js';
import { Refusal } from './faults.js';

/**
 * Asks a person on the terminal, unless `--yes` was said.
 *
 * @param what what would be done, for those who cannot be asked
 * @throws Refusal; AbortError when interrupted
 */
export async function confirmed(
  yes: boolean,
  what: string,
  { signal }: Pick<CommandContext, 'signal'>,
): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new Refusal(`${what}: say --yes`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${what}. Go on? [y/N] `, { signal });
    if (!/^(?:y|yes)$/i.test(answer.trim())) throw new Refusal('nothing was done');
  } finally {
    terminal.close();
  }
}
