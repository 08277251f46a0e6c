// npm run bench: what the product reaches, as a ratio to what its parts alone reach in the same run on the same machine.
// npm run bench console: the console in a browser, with 100,000 computers.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ForeignDp, type ForeignOrder } from '../e2e/support/foreign-dp.ts';
import { bareBroker } from './bare-broker.ts';
import { directoryReads } from './directories.ts';
import { emptyPolls } from './empty-polls.ts';
import { apiOf, say, startPrograms, takeGround, until, type Api, type Program } from './programs.ts';

const DPS = 100;
const ORDERS = Number(process.env['BENCH_ORDERS'] ?? 5000);

async function main(): Promise<void> {
  const ground = await takeGround();
  const { broker } = ground;
  const programs: Program[] = [];
  try {
    const bare = await bareBroker(broker.amqpUrl, ORDERS, DPS);
    say(`bare amqplib (publish, get, ack, publish, consume): ${Math.round(bare)} orders/s`);

    const token = `rlp_${randomBytes(32).toString('base64url')}`;
    programs.push(...(await startPrograms(ground, token)));
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
    const reads = await directoryReads(api, ground.database.uri);
    say(
      `computers of a directory: ldapts alone ${Math.round(reads.bare)}/s, read and checked ${Math.round(reads.checked)}/s, ` +
        `${percent(reads.checked / reads.bare)} of it`,
    );
    say(
      `rows inserted by the driver alone ${Math.round(reads.inserts)}/s, stored preview ${Math.round(reads.preview)}/s, ` +
        `${percent(reads.preview / reads.inserts)} of it`,
    );
    for (const { name, child } of programs) say(`memory of ${name}: ${memoryOf(child.pid ?? 0)}`);
  } finally {
    for (const { child } of programs) child.kill('SIGTERM');
    await ground.stop();
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

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

function memoryOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return `${of('VmRSS')} MiB now, ${of('VmHWM')} MiB at most`;
}

if (process.argv[2] === 'console') await import('./console.ts');
else await main();
