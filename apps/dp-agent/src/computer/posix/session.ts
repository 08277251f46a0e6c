import type { AccountSecret } from '#sealing';

/** What came of a command on a computer that was seen to its end. */
export interface CommandResult {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Administrative access to one computer. */
export interface ComputerSession {
  /** Prefix of every path there: '' for a real computer, a folder for one that stands below it. */
  readonly root: string;
  /** Account in use, for redaction; null where there is none. */
  readonly secret: AccountSecret | null;
  /** What was learned while connecting, such as the host key. */
  readonly facts: Readonly<Record<string, string>>;
  /**
   * Runs a shell script as administrator, with `$1` = {@link root} and then `args`.
   *
   * @param input bytes for its standard input, or a file to send there; closed at once when absent
   * @throws ConnectionLost when its end was not seen
   */
  runAsAdmin(
    script: string,
    args: readonly string[],
    input?: Buffer | { readonly file: string },
  ): Promise<CommandResult>;
  /** The same access anew, after the connection was lost. @throws StepFailed */
  reopen(): Promise<ComputerSession>;
  close(): void;
}
