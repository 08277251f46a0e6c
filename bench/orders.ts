// npm run bench orders: BENCH_ORDERS orders from release to installed, a hundred DPs at once. How many in a second, and is
// the last thousand as quick as the first? What does one cost in processor time and in lines of the logs?
import { randomBytes, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ForeignDp, ForeignOrder } from '../e2e/support/foreign-dp.ts';
import { apiOf, processorTimes, say, share, startPrograms, takeGround, type Api } from './programs.ts';
import { setUp } from './set-up.ts';

export const DPS = 100;
export const ORDERS = Number(process.env['BENCH_ORDERS'] ?? 5000);
const THOUSAND = 1000;
const MOST_IN_A_CALL = 10_000;

/** `npm run bench orders`. */
export async function ordersAlone(): Promise<void> {
  const ground = await takeGround();
  try {
    const token = `rlp_${randomBytes(32).toString('base64url')}`;
    const programs = await startPrograms(ground, token, { LOG_LEVEL: 'info' });
    const [server, gateway] = programs;
    if (!server || !gateway) throw new Error('nothing was started');
    const api = apiOf(server.url, token);
    const dps = await setUp(api, gateway.url, DPS, ORDERS);
    const times = processorTimes(ground, programs);
    const logs = (): number => programs.reduce((sum, { log }) => sum + statSync(log).size, 0);
    const written = logs();
    const before = times();
    const { rate, first, last } = await handOutAndReport(api, dps);
    const spent = [...times()].map(([name, now]): [string, number] => [
      name,
      ((now - (before.get(name) ?? 0)) / ORDERS) * 1000,
    ]);
    say(`${ORDERS} orders released → installed: ${Math.round(rate)} orders/s`);
    say(
      `reported in a second: of the first thousand ${Math.round(first)}, of the last ${Math.round(last)}, ${share(last / first)}`,
    );
    say(`CPU of an order: ${spent.map(([name, ms]) => `${name} ${ms.toFixed(2)} ms`).join(', ')}`);
    say(`logs of an order, at info: ${Math.round((logs() - written) / ORDERS)} bytes`);
  } finally {
    await ground.stop();
  }
}

/** What was reached: orders in a second from the release to the last applied report, and of two thousands on the way. */
export interface Reached {
  rate: number;
  first: number;
  last: number;
}

/** Releases all computers while every DP polls and reports. */
export async function handOutAndReport(api: Api, dps: readonly ForeignDp[]): Promise<Reached> {
  const started = performance.now();
  /** Seconds from the release to each report of an end. */
  const reported: number[] = [];
  const seconds = (): number => (performance.now() - started) / 1000;
  let handedOut = 0;
  const releasing = releaseAll(api, dps);
  await Promise.all([
    releasing,
    ...dps.map(async (dp) => {
      while (handedOut < ORDERS) {
        const { body } = await pollUntilAnswered(dp);
        const orders = (body.orders ?? []).map(({ order }) => order);
        if (orders.length === 0) continue;
        handedOut += orders.length;
        await reportAll(dp, orders);
        reported.push(...orders.map(seconds));
      }
    }),
  ]);
  for (;;) {
    const { total } = await api<{ total: number }>('GET', '/orders?state=succeeded&limit=1');
    if (total >= ORDERS) break;
    await pause(200);
  }
  const at = (index: number): number => reported[index] ?? NaN;
  return {
    rate: ORDERS / seconds(),
    first: THOUSAND / at(THOUSAND - 1),
    last: THOUSAND / (at(ORDERS - 1) - at(ORDERS - 1 - THOUSAND)),
  };
}

/** In one call, or site by site where a call would take too many. */
async function releaseAll(api: Api, dps: readonly ForeignDp[]): Promise<void> {
  const filters = ORDERS <= MOST_IN_A_CALL ? [{}] : dps.map(({ id }) => ({ dp: id }));
  for (const filter of filters) await api('POST', '/computers/release', { filter });
}

/** A poll whose answer is lost is repeated under its id, as the protocol says; else its orders wait for their leases to lapse. */
async function pollUntilAnswered(dp: ForeignDp): Promise<Awaited<ReturnType<ForeignDp['poll']>>> {
  const poll = randomUUID();
  for (let again = false; ; again = true) {
    const answer = await dp.poll({ poll, max: 50, wait: 2, ...(again ? { again } : {}) }).catch(() => null);
    if (answer?.status === 200) return answer;
  }
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
