import { readPrivateFile } from '#sealing';
import { CommandFault, UsageFault } from './faults.js';

/** Variable with the passphrase itself, for where a file is harder to come by. */
const VARIABLE = 'RELAYPOINT_BACKUP_PASSPHRASE';
const SHORTEST = 12;

/**
 * The passphrase for a backup: the first line of a file that only its owner may read, or of the environment. Never an option
 * with the words themselves: other users of the machine see those.
 *
 * @returns null when none is given
 * @throws UsageFault, CommandFault; also for an empty one: whoever gives one wants the keys encrypted, whatever went wrong
 */
export async function readPassphrase(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  const given = file === undefined ? env[VARIABLE] : await fromFile(file);
  if (given === undefined) return null;
  const passphrase = given.split(/\r?\n/, 1)[0] ?? '';
  if (passphrase === '') throw new UsageFault(`the passphrase in ${file ?? VARIABLE} is empty`);
  if (passphrase.length < SHORTEST)
    throw new UsageFault(
      `a passphrase has ${SHORTEST} characters at least; who has the file can try them all`,
    );
  return passphrase;
}

/** For a command that may meet an encrypted archive. @throws CommandFault when it does, and there is none */
export async function demandPassphrase(file: string | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  const passphrase = await readPassphrase(file, env);
  if (passphrase !== null) return passphrase;
  throw new CommandFault(`the backup is encrypted: say --passphrase-file FILE, or set ${VARIABLE}`);
}

async function fromFile(file: string): Promise<string> {
  const content = await readPrivateFile(file);
  if (!content) throw new CommandFault(`there is no file ${file}`);
  return content.toString();
}
