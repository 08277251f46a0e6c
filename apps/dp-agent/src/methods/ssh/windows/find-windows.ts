import { StepFailed } from '../../../failures/failure.js';
import type { SshConnection } from '../ssh-connection.js';
import { ASK_ROOT, ASK_SHELL, readRoot, readShell, type WindowsShell } from './windows-shell.js';

/** How OpenSSH calls itself on the systems that it is not asked there whether they are Windows. */
const POSIX = /^OpenSSH_(?!for_Windows)/i;
const WINDOWS = /^OpenSSH_for_Windows/i;

/**
 * Whether a computer is one with Windows, and what its commands are run by. A server that calls itself OpenSSH is what it says; any
 * other is asked, since what a shell of Windows says of `sudo` would be taken for missing rights.
 *
 * @returns null for no Windows
 * @throws StepFailed PLATFORM_UNSUPPORTED for a Windows with a shell that is not known here
 */
export async function findWindows(connection: SshConnection): Promise<WindowsShell | null> {
  const software = connection.serverSoftware;
  if (POSIX.test(software)) return null;
  const root = readRoot(await connection.exec(ASK_ROOT));
  const kind = root === null ? null : readShell(await connection.exec(ASK_SHELL));
  if (root !== null && kind !== null) return { kind, root };
  if (!WINDOWS.test(software)) return null;
  const text =
    'this computer runs Windows, and its SSH server a shell that is neither cmd.exe nor PowerShell';
  throw new StepFailed('check', 'PLATFORM_UNSUPPORTED', { system: 'ssh', code: software, text });
}
