/** What a command is given. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the program is interrupted; a command then leaves nothing half done that is not said to be. */
  readonly signal: AbortSignal;
  /** Results; nothing else. */
  readonly out: Pick<NodeJS.WriteStream, 'write'>;
  /** Progress, questions and warnings. */
  readonly terminal: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;
}

/** A command of `relaypoint-admin`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` after the command prints. */
  readonly help: string;
  /** Reads its arguments and does it. @returns the exit code. @throws UsageFault, CommandFault, EnvironmentFault */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<number>;
}

/** Exit codes of every command (docs/command-line.md). */
export const EXIT = {
  done: 0,
  failed: 1,
  /** What was read is damaged, incomplete, or does not belong together. */
  damaged: 2,
  /** Nothing was done: somebody has to decide, or to end something first. */
  refused: 3,
  interrupted: 130,
} as const;
