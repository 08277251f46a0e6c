// npm run bench bulk: release, cancel and retry of BENCH_ORDERS computers, one call each.
import { randomBytes } from 'node:crypto';
import { apiOf, say, startPrograms, takeGround, type Api, type Program } from './programs.ts';
import { setUp } from './set-up.ts';

const COMPUTERS = Number(process.env['BENCH_ORDERS'] ?? 5000);
const DPS = 10;

/** One call for all computers, while no DP asks; the answer has a result for each. */
async function timed(api: Api, path: string, filter: object, wanted: string): Promise<void> {
  const started = process.hrtime.bigint();
  const { counts, results } = await api<{ counts: Record<string, number>; results: object[] }>('POST', path, {
    filter,
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (counts[wanted] !== COMPUTERS || results.length !== COMPUTERS)
    throw new Error(`${path}: ${JSON.stringify(counts)}`);
  say(`${path}, ${COMPUTERS} in one call: ${seconds.toFixed(1)} s`);
}

const ground = await takeGround();
const programs: Program[] = [];
try {
  const token = `rlp_${randomBytes(32).toString('base64url')}`;
  programs.push(...(await startPrograms(ground, token)));
  const [server, gateway] = programs;
  if (!server || !gateway) throw new Error('nothing was started');
  const api = apiOf(server.url, token);
  await setUp(api, gateway.url, DPS, COMPUTERS);
  await timed(api, '/computers/release', {}, 'released');
  await timed(api, '/orders/cancel', { state: 'queued' }, 'done');
  await timed(api, '/orders/retry', { state: 'cancelled' }, 'done');
} finally {
  await ground.stop();
}
