// npm run bench many-dps: BENCH_DPS DPs that live by the protocol's page. They ask at once, at a server and a gateway that
// were started a moment ago, each for a poll whose answer it lost: how long until all of them were answered? Then they only
// wait: what does that cost? Then orders are released one by one: how long until the DP that waits for one has it?
import { randomBytes, randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { apiOf, memoryOf, processorTimes, say, startPrograms, takeGround, type Api } from './programs.ts';
import { setUp } from './set-up.ts';
import { SimulatedDp } from './simulator/simulated-dp.ts';

const DPS = Number(process.env['BENCH_DPS'] ?? 5000);
/** Seconds of a long poll, as the agent has it by default. */
const WAIT = 30;
/** Seconds in which nothing is measured, so that what the start left behind is done. */
const SETTLE = WAIT;
/** Seconds that the waiting DPs are watched. */
const WATCHED = 60;
/** Orders that are released, each to a DP of its own, and the pause between two of them. */
const RELEASES = Math.min(300, DPS);
const RELEASE_EVERY_MS = 200;
const GIVE_UP_MS = 300_000;

/** Answers to polls by status; 0: none. */
let statuses = new Map<number, number>();
/** Seconds until each DP's first answer, from the start of all. */
const answered: number[] = [];
/** When a DP had an order, by the computer's name. */
const arrived = new Map<string, number>();

const ground = await takeGround();
try {
  const token = `rlp_${randomBytes(32).toString('base64url')}`;
  const programs = await startPrograms(ground, token);
  const [server, gateway] = programs;
  if (!server || !gateway) throw new Error('nothing was started');
  const api = apiOf(server.url, token);
  const joined = performance.now();
  const wires = await setUp(api, gateway.url, DPS, RELEASES);
  say(`${DPS} DPs joined in ${((performance.now() - joined) / 1000).toFixed(1)} s; ${machine()}`);
  await server.restart();
  await gateway.restart();

  const cpu = processorTimes(ground, programs);

  const atStart = cpu();
  const began = performance.now();
  const dps = wires.map((wire) => simulated(wire, began));
  for (const dp of dps) dp.start(randomUUID());
  while (answered.length < DPS && performance.now() - began < GIVE_UP_MS) await pause(100);
  const at = (share: number): string =>
    (answered[Math.ceil(share * DPS) - 1]?.toFixed(1) ?? `over ${GIVE_UP_MS / 1000}`) + ' s';
  say(`cold start: half answered in ${at(0.5)}, 99 % in ${at(0.99)}, all in ${at(1)}; ${statusesSoFar()}`);
  say(`CPU for each DP: ${spent(atStart, cpu(), 1000 / DPS, 'ms')}`);

  await pause(SETTLE * 1000);
  statuses = new Map();
  const before = cpu();
  await pause(WATCHED * 1000);
  say(`${WATCHED} s of waiting: ${statusesSoFar()}; ${machine()}`);
  say(`cores for 1,000 waiting DPs: ${spent(before, cpu(), 1000 / DPS / WATCHED, '')}`);

  statuses = new Map();
  const waits = await releaseOneByOne(api);
  const percentile = (share: number): string =>
    `${Math.round(waits[Math.ceil(share * waits.length) - 1] ?? 0)} ms`;
  say(
    `release → waiting poll, ${waits.length} of ${RELEASES}: p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, ` +
      `longest ${percentile(1)}; ${statusesSoFar()}; ${machine()}`,
  );
  for (const { name, child } of programs) say(`memory of ${name}: ${memoryOf(child.pid ?? 0)}`);
  const faults = dps.flatMap((dp) => dp.faults);
  if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'));
} finally {
  await ground.stop();
}
process.exit();

function simulated(wire: ConstructorParameters<typeof SimulatedDp>[0], began: number): SimulatedDp {
  let isFirst = true;
  return new SimulatedDp(wire, {
    wait: WAIT,
    capacity: 10,
    agent: { version: '1.0', os: 'test', hostname: 'foreign' },
    work: ({ computer }) => {
      arrived.set(computer.name, performance.now());
      return Promise.resolve({ state: 'succeeded', result: 'OK' });
    },
    onPoll: ({ status }) => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status !== 200 || !isFirst) return;
      isFirst = false;
      answered.push((performance.now() - began) / 1000);
    },
  });
}

/** Milliseconds from each call of the API until the DP has the order, the shortest first. */
async function releaseOneByOne(api: Api): Promise<number[]> {
  const { items } = await api<{ items: { id: string; name: string }[] }>(
    'GET',
    `/computers?limit=${RELEASES}`,
  );
  const released = new Map<string, number>();
  const calls: Promise<unknown>[] = [];
  for (const { id, name } of items) {
    released.set(name, performance.now());
    calls.push(api('POST', '/computers/release', { computers: [id] }));
    await pause(RELEASE_EVERY_MS);
  }
  await Promise.all(calls);
  for (const end = performance.now() + 30_000; arrived.size < items.length && performance.now() < end;)
    await pause(100);
  return [...arrived]
    .map(([name, time]) => time - (released.get(name) ?? Infinity))
    .toSorted((a, b) => a - b);
}

function spent(from: Map<string, number>, to: Map<string, number>, per: number, unit: string): string {
  return [...to]
    .map(([name, seconds]) =>
      `${name} ${((seconds - (from.get(name) ?? 0)) * per).toFixed(3)} ${unit}`.trim(),
    )
    .join(', ');
}

function statusesSoFar(): string {
  const counts = [...statuses].map(([status, count]) => `${count} × ${status === 0 ? 'none' : status}`);
  return `answers ${counts.join(', ') || 'none'}`;
}

/** What else the machine does. */
function machine(): string {
  return `load ${loadavg()[0]?.toFixed(1)}`;
}
