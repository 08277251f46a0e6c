// npm run bench lists: what the console's pages ask for, with 2,000, 11,000 and BENCH_COMPUTERS computers.
import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { type FilledSizes, fill } from './fill.ts';
import { apiOf, cpuSecondsOf, memoryOf, say, startPrograms, takeGround, type Api } from './programs.ts';

const MOST = Number(process.env['BENCH_COMPUTERS'] ?? 101_000);
const SIZES = [2_000, 11_000, MOST].filter((size, at, all) => size <= MOST && all.indexOf(size) === at);
const RUNS = 7;
/** As many as the console asks for at once. */
const PAGE = 200;

/** Paths below /api/v1; `{next}`: the second page of the path before it. */
const ASKED: readonly (readonly [name: string, path: string])[] = [
  ['first page, all computers', `/computers?folder=all&limit=${PAGE}`],
  ['second page', '{next}'],
  ['folder, not yet registered', `/computers?folder=unregistered&limit=${PAGE}`],
  ['folder, registered', `/computers?folder=registered&limit=${PAGE}`],
  ['folder, failed', `/computers?folder=failed&limit=${PAGE}`],
  ['by last change', `/computers?folder=all&sort=-status&limit=${PAGE}`],
  ['one state', `/computers?folder=all&state=ready&limit=${PAGE}`],
  ['of a DP', `/computers?folder=all&dp=dp-3&limit=${PAGE}`],
  ['with an alert', `/computers?folder=all&alert=any&limit=${PAGE}`],
  ['search, ten found', `/computers?folder=all&q=pc-0019&limit=${PAGE}`],
  ['search, most found', `/computers?folder=all&q=example&limit=${PAGE}`],
  ['search, none found', `/computers?folder=all&q=nowhere&limit=${PAGE}`],
  ['overview', '/overview'],
  ['orders per hour', '/overview/orders-per-hour'],
  ['orders', `/orders?limit=${PAGE}`],
  ['orders of a DP', `/orders?dp=dp-3&limit=${PAGE}`],
  ['orders of a state', `/orders?state=failed&limit=${PAGE}`],
  ['orders of a failure', `/orders?failure=NOT_ADMIN&limit=${PAGE}`],
  ['DPs', `/distribution-points?limit=${PAGE}`],
  ['audit', `/audit?limit=${PAGE}`],
  ['one computer', '/computers/{first}'],
  ['its timeline', `/computers/{first}/timeline?limit=${PAGE}`],
];

/** Both in milliseconds; the time of the processors, unlike the other, depends little on what else the machine does. */
interface Measured {
  median: number;
  cpu: number;
}

async function measured(api: Api, pids: readonly number[]): Promise<Map<string, Measured>> {
  const figures = new Map<string, Measured>();
  const cpu = (): number => pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  let next: string | null = null;
  let before = '';
  for (const [name, path] of ASKED) {
    const url: string =
      path === '{next}'
        ? `${before}&after=${encodeURIComponent(next ?? '')}`
        : path.replace('{first}', 'c-1');
    const times: number[] = [];
    const cpuBefore = cpu();
    for (let run = 0; run < RUNS; run += 1) {
      const started = performance.now();
      const answer: { next?: string | null } = await api('GET', url);
      times.push(performance.now() - started);
      next = answer.next ?? null;
    }
    before = url;
    figures.set(name, {
      median: times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0,
      cpu: ((cpu() - cpuBefore) / RUNS) * 1000,
    });
  }
  return figures;
}

const ground = await takeGround();
try {
  const token = `rlp_${randomBytes(32).toString('base64url')}`;
  const [server] = await startPrograms(ground, token);
  if (!server) throw new Error('nothing was started');
  const api = apiOf(server.url, token);
  for (let dp = 0; dp < 20; dp += 1) {
    await api('POST', '/distribution-points', { id: `dp-${dp}`, name: `DP ${dp}`, tenant: null });
  }
  const client = await mongoose.mongo.MongoClient.connect(ground.database.uri, { retryWrites: false });
  const columns: Map<string, Measured>[] = [];
  const pids = [server.child.pid, ground.database.pid].filter((pid) => typeof pid === 'number');
  let filled: FilledSizes = { computers: 0, orders: 0 };
  for (const size of SIZES) {
    const started = performance.now();
    filled = await fill(client.db('bench'), filled.computers, size);
    say(
      `${size} computers and ${filled.orders} orders put there in ${Math.round((performance.now() - started) / 1000)} s`,
    );
    columns.push(await measured(api, pids));
  }
  await client.close();
  say(
    `median of ${RUNS}, in ms, with ${SIZES.map((size) => size.toLocaleString('en')).join(' | ')} computers`,
  );
  for (const [name] of ASKED) {
    const figures = columns.map((column) => {
      const { median = 0, cpu = 0 } = column.get(name) ?? {};
      return `${median.toFixed(0)}, CPU ${cpu.toFixed(0)}`;
    });
    say(`${name}: ${figures.join(' | ')}`);
  }
  if (ground.database.pid !== null) say(`memory of the database: ${memoryOf(ground.database.pid)}`);
} finally {
  await ground.stop();
}
