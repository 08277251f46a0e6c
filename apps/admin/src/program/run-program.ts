import { EnvironmentFault } from '#runtime';
import { type Command, type CommandContext, EXIT } from './command.js';
import { CommandFault, UsageFault } from './faults.js';

const NAME = 'relaypoint-admin';

/** Runs one of the commands as this process: says what is wrong on standard error, and ends with its exit code. */
export async function runProgram(
  commands: Readonly<Record<string, Command>>,
  args: readonly string[],
): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const { signal } = interrupted;
  const context = { env: process.env, signal, out: process.stdout, terminal: process.stderr };
  process.exitCode = await exitCodeOf(commands, args, context);
}

/** The exit code of a command; what it failed with is said on the terminal. */
export async function exitCodeOf(
  commands: Readonly<Record<string, Command>>,
  [name = '--help', ...args]: readonly string[],
  context: CommandContext,
): Promise<number> {
  try {
    if (name === '--help' || name === '-h' || name === 'help') {
      context.out.write(helpOf(commands));
      return EXIT.done;
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new UsageFault(`there is no command "${name}"`);
    if (args.includes('--help') || args.includes('-h')) {
      context.out.write(command.help);
      return EXIT.done;
    }
    const code = await command.run(args, context);
    return context.signal.aborted ? EXIT.interrupted : code;
  } catch (error) {
    // a terminal that asks takes Ctrl+C itself: no signal comes then
    if (context.signal.aborted || (error instanceof Error && error.name === 'AbortError')) {
      context.terminal.write('interrupted\n');
      return EXIT.interrupted;
    }
    context.terminal.write(`${NAME}: ${said(error)}\n`);
    return error instanceof CommandFault ? error.exitCode : EXIT.failed;
  }
}

function helpOf(commands: Readonly<Record<string, Command>>): string {
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(13)} ${summary}\n`);
  return `${NAME}: keeps an installation, on the machine and with the environment of a server

${list.join('')}
Each says more by --help. It reads MONGODB_URI, MONGODB_STAND_IN, RELAYPOINT_STATE, SERVER_SIGNING_KEY and
SERVER_TOKEN_KEY as the server does.

Exit code: 0 done; 1 failed, or something is wrong (status); 2 what was read is damaged or does not belong together;
           3 refused, and nothing was done; 130 interrupted.
`;
}

function said(error: unknown): string {
  if (error instanceof UsageFault) return `${error.message}; --help tells more`;
  if (error instanceof CommandFault || error instanceof EnvironmentFault) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
