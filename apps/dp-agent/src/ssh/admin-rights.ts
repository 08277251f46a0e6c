import type { AccountSecret } from '#sealing';
import { classify } from '../failure-table.js';
import { StepFailed } from '../failure.js';
import type { Ran } from '../computer/session.js';
import type { SshConnection } from './connection.js';

/** How a command becomes root's: it is already, sudo asks nothing, or sudo wants the password on standard input. */
export type AdminRights = 'root' | 'sudo' | 'sudo-password';

/** Texts are matched in English; sudo's own prompt is empty so that nothing of it mixes with output. */
const SUDO = "LC_ALL=C LANGUAGE=C sudo -p ''";

/** One shell word that means exactly this text. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Finds out how this account becomes root.
 *
 * @throws StepFailed NOT_ADMIN, SUDO_PASSWORD_REQUIRED, AUTH_FAILED, PASSWORD_CHANGE_REQUIRED … by what sudo says
 */
export async function findAdminRights(
  connection: SshConnection,
  secret: AccountSecret,
): Promise<AdminRights> {
  const who = await connection.exec('id -u');
  if (who.code !== 0) throw refused(who, 'shell');
  if (who.stdout.trim() === '0') return 'root';
  // never with a cached login: the password must not become input of a command that was not asked for it
  const free = await connection.exec(`${SUDO} -n -k true`);
  if (free.code === 0) return 'sudo';
  if (!/password is required/i.test(free.stderr) || secret.password === undefined)
    throw refused(free, 'sudo');
  const asked = await connection.exec(`${SUDO} -S -k true`, [Buffer.from(`${secret.password}\n`)]);
  if (asked.code !== 0) throw refused(asked, 'sudo');
  return 'sudo-password';
}

/** The command line and the input in front of the command's own that run a script as root. */
export function asAdmin(
  rights: AdminRights,
  secret: AccountSecret,
  script: string,
  args: readonly string[],
): { command: string; input: Buffer[] } {
  const shell = ['sh', '-c', script, 'relaypoint', ...args].map(quoted).join(' ');
  if (rights === 'root') return { command: shell, input: [] };
  if (rights === 'sudo') return { command: `${SUDO} -n ${shell}`, input: [] };
  return { command: `${SUDO} -S -k ${shell}`, input: [Buffer.from(`${secret.password ?? ''}\n`)] };
}

function refused(ran: Ran, system: 'sudo' | 'shell'): StepFailed {
  const text = `${ran.stderr}\n${ran.stdout}`.trim().slice(-1000);
  const native = { system, code: ran.signal ?? `${ran.code}`, text };
  const code = classify(native, 'auth');
  return new StepFailed('auth', code === 'UNKNOWN' ? 'NOT_ADMIN' : code, native);
}
