import type { AccountSecret } from '#sealing';
import { classify } from '../../failures/failure-table.js';
import { type FailureCode, StepFailed } from '../../failures/failure.js';
import type { CommandResult } from '../../computer/posix/session.js';
import type { SshConnection } from './ssh-connection.js';
import { type RemoteCommand, remoteCommand, script } from './remote-command.js';

/** How a command becomes root's: it is already, sudo asks nothing, or sudo wants the password on standard input. */
export type AdminRights = 'root' | 'sudo' | 'sudo-password';

/** sudo's prompt: it names whose password is wanted, which by `targetpw` or `rootpw` is another one than the account's. */
const PROMPT = 'relaypoint:%p:';
const PROMPTED = /relaypoint:(.*?):/g;

/**
 * Finds out how this account becomes root. The password is tried whenever there is one: what sudo says without it
 * differs between its makers.
 *
 * @throws StepFailed NOT_ADMIN, SUDO_PASSWORD_REQUIRED, SUDO_TTY_REQUIRED, AUTH_FAILED, PASSWORD_CHANGE_REQUIRED …
 */
export async function findAdminRights(
  connection: SshConnection,
  secret: AccountSecret,
): Promise<AdminRights> {
  const run = async (words: readonly string[], input?: Buffer[]): Promise<CommandResult> => {
    const command = remoteCommand(words);
    return command.read(await connection.exec(command.line, input));
  };
  const who = await run(script('id -u && id -un', []));
  if (who.code !== 0) throw refused(who, 'shell');
  const [id, name = ''] = who.stdout.split('\n');
  if (id === '0') return 'root';
  // never with a cached login: the password must not become input of a command that was not asked for it
  const free = await run(['sudo', '-n', '-k', 'true']);
  if (free.code === 0) return 'sudo';
  if (secret.password === undefined) throw refused(free, 'sudo');
  const asked = await run(['sudo', '-S', '-k', '-p', PROMPT, 'true'], [Buffer.from(`${secret.password}\n`)]);
  if (asked.code === 0) return 'sudo-password';
  const wanted = [...asked.stderr.matchAll(PROMPTED)].at(-1)?.[1];
  throw refused({ ...asked, stderr: asked.stderr.replaceAll(PROMPTED, '') }, 'sudo', {
    passwordWorked: connection.passwordWorked,
    other: wanted !== undefined && wanted !== '%p' && wanted !== name.trim() ? wanted : null,
  });
}

/** The command line and the input in front of the command's own that run a script as root. */
export function asAdmin(
  rights: AdminRights,
  secret: AccountSecret,
  text: string,
  args: readonly string[],
): { command: RemoteCommand; input: Buffer[] } {
  const words = script(text, args);
  if (rights === 'root') return { command: remoteCommand(words), input: [] };
  if (rights === 'sudo') return { command: remoteCommand(['sudo', '-n', ...words]), input: [] };
  const input = [Buffer.from(`${secret.password ?? ''}\n`)];
  return { command: remoteCommand(['sudo', '-S', '-k', '-p', '', ...words]), input };
}

/** What is known of the password that sudo has refused. */
interface Asked {
  /** The same password was accepted at the login a moment ago. */
  passwordWorked: boolean;
  /** Whose password sudo wants instead of the account's own. */
  other: string | null;
}

function refused(ran: CommandResult, system: 'sudo' | 'shell', asked?: Asked): StepFailed {
  const said = `${ran.stderr}\n${ran.stdout}`.trim().slice(-1000);
  const text = asked?.other ? `sudo wants the password of ${asked.other}: ${said}` : said;
  const native = { system, code: ran.signal ?? `${ran.code}`, text };
  const code = classify(native, 'auth');
  return new StepFailed(
    'auth',
    code === 'UNKNOWN' || isNoFaultOfIt(code, asked) ? 'NOT_ADMIN' : code,
    native,
  );
}

/** A password that the login took, or that sudo asked for another one of, is not wrong: this computer wants something else. */
function isNoFaultOfIt(code: FailureCode, asked: Asked | undefined): boolean {
  return code === 'AUTH_FAILED' && asked !== undefined && (asked.passwordWorked || asked.other !== null);
}
