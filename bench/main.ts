// npm run bench: what the product reaches, as a ratio to what its parts alone reach in the same run on the same machine.
// npm run bench console: the console in a browser, with 100,000 computers. npm run bench bulk: many orders in one call.
// npm run bench imports: a large CSV file. npm run bench many-dps: thousands of DPs, cold start and waiting.
// npm run bench lists: the pages of the console with 2,000, 11,000 and 101,000 computers.
// npm run bench document-writes: what it costs to validate what is written. npm run bench empty-polls: only that part.
// With BENCH_PROFILE=1 each program leaves a profile of its processor time in .artifacts/profiles when it ends.
import { randomBytes, randomUUID } from 'node:crypto';
import { ForeignDp, type ForeignOrder } from '../e2e/support/foreign-dp.ts';
import { bareDatabase } from './bare-database.ts';
import { bareBroker } from './bare-broker.ts';
import { directoryReads } from './directories.ts';
import { emptyPolls } from './empty-polls.ts';
import {
  apiOf,
  memoryOf,
  say,
  share,
  startPrograms,
  takeGround,
  type Api,
  type Program,
} from './programs.ts';
import { joinDps, setUp } from './set-up.ts';

const DPS = 100;
const ORDERS = Number(process.env['BENCH_ORDERS'] ?? 5000);

async function main(): Promise<void> {
  const ground = await takeGround();
  const { broker } = ground;
  const programs: Program[] = [];
  try {
    const bare = await bareBroker(broker.amqpUrl, ORDERS, DPS);
    say(`bare amqplib (publish, get, ack, publish, consume): ${Math.round(bare)} orders/s`);

    const writes = await bareDatabase(ground.database.uri, ORDERS);
    say(`the same orders' writes by the driver alone: ${Math.round(writes)} orders/s`);

    const token = `rlp_${randomBytes(32).toString('base64url')}`;
    programs.push(...(await startPrograms(ground, token)));
    const [server, gateway] = programs;
    if (!server || !gateway) throw new Error('nothing was started');
    const api = apiOf(server.url, token);
    const dps = await setUp(api, gateway.url, DPS, ORDERS);
    const reached = await handOutAndReport(api, dps);
    say(
      `orders released → installed reports applied: ${Math.round(reached)} orders/s, ${share(reached / bare)} of bare amqplib, ` +
        `${share(reached / writes)} of their writes alone`,
    );

    await emptyPolls(gateway, dps);
    const reads = await directoryReads(api, ground.database.uri);
    say(
      `computers of a directory: ldapts alone ${Math.round(reads.bare)}/s, read and checked ${Math.round(reads.checked)}/s, ` +
        `${share(reads.checked / reads.bare)} of it`,
    );
    say(
      `rows inserted by the driver alone ${Math.round(reads.inserts)}/s, stored preview ${Math.round(reads.preview)}/s, ` +
        `${share(reads.preview / reads.inserts)} of it`,
    );
    for (const { name, child } of programs) say(`memory of ${name}: ${memoryOf(child.pid ?? 0)}`);
  } finally {
    await ground.stop();
  }
}

/** `npm run bench empty-polls`: that part of it alone. */
async function emptyPollsAlone(): Promise<void> {
  const ground = await takeGround();
  try {
    const token = `rlp_${randomBytes(32).toString('base64url')}`;
    const [server, gateway] = await startPrograms(ground, token);
    if (!server || !gateway) throw new Error('nothing was started');
    await emptyPolls(gateway, await joinDps(apiOf(server.url, token), gateway.url, DPS));
  } finally {
    await ground.stop();
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
        const { body } = await pollUntilAnswered(dp);
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

const [, , part] = process.argv;
if (part === 'console') await import('./console.ts');
else if (part === 'imports') await import('./imports.ts');
else if (part === 'many-dps') await import('./many-dps.ts');
else if (part === 'empty-polls') await emptyPollsAlone();
else if (part === 'bulk') await import('./bulk-actions.ts');
else if (part === 'lists') await import('./lists.ts');
else if (part === 'document-writes') await import('./document-writes.ts');
else await main();
