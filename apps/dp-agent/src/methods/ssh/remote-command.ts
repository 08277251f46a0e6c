import { randomBytes } from 'node:crypto';
import type { CommandResult } from '../../computer/posix/session.js';

/** Runs its words between two marks on both outputs: whatever stands outside of them was said by a shell's start file. */
const MARKED = 'm=$1; shift; echo "$m"; echo "$m" >&2; "$@"; c=$?; echo "$m"; echo "$m" >&2; exit $c';

/** Runs the script that is its first word with the others, all of them as {@link encoded} writes them. */
const DECODED =
  'n=$#; while [ $n -gt 0 ]; do a=$(printf "%bx" "$1"); shift; set -- "$@" "${a%x}"; n=$((n - 1)); done; s=$1; shift; eval "$s"';

/** A command as the login shell of an account gets it, and how its own output is found in what comes back. */
export interface RemoteCommand {
  readonly line: string;
  readonly read: (ran: CommandResult) => CommandResult;
}

/**
 * A command line that means the same to every login shell: sh, bash, csh, tcsh, fish. Words stand in single quotes and hold
 * nothing that one of them takes for itself there: no quote, line break, backslash or exclamation mark; those are for
 * {@link script}.
 */
export function remoteCommand(words: readonly string[]): RemoteCommand {
  const mark = `relaypoint-${randomBytes(8).toString('hex')}`;
  // texts are matched in English
  const all = ['env', 'LC_ALL=C', 'LANGUAGE=C', 'sh', '-c', MARKED, 'relaypoint', mark, ...words];
  const line = all.map((word) => `'${word}'`).join(' ');
  return {
    line,
    read: (ran) => ({ ...ran, stdout: between(mark, ran.stdout), stderr: between(mark, ran.stderr) }),
  };
}

/** The words that run a script of POSIX sh with its arguments, whatever characters are in them. */
export function script(text: string, args: readonly string[]): string[] {
  return ['sh', '-c', DECODED, 'relaypoint', ...[text, ...args].map(encoded)];
}

/** For `printf %b`: letters, digits and a few others as they are, every other byte in octal. */
function encoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w./:=,@+ -]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, '0')}`;
    })
    .join('');
}

/** What stands between the marks; all of it where the command was not even begun. */
function between(mark: string, text: string): string {
  const begin = text.indexOf(`${mark}\n`);
  if (begin === -1) return text;
  const rest = text.slice(begin + mark.length + 1);
  const end = rest.lastIndexOf(mark);
  return end === -1 ? rest : rest.slice(0, end);
}
