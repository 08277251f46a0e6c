import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Ends what a command prints, with its exit code; no command prints it. */
const MARK = '\u0004 ended with';
const END = new RegExp(String.raw`${MARK} (\d+)\n`);

/** A shell that somebody pastes commands into, one after the other: what one of them sets, the next ones find. */
export class Terminal {
  private printed = '';
  private readonly closed: Promise<unknown>;

  /** @param shell bash, with its streams as pipes */
  constructor(private readonly shell: ChildProcess) {
    this.closed = once(shell, 'close');
    for (const stream of [shell.stdout, shell.stderr])
      stream?.on('data', (part: Buffer) => (this.printed += part.toString()));
  }

  /**
   * Pastes one command, which may have several lines, and waits for its end.
   *
   * @returns what it printed
   * @throws Error with what it printed, when it ends with another code than 0
   */
  async paste(command: string): Promise<string> {
    this.printed = '';
    // nothing reads what was meant for the shell; the mark comes after all that was printed, on either stream
    this.shell.stdin?.write(
      `{ ${command}\n} < /dev/null 2>&1; ended=$?; printf '%s %s\\n' '${MARK}' "$ended"\n`,
    );
    let end = END.exec(this.printed);
    while (end === null) {
      if (this.shell.exitCode !== null)
        throw new Error(`the shell has ended at: ${command}\n${this.printed}`);
      await Promise.race([once(this.shell.stdout ?? this.shell, 'data'), this.closed]);
      end = END.exec(this.printed);
    }
    const text = this.printed.slice(0, end.index);
    if (end[1] !== '0') throw new Error(`${command}: ${end[1]} ${text}`);
    return text;
  }

  close(): void {
    this.shell.stdin?.end();
  }
}
