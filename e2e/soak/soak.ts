import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../tools/testing/eventually.js';
import { ForeignDp } from '../support/foreign-dp.js';
import { Stack } from '../support/stack.js';
import { cutsOf, endedByThemselves } from './cuts.js';
import { Site } from './site.js';
import { faultsAfter, listAll } from './verdict.js';

export interface SoakOptions {
  minutes: number;
  orders: number;
  sites: number;
  /** Seconds between two cuts. */
  every: number;
  say: (line: string) => void;
}

/** Computers that are imported and released together. */
const BATCH = 20;
/** Seconds something stays away at most. */
const LONGEST_AWAY = 6;
/** How long one step may take while everything around it is cut in turn. */
const PATIENCE = { timeoutMs: 300_000, intervalMs: 1_000 };
/** The programs' logs of the last soak. */
const LOGS = join(__dirname, '..', '..', '.artifacts', 'soak');
/** How long the last orders may take once nothing is cut any more: a lease, and a retry after it. */
const LAST_ORDERS_MS = 20 * 60_000;

/**
 * Cuts the programs, the broker and the database in turn while computers are imported and released and DPs work, and
 * looks afterwards what came of it.
 *
 * @returns what is wrong, in words
 */
export async function soak(options: SoakOptions): Promise<string[]> {
  const { say } = options;
  const stack = await Stack.start({ killable: true, logLevel: 'warn' });
  const sites: Site[] = [];
  try {
    await prepare(stack);
    for (let i = 0; i < options.sites; i += 1) sites.push(await joinedSite(stack, `site-${i}`));
    await enterAccount(stack);
    for (const { dp } of sites) dp.start();
    const end = performance.now() + options.minutes * 60_000;
    const [faults] = await Promise.all([cutUntil(stack, end, options), bringOrders(stack, options)]);
    await lastOrders(stack, options);
    faults.push(...endedByThemselves(stack), ...(await faultsAfter(stack, sites, options.orders)));
    sayVerdict(sites, faults, say);
    return faults;
  } finally {
    cpSync(join(stack.folder, 'logs'), LOGS, { recursive: true });
    await Promise.all(sites.map(({ dp }) => dp.stop()));
    await stack.stop();
  }
}

async function prepare(stack: Stack): Promise<void> {
  await stack.publishClient();
  // nobody registers here: the orders are what is looked at
  await stack.api.ok('PATCH', '/settings', { registrationTimeout: 86_400, accountLogins: 0 });
}

/** Sealed to the DPs that are there: after they have joined. */
async function enterAccount(stack: Stack): Promise<void> {
  const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
  await stack.api.ok('POST', '/accounts', account);
}

async function joinedSite(stack: Stack, id: string): Promise<Site> {
  const wire = new ForeignDp(id, stack.gatewayUrls[0] ?? '');
  const wish = { id, name: id, tenant: 'default' };
  const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', wish);
  await wire.enrol(joinToken);
  await stack.api.ok('POST', `/distribution-points/${id}/enable`, { keyFingerprint: wire.fingerprint });
  return new Site(id, wire);
}

/** One thing after the other, until time is up. Answers what went wrong besides. */
async function cutUntil(stack: Stack, end: number, { every, say }: SoakOptions): Promise<string[]> {
  const faults: string[] = [];
  const cuts = cutsOf(stack);
  for (let turn = 0; performance.now() < end; turn += 1) {
    const next = performance.now() + every * 1000;
    faults.push(...endedByThemselves(stack));
    const cut = cuts[turn % cuts.length];
    if (!cut) throw new Error('nothing to cut');
    const away = Math.random() * LONGEST_AWAY;
    say(`cut ${turn + 1}: ${cut.name} for ${away.toFixed(1)} s`);
    await cut.kill();
    await pause(away * 1000);
    await cut.restore().catch((error: Error) => {
      const fault = `${cut.name} did not come back: ${error.message}`;
      say(fault);
      faults.push(fault);
    });
    await pause(Math.max(0, next - performance.now()));
  }
  return faults;
}

/** Brings computers in and releases them, spread over the time; every step is done again until it is answered. */
async function bringOrders(stack: Stack, { orders, sites, minutes, say }: SoakOptions): Promise<void> {
  const began = performance.now();
  const batches = Math.ceil(orders / BATCH);
  // the last ones have time to end while things are still cut
  const spread = (minutes * 60_000 * 0.85) / batches;
  for (let batch = 0; batch < batches; batch += 1) {
    await pause(Math.max(0, began + batch * spread - performance.now()));
    const numbers = Array.from(
      { length: Math.min(BATCH, orders - batch * BATCH) },
      (_, i) => batch * BATCH + i,
    );
    const rows = numbers.map((number) => `soak-${number};site-${number % sites}`);
    await imported(stack, `name;dp\n${rows.join('\n')}\n`);
    await released(stack, new Set(numbers.map((number) => `SOAK-${number}`)));
    if (batch % 10 === 9) say(`${(batch + 1) * BATCH} orders are on their way`);
  }
}

async function imported(stack: Stack, csv: string): Promise<void> {
  const key = { 'idempotency-key': randomUUID() };
  const { id } = await eventually(() => {
    const form = new FormData();
    form.set('source', 'csv');
    form.set('tenant', 'default');
    form.set('file', new Blob([csv], { type: 'text/csv' }), 'computers.csv');
    return stack.api.ok<{ id: string }>('POST', '/imports', form, key);
  }, PATIENCE);
  await eventually(async () => {
    const { state } = await stack.api.ok<{ state: string }>('GET', `/imports/${id}`);
    if (state === 'previewed') await stack.api.ok('POST', `/imports/${id}/commit`, {});
    if (state !== 'committed') throw new Error(`import ${id} is ${state}`);
  }, PATIENCE);
}

async function released(stack: Stack, names: ReadonlySet<string>): Promise<void> {
  await eventually(async () => {
    const known = await listAll<{ id: string; name: string; state: string }>(
      stack,
      '/computers?state=imported',
    );
    const waiting = known.filter(({ name }) => names.has(name));
    if (waiting.length === 0) return;
    await stack.api.ok('POST', '/computers/release', { computers: waiting.map(({ id }) => id) });
    throw new Error('looked at again');
  }, PATIENCE);
}

async function lastOrders(stack: Stack, { orders, say }: SoakOptions): Promise<void> {
  say('nothing is cut any more');
  const began = performance.now();
  await eventually(
    async () => {
      const ended = await Promise.all(
        ['succeeded', 'failed', 'cancelled', 'expired', 'outcome-unknown'].map(
          async (state) =>
            (await stack.api.ok<{ total: number }>('GET', `/orders?state=${state}&limit=1`)).total,
        ),
      );
      const total = ended.reduce((sum, count) => sum + count, 0);
      if (total < orders) throw new Error(`${total} of ${orders} orders have ended`);
    },
    { timeoutMs: LAST_ORDERS_MS, intervalMs: 1_000 },
  ).catch((error: Error) => say(error.message));
  say(`the last order ended ${((performance.now() - began) / 1000).toFixed(0)} s after the last cut`);
}

function sayVerdict(sites: readonly Site[], faults: readonly string[], say: (line: string) => void): void {
  const executions = sites.reduce((sum, { executed }) => sum + executed.size, 0);
  say(`${executions} attempts were executed at ${sites.length} sites`);
  for (const fault of faults.slice(0, 50)) say(`FAULT ${fault}`);
  say(
    faults.length === 0
      ? 'verdict: all is well'
      : `verdict: ${faults.length} faults; the programs’ logs are in ${LOGS}`,
  );
}
