// npm run bench: what the product reaches, as a ratio to what its parts alone reach in the same run on the same machine.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { describeChoice } from '../tools/peers/choices.ts';
import { takeMongodb } from '../tools/peers/mongodb.ts';
import { anyFreePort } from '../tools/peers/ports.ts';
import { takeRabbitmq } from '../tools/peers/rabbitmq.ts';
import { ForeignDp, type ForeignOrder } from '../e2e/support/foreign-dp.ts';
import { bareBroker } from './bare-broker.ts';
import { emptyPolls } from './empty-polls.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, '.artifacts', `bench-${process.pid}`);
const DPS = 100;
const ORDERS = Number(process.env['BENCH_ORDERS'] ?? 5000);
const say = (line: string): void => console.log(line);

interface Program {
  name: string;
  child: ChildProcess;
  url: string;
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const [database, broker] = await Promise.all([
    takeMongodb({
      folder: join(FOLDER, 'mongodb'),
      given: { variable: 'RELAYPOINT_TEST_MONGODB_URI', uri: process.env['RELAYPOINT_TEST_MONGODB_URI'] },
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
      say,
    }),
  ]);
  const programs: Program[] = [];
  try {
    say(
      `machine: ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
    );
    for (const peer of [database, broker]) say(describeChoice(peer));

    const bare = await bareBroker(broker.amqpUrl, ORDERS, DPS);
    say(`bare amqplib (publish, get, ack, publish, consume): ${Math.round(bare)} orders/s`);

    const token = `rlp_${randomBytes(32).toString('base64url')}`;
    programs.push(...(await startPrograms(database.uri, database.standIn, broker.amqpUrl, token)));
    const [server, gateway] = programs;
    if (!server || !gateway) throw new Error('nothing was started');
    const api = apiOf(server.url, token);
    const dps = await setUp(api, gateway.url);
    const reached = await handOutAndReport(api, dps);
    say(
      `orders released → installed reports applied: ${Math.round(reached)} orders/s, ${percent(reached / bare)} of bare amqplib`,
    );

    const empty = await emptyPolls(gateway.url, dps);
    say(
      `empty polls: ${Math.round(empty.polls)}/s, bare Fastify route ${Math.round(empty.bare)}/s, ` +
        `${percent(empty.polls / empty.bare)} of it`,
    );
    for (const { name, child } of programs) say(`memory of ${name}: ${memoryOf(child.pid ?? 0)}`);
  } finally {
    for (const { child } of programs) child.kill('SIGTERM');
    await broker.stop();
    await database.stop();
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

async function startPrograms(
  uri: string,
  standIn: boolean,
  amqpUrl: string,
  token: string,
): Promise<Program[]> {
  const serverPort = await anyFreePort();
  const gatewayPort = await anyFreePort();
  const common = {
    PATH: process.env['PATH'] ?? '',
    LOG_LEVEL: 'warn',
    MONGODB_URI: `${uri.replace(/\/$/, '')}/bench`,
    ...(standIn || process.env['MONGODB_STAND_IN'] ? { MONGODB_STAND_IN: '1' } : {}),
    AMQP_URL: amqpUrl,
    RELAYPOINT_STATE: join(FOLDER, 'state'),
  };
  const url = (port: number): string => `http://127.0.0.1:${port}`;
  const programs = [
    launch('server', serverPort, {
      ...common,
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
      ENROL_RATE: '100000',
    }),
    launch('importer', await anyFreePort(), common),
  ];
  for (const { url: base } of programs) await ready(base);
  return programs;
}

function launch(app: string, port: number, env: Record<string, string>): Program {
  const log = openSync(join(FOLDER, `${app}.log`), 'a');
  const child = spawn(process.execPath, [join(ROOT, `dist/apps/${app}/src/main.js`)], {
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', log, log],
  });
  return { name: app, child, url: `http://127.0.0.1:${port}` };
}

async function ready(url: string): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} is not ready; the logs are in ${FOLDER}`);
}

type Api = <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<T>;

function apiOf(server: string, token: string): Api {
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

/** 100 enabled DPs, a published release, an account and the imported computers, spread over the DPs. */
async function setUp(api: Api, gateway: string): Promise<ForeignDp[]> {
  await api('PATCH', '/settings', { concurrency: 1000 });
  const platforms = { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [] } };
  await api('POST', '/client-releases', { version: 'bench', platforms });
  await api('PUT', '/client-releases/bench/files/linux', Buffer.alloc(1000), {
    'content-type': 'application/octet-stream',
    'x-file-name': 'client.tar.gz',
  });
  await api('PATCH', '/client-releases/bench', { state: 'published', default: true });
  const dps: ForeignDp[] = [];
  for (let i = 0; i < DPS; i += 1) {
    const id = `dp-${i}`;
    const { joinToken } = await api<{ joinToken: string }>('POST', '/distribution-points', {
      id,
      name: id,
      tenant: null,
    });
    const dp = new ForeignDp(id, gateway);
    const enrolled = await dp.enrol(joinToken);
    if (enrolled.status !== 201) throw new Error(`enrol: ${JSON.stringify(enrolled)}`);
    await api('POST', `/distribution-points/${id}/enable`, { keyFingerprint: dp.fingerprint });
    dps.push(dp);
  }
  const account = {
    label: 'bench',
    tenant: 'default',
    username: 'u',
    password: 'secret',
    order: 1,
    scope: 'all',
  };
  await api('POST', '/accounts', account);
  const rows = Array.from({ length: ORDERS }, (_, i) => `pc-${i};dp-${i % DPS}`);
  const form = new FormData();
  form.set('source', 'csv');
  form.set('tenant', 'default');
  form.set('file', new Blob([`name;dp\n${rows.join('\n')}\n`]), 'bench.csv');
  const { id } = await api<{ id: string }>('POST', '/imports', form);
  await until(api, id, 'previewed');
  await api('POST', `/imports/${id}/commit`, {});
  await until(api, id, 'committed');
  return dps;
}

async function until(api: Api, run: string, state: string): Promise<void> {
  for (;;) {
    const now = await api<{ state: string; fault: unknown }>('GET', `/imports/${run}`);
    if (now.state === state) return;
    if (now.state === 'failed') throw new Error(JSON.stringify(now.fault));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Releases all computers while every DP polls and reports; orders per second until the last report is applied. */
async function handOutAndReport(api: Api, dps: readonly ForeignDp[]): Promise<number> {
  const started = process.hrtime.bigint();
  let handedOut = 0;
  const releasing = api('POST', '/computers/release', { filter: {} });
  await Promise.all([
    releasing,
    ...dps.map(async (dp) => {
      while (handedOut < ORDERS) {
        const { body } = await dp.poll({ max: 50, wait: 2 });
        const orders = (body.orders ?? []).map(({ order }) => order);
        if (orders.length === 0) continue;
        handedOut += orders.length;
        await reportAll(dp, orders);
      }
    }),
  ]);
  for (;;) {
    const { total } = await api<{ total: number }>('GET', '/orders?state=succeeded&limit=1');
    if (total >= ORDERS) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return ORDERS / (Number(process.hrtime.bigint() - started) / 1e9);
}

async function reportAll(dp: ForeignDp, orders: readonly ForeignOrder[]): Promise<void> {
  const reports = orders.flatMap((order) => [
    { order, state: 'accepted' },
    { order, state: 'succeeded', result: 'OK' },
  ]);
  for (let start = 0; start < reports.length; start += 100) {
    const answer = await dp.report(reports.slice(start, start + 100));
    if (answer.status !== 202) throw new Error(`report: ${JSON.stringify(answer)}`);
  }
}

function memoryOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return `${of('VmRSS')} MiB now, ${of('VmHWM')} MiB at most`;
}

await main();
