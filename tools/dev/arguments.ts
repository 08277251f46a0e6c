import { parseArgs } from 'node:util';
import { nextFreePort } from '../peers/ports.ts';
import { say } from './terminal.ts';

const HELP = `usage: npm start [-- --empty | --demo rollout] [--logs] [--inspect]
       npm run dev [-- --empty | --demo rollout] [--logs] [--inspect]

Starts everything here and, on an empty database, plays the demo. npm run dev does so too, and then compiles what
changes, restarts the programs that contain it, and serves the console from its sources.

--empty       leaves the demo out
--demo rollout  shows a rollout instead: 200 simulated computers, a bad version, how it stops itself, and the report
--logs        shows all lines of the programs' logs, not only what happens to orders and what is wrong
--inspect     gives each program an inspector for debuggers: server 9229, gateway 9230, importer 9231, server-dp 9232,
              demo-dp 9233

SERVER_PORT 3000, GATEWAY_PORT 3001, HOST 127.0.0.1     where the server and the gateway listen
CONSOLE_PORT 5173                                       where npm run dev serves the console
RELAYPOINT_STATE .relaypoint                            data, keys, logs and dev.json
MONGODB_URI, AMQP_URL, AMQP_MANAGEMENT_URL              a database and a broker to use as they are
ADMIN_USER, ADMIN_PASSWORD, API_TOKEN                   instead of new ones at the first start
LOG_LEVEL info                                          of all processes
`;
/** Where .vscode/launch.json attaches; the first is where debuggers look by themselves. */
const INSPECTORS: Readonly<Record<string, number>> = {
  server: 9229,
  gateway: 9230,
  importer: 9231,
  'server-dp': 9232,
  'demo-dp': 9233,
};

/** The inspectors' ports of the programs that have been started. */
const givenOut = new Set<number>();

/** What `npm start` and `npm run dev` are asked for. */
export interface StartOptions {
  /** Without the demo. */
  readonly empty: boolean;
  /** Another demo than the first one. */
  readonly demo: 'rollout' | undefined;
  /** Compile what changes, and restart the programs that contain it. */
  readonly watch: boolean;
  /** Every line of the logs instead of the digest. */
  readonly logs: boolean;
  /** An inspector for each program. */
  readonly inspect: boolean;
}

/** The options; ends the program with the usage text when that is asked for (0), or when it is needed (2). */
export function optionsOrUsage(args: readonly string[]): StartOptions {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const options = {
      help: { ...flag, short: 'h' },
      empty: flag,
      demo: { type: 'string' },
      watch: flag,
      inspect: flag,
      logs: flag,
    } as const;
    const { help, demo, ...read } = parseArgs({ args: [...args], options }).values;
    if (demo !== undefined && demo !== 'rollout') throw new Error(`there is no demo "${demo}"`);
    if (!help) return { ...read, demo };
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}

/** Node's own arguments of a program: for errors that name positions in the sources, and for debuggers. */
export async function nodeArgumentsFor(program: string, options: StartOptions): Promise<string[]> {
  const args = options.watch ? ['--enable-source-maps'] : [];
  if (!options.inspect) return args;
  const wanted = INSPECTORS[program] ?? 9229;
  // those of the others may be free still, when they are just being started
  const others = [...Object.values(INSPECTORS).filter((port) => port !== wanted), ...givenOut];
  const port = await nextFreePort(wanted, '127.0.0.1', others);
  givenOut.add(port);
  if (port !== wanted) say(`port ${wanted} is in use: the inspector of ${program} is at ${port}`);
  return [...args, `--inspect=127.0.0.1:${port}`];
}
