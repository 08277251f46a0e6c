// The programs that a benchmark measures, from dist/, and how it speaks to them.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { databaseOn } from '../tools/mongodb-uri.ts';
import { describeChoice } from '../tools/peers/choices.ts';
import { takeMongodb } from '../tools/peers/mongodb.ts';
import { anyFreePort } from '../tools/peers/ports.ts';
import { takeRabbitmq } from '../tools/peers/rabbitmq.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, '.artifacts', `bench-${process.pid}`);

/** The same in every run: a database that is there already knows its server by them. */
const KEYS = {
  SERVER_SIGNING_KEY: Buffer.alloc(32, 1).toString('base64url'),
  SERVER_TOKEN_KEY: Buffer.alloc(32, 2).toString('base64url'),
};

/** Options of Node for the programs. */
const PROFILING = process.env['BENCH_PROFILE']
  ? ['--cpu-prof', `--cpu-prof-dir=${join(ROOT, '.artifacts', 'profiles')}`]
  : [];

/** What was started here, to be ended whatever happens. */
const children: ChildProcess[] = [];

export const say = (line: string): void => console.log(line);
export const share = (part: number): string => `${Math.round(part * 100)} %`;

interface Ground {
  database: Awaited<ReturnType<typeof takeMongodb>>;
  broker: Awaited<ReturnType<typeof takeRabbitmq>>;
  /** Stops the programs, and the database and the broker that were started here; removes what they left. */
  stop: () => Promise<void>;
}

/** The database and the broker that are there, and a line on the machine. */
export async function takeGround(): Promise<Ground> {
  mkdirSync(FOLDER, { recursive: true });
  const [database, broker] = await Promise.all([
    takeMongodb({
      folder: join(FOLDER, 'mongodb'),
      given: { variable: 'RELAYPOINT_TEST_MONGODB_URI', uri: process.env['RELAYPOINT_TEST_MONGODB_URI'] },
      packages: join(ROOT, '.artifacts', 'packages'),
      say,
    }),
    takeRabbitmq({
      folder: join(FOLDER, 'rabbitmq'),
      given: {
        variable: 'RELAYPOINT_TEST_AMQP_URL',
        amqpUrl: process.env['RELAYPOINT_TEST_AMQP_URL'],
        managementUrl: process.env['RELAYPOINT_TEST_AMQP_MANAGEMENT_URL'],
      },
      user: { name: 'guest', password: 'guest' },
      packages: join(ROOT, '.artifacts', 'packages'),
      say,
    }),
  ]);
  say(
    `machine: ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  for (const peer of [database, broker]) say(describeChoice(peer));
  const stop = async (): Promise<void> => {
    for (const child of children) child.kill('SIGTERM');
    await broker.stop();
    await database.stop();
    rmSync(FOLDER, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(1)));
  }
  return { database, broker, stop };
}

export interface Program {
  name: string;
  child: ChildProcess;
  url: string;
  /** Path of what it logs. */
  log: string;
  /** SIGKILL, and ready again: it remembers nothing. */
  restart: () => Promise<void>;
}

/** A server, a gateway and an importer, all of them ready. */
export async function startPrograms(
  { database: { uri, standIn }, broker: { amqpUrl } }: Ground,
  token: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Program[]> {
  const serverPort = await anyFreePort();
  const gatewayPort = await anyFreePort();
  const common = {
    PATH: process.env['PATH'] ?? '',
    LOG_LEVEL: 'warn',
    MONGODB_URI: databaseOn(uri, 'bench'),
    ...(standIn || process.env['MONGODB_STAND_IN'] ? { MONGODB_STAND_IN: '1' } : {}),
    AMQP_URL: amqpUrl,
    RELAYPOINT_STATE: join(FOLDER, 'state'),
    // the bench's own directory is on this machine
    DIRECTORY_HOSTS: '*',
    ...env,
  };
  const url = (port: number): string => `http://127.0.0.1:${port}`;
  const programs = [
    launch('server', serverPort, {
      ...common,
      ...KEYS,
      API_TOKEN: token,
      PUBLIC_URL: url(serverPort),
      GATEWAY_URL: url(gatewayPort),
    }),
    launch('dp-gateway', gatewayPort, {
      ...common,
      SERVER_URL: url(serverPort),
      POLL_RATE: '100000',
      POLL_BURST: '100000',
      REPORT_RATE: '100000',
      ENROL_MOST: '100000',
      ...env,
    }),
    launch('importer', await anyFreePort(), common),
  ];
  for (const { url: base } of programs) await ready(base);
  return programs;
}

function launch(name: string, port: number, env: Record<string, string>): Program {
  const log = join(FOLDER, `${name}.log`);
  const output = openSync(log, 'a');
  const url = `http://127.0.0.1:${port}`;
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, [...PROFILING, join(ROOT, `dist/apps/${name}/src/main.js`)], {
      env: { ...env, PORT: String(port) },
      stdio: ['ignore', output, output],
    });
    children.push(child);
    return child;
  };
  const program: Program = {
    name,
    url,
    log,
    child: start(),
    restart: async () => {
      const { child } = program;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      program.child = start();
      await ready(url);
    },
  };
  return program;
}

async function ready(url: string): Promise<void> {
  for (let i = 0; i < 1800; i += 1) {
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} is not ready; the logs are in ${FOLDER}`);
}

export type Api = <T>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<T>;

export function apiOf(server: string, token: string): Api {
  return async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> => {
    const raw = body instanceof FormData || Buffer.isBuffer(body);
    const response = await fetch(`${server}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
}

export async function until(api: Api, run: string, state: string): Promise<void> {
  for (;;) {
    const now = await api<{ state: string; fault: unknown }>('GET', `/imports/${run}`);
    if (now.state === state) return;
    if (now.state === 'failed') throw new Error(JSON.stringify(now.fault));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What a process holds in memory, from its `/proc` entry. */
export function memoryOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return `${of('VmRSS')} MiB now, ${of('VmHWM')} MiB at most`;
}

/** Processor time a process has used, from its `/proc` entry. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // utime and stime, in ticks of 10 ms
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Looks at the processor time, in seconds, of the programs, the database and the broker, and of the load itself. */
export function processorTimes(
  { database, broker }: Pick<Ground, 'database' | 'broker'>,
  programs: readonly Program[],
): () => Map<string, number> {
  const peers = Object.entries({ database: database.pid, broker: broker.pid });
  return () =>
    new Map([
      ...programs.map(({ name, child }): [string, number] => [name, cpuSecondsOf(child.pid ?? 0)]),
      ...peers.flatMap(([name, pid]): [string, number][] => (pid ? [[name, cpuSecondsOf(pid)]] : [])),
      ['the load itself', cpuSecondsOf(process.pid)],
    ]);
}
