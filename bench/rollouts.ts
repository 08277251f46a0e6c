// npm run bench rollouts: BENCH_COMPUTERS simulated computers at BENCH_DPS DPs. A release that fails on 30 %: how much harm is
// done until the rollout stops, and how long after the deciding report? The same with BENCH_KILLS servers killed while it
// runs: are ever more started than the first wave? A good release, in waves and at once: what do the waves cost?
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startFleet, type Fleet } from '../tools/fleet/fleet.ts';
import { apiOf, say, startPrograms, takeGround, type Program } from './programs.ts';

const COMPUTERS = Number(process.env['BENCH_COMPUTERS'] ?? 10_000);
const DPS = Number(process.env['BENCH_DPS'] ?? 20);
const KILLS = Number(process.env['BENCH_KILLS'] ?? 100);
const FAIL = 30;
const SECONDS = 2;
const GIVE_UP_MS = 3_600_000;

interface Rollout {
  state: string;
  wave: number;
  waves: { size: number; begunAt: string | null }[];
  counts: Record<'waiting' | 'underWay' | 'good' | 'bad' | 'absent' | 'skipped', number>;
  cause: { kind: string; at: string } | null;
  begunAt: string;
  endedAt: string | null;
}
interface Member {
  state: string;
  resultAt: string | null;
  startedAt: string | null;
}

const ground = await takeGround();
const programs: Program[] = [];
try {
  const token = `rlp_${randomBytes(32).toString('base64url')}`;
  programs.push(...(await startPrograms(ground, token)));
  const [server] = programs;
  if (!server) throw new Error('nothing was started');
  await apiOf(server.url, token)('PATCH', '/settings', { accountLogins: 0, concurrency: 50 });
  await badRelease(server, token);
  await kills(server, token);
  await goodRelease(server, token);
} catch (error) {
  for (const { name, log } of programs) say(`${name}: ${readFileSync(log, 'utf8').slice(-3000)}`);
  throw error;
} finally {
  await ground.stop();
}
process.exit();

function fleetOf(
  server: Program,
  token: string,
  prefix: string,
  computers: number,
  fail: number,
): Promise<Fleet> {
  return startFleet(
    {
      server: server.url,
      token,
      prefix,
      computers,
      dps: DPS,
      version: prefix,
      fail,
      failCodes: ['INSTALLER_FAILED'],
      off: 0,
      silent: 0,
      unregistered: 0,
      restart: 0,
      seconds: SECONDS,
      capacity: 50,
      restarts: 0,
      for: 0,
    },
    () => undefined,
  );
}

async function badRelease(server: Program, token: string): Promise<void> {
  const fleet = await fleetOf(server, token, 'bad', COMPUTERS, FAIL);
  const id = await begin(fleet, 'bad', [{ percent: 1 }, { percent: 10 }]);
  const stopped = await until(fleet, id, ({ state }) => state === 'paused');
  const results = (await members(fleet, id)).filter(
    ({ state }) => state === 'failed' || state === 'failing' || state === 'ready',
  );
  const at = Date.parse(stopped.cause?.at ?? '');
  const decided = results
    .flatMap(({ resultAt }) => (resultAt ? [Date.parse(resultAt)] : []))
    .filter((time) => time <= at)
    .toSorted((a, b) => a - b)
    .at(-1);
  const { handedOut, failed } = fleet.counts();
  say(
    `a release that fails on ${FAIL} %: stopped in wave ${stopped.wave + 1} (${stopped.cause?.kind}), ${((at - (decided ?? NaN)) / 1000).toFixed(2)} s after the last report before it`,
  );
  await pause(10 * SECONDS * 1000);
  const settled = await get(fleet, id);
  const after = fleet.counts();
  say(
    `harm: ${share(after.failed)} failed and ${share(after.installed)} installed of ${COMPUTERS}; handed out ${handedOut} at the stop ` +
      `(${failed} failed by then) and ${after.handedOut - handedOut} after it; wave one has ${stopped.waves[0]?.size}; ${counted(settled)}`,
  );
  await abort(fleet, id);
  await fleet.stop();
}

async function kills(server: Program, token: string): Promise<void> {
  const size = 10;
  const computers = Math.max(KILLS, 1) * size * 2;
  const fleet = await fleetOf(server, token, 'kill', computers, 100);
  const ids = await fleet.api.all<{ id: string }>(`/computers?import=${fleet.import}`);
  let beyond = 0;
  let unstopped = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const own = ids.slice(kill * size * 2, (kill + 1) * size * 2).map((one) => one.id);
    const made = await fleet.api.post<{ id: string }>('/rollouts', {
      name: `kill ${kill}`,
      release: 'kill',
      computers: own,
      waves: [{ count: size }],
      stops: [{ share: 10, minimum: 5 }],
    });
    await pause(Math.random() * SECONDS * 1500);
    await server.restart();
    const rollout = await until(fleet, made.id, ({ state, counts }) => state === 'paused' && counts.bad > 0);
    const started = (await members(fleet, made.id)).filter(({ startedAt }) => startedAt !== null).length;
    if (started > size) beyond += 1;
    if (rollout.wave !== 0) unstopped += 1;
    await abort(fleet, made.id);
  }
  say(
    `${KILLS} kills of the server: ${beyond} rollouts beyond their first wave of ${size}, ${unstopped} that went on to the next`,
  );
  await fleet.stop();
}

async function goodRelease(server: Program, token: string): Promise<void> {
  const times: number[] = [];
  for (const [prefix, waves] of [
    ['unwaved', [{ percent: 100 }]],
    ['waved', [{ percent: 1 }, { percent: 10 }]],
  ] as const) {
    const fleet = await fleetOf(server, token, prefix, COMPUTERS, 0);
    const id = await begin(fleet, prefix, waves);
    const { begunAt, endedAt } = await until(fleet, id, ({ state }) => state === 'finished');
    times.push(Date.parse(endedAt ?? '') - Date.parse(begunAt));
    await fleet.stop();
  }
  const [unwaved = NaN, waved = NaN] = times;
  say(
    `a good release of ${COMPUTERS}: at once ${(unwaved / 1000).toFixed(1)} s, in waves ${(waved / 1000).toFixed(1)} s, ${(waved / unwaved).toFixed(2)} ×`,
  );
}

async function begin(fleet: Fleet, release: string, waves: readonly object[]): Promise<string> {
  const body = { name: release, release, filter: { import: fleet.import }, waves, proof: { settle: 0 } };
  return (await fleet.api.post<{ id: string }>('/rollouts', body)).id;
}

function get(fleet: Fleet, id: string): Promise<Rollout> {
  return fleet.api.get<Rollout>(`/rollouts/${id}`);
}

function members(fleet: Fleet, id: string): Promise<Member[]> {
  return fleet.api.all<Member>(`/rollouts/${id}/members`);
}

async function until(fleet: Fleet, id: string, good: (rollout: Rollout) => boolean): Promise<Rollout> {
  for (const end = performance.now() + GIVE_UP_MS; performance.now() < end;) {
    const rollout = await get(fleet, id).catch(() => null);
    if (rollout && good(rollout)) return rollout;
    await pause(500);
  }
  throw new Error(`it did not come to that: ${JSON.stringify(await get(fleet, id))}`);
}

async function abort(fleet: Fleet, id: string): Promise<void> {
  await fleet.api.post(`/rollouts/${id}/abort`);
}

function share(count: number): string {
  return `${((count / COMPUTERS) * 100).toFixed(2)} %`;
}

function counted({ counts }: Rollout): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
