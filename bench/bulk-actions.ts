// npm run bench bulk: release, cancel and retry of BENCH_ORDERS computers, one call each.
import { randomBytes } from 'node:crypto';
import { apiOf, cpuSecondsOf, say, startPrograms, takeGround, type Api, type Program } from './programs.ts';
import { setUp } from './set-up.ts';

const COMPUTERS = Number(process.env['BENCH_ORDERS'] ?? 5000);
const DPS = 10;

/** One call for all computers, while no DP asks; the answer has a result for each. */
async function timed(api: Api, path: string, filter: object, wanted: string): Promise<void> {
  const pids = { server: server?.child.pid, database: ground.database.pid, broker: ground.broker.pid };
  const cpu = (): number[] => Object.values(pids).map((pid) => (pid ? cpuSecondsOf(pid) : 0));
  const before = cpu();
  const started = process.hrtime.bigint();
  const { counts, results } = await api<{ counts: Record<string, number>; results: object[] }>('POST', path, {
    filter,
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (counts[wanted] !== COMPUTERS || results.length !== COMPUTERS)
    throw new Error(`${path}: ${JSON.stringify(counts)}`);
  const used = cpu().map((now, at) => now - (before[at] ?? 0));
  const shares = Object.keys(pids).map((name, at) => `${name} ${(used[at] ?? 0).toFixed(1)} s`);
  say(`${path}, ${COMPUTERS} in one call: ${seconds.toFixed(1)} s; CPU: ${shares.join(', ')}`);
}

const ground = await takeGround();
let server: Program | undefined;
try {
  const token = `rlp_${randomBytes(32).toString('base64url')}`;
  const [first, gateway] = await startPrograms(ground, token);
  server = first;
  if (!server || !gateway) throw new Error('nothing was started');
  const api = apiOf(server.url, token);
  await setUp(api, gateway.url, DPS, COMPUTERS);
  await timed(api, '/computers/release', {}, 'released');
  await timed(api, '/orders/cancel', { state: 'queued' }, 'done');
  await timed(api, '/orders/retry', { state: 'cancelled' }, 'done');
} finally {
  await ground.stop();
}
