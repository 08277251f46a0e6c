import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const HELP = `usage: npm run fleet -- [options]

Simulates sites: distribution points that live by the DP protocol, and computers whose clients register. They join the
installation, take the orders that it hands out, and end them as the options say, until Ctrl-C. Nothing is installed
anywhere. The DPs are "PREFIX-1" and so on, the computers "PREFIX-1-1" and so on, in the tenant "default".

where
  --server URL        the server; without it the one that npm start has started here
  --token TOKEN       an API token of role admin for it
which
  --dps N             distribution points (2)
  --computers N       computers, spread over them (200)
  --prefix TEXT       what their names begin with (fleet)
  --version TEXT      client version that is published for them when it is missing (fleet-1)
what becomes of an order, in percent
  --fail N            installations that fail (0)
  --fail-code CODES   with which of these codes, in turn (INSTALLER_FAILED)
  --off N             computers that are off (0)
  --silent N          orders of which nothing is heard any more (0)
  --unregistered N    installed computers whose client never registers (0)
  --restart N         registered computers that wait for a restart, and make it within a minute (0)
how fast
  --seconds N         an installation, from N / 2 to 3 N / 2 (4)
  --capacity N        orders that a DP works on at once (10)
  --restarts N        DPs that start anew, a minute (0)
  --for N             end after N seconds (0: never)
`;

/** What a fleet is asked for; shares are percent. */
export interface FleetOptions {
  readonly server: string;
  readonly token: string;
  readonly dps: number;
  readonly computers: number;
  readonly prefix: string;
  readonly version: string;
  readonly fail: number;
  readonly failCodes: readonly string[];
  readonly off: number;
  readonly silent: number;
  readonly unregistered: number;
  readonly restart: number;
  readonly seconds: number;
  readonly capacity: number;
  readonly restarts: number;
  readonly for: number;
}

const NUMBERS = {
  dps: '2',
  computers: '200',
  fail: '0',
  off: '0',
  silent: '0',
  unregistered: '0',
  restart: '0',
  seconds: '4',
  capacity: '10',
  restarts: '0',
  for: '0',
} as const;
type NumberName = keyof typeof NUMBERS;
const NUMBER_NAMES = Object.keys(NUMBERS) as NumberName[];
const SHARES: readonly NumberName[] = ['fail', 'off', 'silent', 'unregistered', 'restart'];

/** @throws Error that names every fault */
export function fleetOptions(args: readonly string[], stateFolder: string): FleetOptions | 'help' {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      server: text,
      token: text,
      prefix: { ...text, default: 'fleet' },
      version: { ...text, default: 'fleet-1' },
      'fail-code': { ...text, default: 'INSTALLER_FAILED' },
      ...Object.fromEntries(NUMBER_NAMES.map((name) => [name, { ...text, default: NUMBERS[name] }])),
    },
  });
  if (values.help) return 'help';
  const given = Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  const faults: string[] = [];
  const numbers = Object.fromEntries(
    NUMBER_NAMES.map((name) => {
      const value = Number(given[name]);
      const most = SHARES.includes(name) ? 100 : 1_000_000;
      if (!Number.isFinite(value) || value < 0 || value > most) faults.push(`--${name} must be 0 to ${most}`);
      return [name, value];
    }),
  ) as Record<NumberName, number>;
  if (!/^[a-z][a-z0-9-]{0,20}$/.test(given['prefix'] ?? ''))
    faults.push('--prefix must be a letter, then letters, digits and hyphens');
  const known = given['server'] ? undefined : startedHere(stateFolder);
  const server = given['server'] ?? known?.serverUrl;
  const token = given['token'] ?? known?.apiToken;
  if (!server || !token)
    faults.push('--server and --token are needed: nothing was started here by npm start');
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return {
    ...numbers,
    server: (server ?? '').replace(/\/$/, ''),
    token: token ?? '',
    prefix: given['prefix'] ?? '',
    version: given['version'] ?? '',
    failCodes: (given['fail-code'] ?? '').split(',').filter((code) => code !== ''),
  };
}

function startedHere(folder: string): { serverUrl: string; apiToken: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'dev.json'), 'utf8')) as {
      serverUrl: string;
      apiToken: string;
    };
  } catch {
    return undefined;
  }
}
