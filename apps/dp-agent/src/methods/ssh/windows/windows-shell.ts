import type { CommandResult } from '../../../computer/posix/session.js';
import type { ServiceState } from '../../../computer/windows/door.js';
import type { NativeSign } from '../../../failures/failure.js';

/** What runs the commands that come by SSH on a Windows computer, and where its Windows is. */
export interface WindowsShell {
  readonly kind: 'cmd' | 'powershell';
  /** Such as `C:\Windows`. */
  readonly root: string;
}

/** Means the same to cmd.exe and to PowerShell, and nothing to a shell of POSIX: where Windows is. */
export const ASK_ROOT = 'cmd.exe /c echo %SystemRoot%';
/** cmd.exe puts the name of the system in the place of the word; PowerShell leaves it as it is. */
export const ASK_SHELL = 'echo %OS%';

/** Where Windows is, as the answer to {@link ASK_ROOT} has it; null: that is no Windows, or no shell that is known here. */
export function readRoot({ stdout }: CommandResult): string | null {
  return /^([A-Za-z]:\\[^\s"%&|<>^]+)\s*$/m.exec(stdout)?.[1] ?? null;
}

/** Which shell has answered {@link ASK_SHELL}; null: another one. */
export function readShell({ stdout }: CommandResult): WindowsShell['kind'] | null {
  const said = stdout.trim();
  if (said === '%OS%') return 'powershell';
  return said === 'Windows_NT' ? 'cmd' : null;
}

/** The line that runs a program of Windows with arguments, written as cmd.exe has them. */
export function commandLine({ kind }: WindowsShell, program: string, args: string): string {
  // PowerShell would read quotes, parentheses and signs in its own way; behind this it hands on what is there
  return kind === 'powershell' ? `${program} --% ${args}` : `${program} ${args}`;
}

/** A value in quotes, which may hold quotes itself. */
export function quoted(value: string): string {
  return `"${value.replaceAll('"', '\\"')}"`;
}

/** The error number that sc.exe came to, 0 for none. It is in its words, whatever their language; an exit code may arrive cut. */
export function errorOf(ran: CommandResult): number {
  if (ran.code === 0) return 0;
  const told = /^\[SC\][^\n]*?\b(\d{1,5}):/m.exec(`${ran.stdout}\n${ran.stderr}`)?.[1];
  return told === undefined ? (ran.code ?? -1) : Number(told);
}

export function signOf(ran: CommandResult): NativeSign {
  const text = `${ran.stdout}\n${ran.stderr}`.trim().slice(-1000);
  return { system: 'win32', code: `${errorOf(ran)}`, text };
}

/** Reads the state that `sc.exe query` prints; null when there is none. */
export function readServiceState({ stdout }: CommandResult): ServiceState | null {
  const state = /:\s*[1-7]\s+(STOPPED|RUNNING|(?:START|STOP|CONTINUE|PAUSE)_PENDING|PAUSED)\b/.exec(
    stdout,
  )?.[1];
  if (state === undefined) return null;
  return state === 'STOPPED' ? 'stopped' : state === 'RUNNING' ? 'running' : 'other';
}

/** A path below the folder of Windows, or with `C:` in front, as SFTP of Windows has it: `/C:/Windows/…`. */
export function sftpPath(root: string, path: string): string {
  return `/${root}\\${path}`.replaceAll('\\', '/');
}

/** Whether a name fits a mask, in which `*` stands for anything. */
export function fits(mask: string): (name: string) => boolean {
  const escaped = mask.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  const pattern = new RegExp(`^${escaped}$`, 'i');
  return (name) => pattern.test(name);
}
