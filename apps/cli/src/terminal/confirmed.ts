import { createInterface } from 'node:readline/promises';
import { ApiFault } from '../server/connection.js';

/**
 * Asks a person on the terminal, unless `--yes` was said.
 *
 * @param what what it does, for those who cannot be asked
 * @throws ApiFault NOT_CONFIRMED; AbortError when interrupted
 */
export async function confirmed(
  command: { yes: boolean },
  what: string,
  question: string,
  signal: AbortSignal,
): Promise<void> {
  if (command.yes) return;
  if (!process.stdin.isTTY) throw new ApiFault('NOT_CONFIRMED', `${what}: say --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal
    .question(`${question} [y/N] `, { signal })
    .catch((error: unknown) => {
      process.stderr.write('\n');
      throw error;
    })
    .finally(() => terminal.close());
  if (!/^(?:y|yes|j|ja)$/i.test(answer.trim())) throw new ApiFault('NOT_CONFIRMED', 'Nothing was done.');
}
