import { ApiFault } from './server/connection.js';
import { UsageFault } from './terminal/usage-fault.js';

/** A command: reads its arguments, does it, and gives the exit code. @throws UsageFault, ApiFault; when aborted, anything */
export type Program = (args: readonly string[], signal: AbortSignal) => Promise<number>;

/** Runs a command as a process: says what is wrong on standard error, and ends with its exit code; 130 when interrupted. */
export async function runProgram(name: string, program: Program): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort());
  }
  try {
    const code = await program(process.argv.slice(2), interrupted.signal);
    process.exitCode = interrupted.signal.aborted ? 130 : code;
  } catch (error) {
    // a terminal that asks takes Ctrl+C itself: no signal comes then
    const isInterrupted =
      interrupted.signal.aborted || (error instanceof Error && error.name === 'AbortError');
    process.exitCode = isInterrupted ? 130 : 1;
    process.stderr.write(isInterrupted ? 'interrupted\n' : `${name}: ${said(error)}\n`);
  }
}

function said(error: unknown): string {
  if (error instanceof UsageFault) return `${error.message}; --help tells more`;
  if (error instanceof ApiFault) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
