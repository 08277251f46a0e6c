// npm run bench console: first paint and first rows of overview and computers with 100,000 computers, frames per second
// while updates arrive, and what a browser loads. Needs chromium.
import { randomBytes, randomUUID } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { connect } from 'amqplib';
import mongoose from 'mongoose';
import { chromium, type Browser, type Page } from 'playwright-core';
import { apiOf, say, startPrograms, takeGround, until, type Api } from './programs.ts';
import { systemChromium } from '../tools/testing/chromium.ts';

const COMPUTERS = Number(process.env['BENCH_COMPUTERS'] ?? 100_000);
const RUNS = 5;
const UPDATES_PER_SECOND = 10;
const ROWS_PER_UPDATE = 50;
const WATCH_SECONDS = 10;
const PATIENCE_MS = 120_000;
const PASSWORD = randomBytes(12).toString('hex');
const ASSETS = join(import.meta.dirname, '../dist/apps/console/assets');

interface Stored {
  _id: string;
  name: string;
  identity: string;
  fqdn: string;
  nameKey: string;
  search: string;
}

interface Opened {
  firstPaint: number;
  /** When the page shows what it was opened for, and takes clicks. */
  shown: number;
  /** Milliseconds of tasks over 50 ms until then. */
  blocked: number;
  script: number;
}

const token = `rlp_${randomBytes(32).toString('base64url')}`;
const ground = await takeGround();
const programs: Awaited<ReturnType<typeof startPrograms>> = [];
let browser: Browser | undefined;
try {
  programs.push(...(await startPrograms(ground, token, { ADMIN_PASSWORD: PASSWORD })));
  const url = programs[0]?.url ?? '';
  const api = apiOf(url, token);
  const began = Date.now();
  await importComputers(api);
  say(`${COMPUTERS} computers put there in ${Math.round((Date.now() - began) / 1000)} s`);
  browser = await chromium.launch(systemChromium());
  for (const [name, path, ready] of [
    ['overview', '', 'a[href*="state=imported"]'],
    ['computers', 'computers', 'a[href*="/computers/"]'],
  ] as const) {
    const opened: Opened[] = [];
    for (let run = 0; run < RUNS; run += 1) opened.push(await open(browser, url, path, ready));
    const middle = (pick: (one: Opened) => number): number =>
      opened.map(pick).toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
    say(
      `${name}, cold cache, median of ${RUNS}: first contentful paint ${Math.round(middle((one) => one.firstPaint))} ms, ` +
        `interactive ${Math.round(middle((one) => one.shown))} ms, long tasks ${Math.round(middle((one) => one.blocked))} ms, ` +
        `script ${Math.round(middle((one) => one.script) / 1000)} KB gzipped`,
    );
  }
  await framesWhileUpdating(browser, url, api);
  for (const file of globSync('*.{js,css}', { cwd: ASSETS }).toSorted()) {
    const size = gzipSync(readFileSync(join(ASSETS, file))).length;
    if (size > 10_000) say(`bundle ${file}: ${Math.round(size / 100) / 10} KB gzipped`);
  }
} finally {
  await browser?.close();
  await ground.stop();
}

/** One is imported; the others are its copies, put into the database beside it, where an import would take long. */
async function importComputers(to: Api): Promise<void> {
  const form = new FormData();
  form.set('source', 'csv');
  form.set('tenant', 'default');
  form.set('file', new Blob(['name;fqdn\nPC-0;pc-0.site.test\n']), 'one.csv');
  const { id } = await to<{ id: string }>('POST', '/imports', form);
  await until(to, id, 'previewed');
  await to('POST', `/imports/${id}/commit`, {});
  await until(to, id, 'committed');
  const client = await mongoose.mongo.MongoClient.connect(ground.database.uri, { retryWrites: false });
  const computers = client.db('bench').collection<Stored>('computers');
  const first = await computers.findOne({ name: 'PC-0' });
  if (!first) throw new Error('nothing was imported');
  for (let from = 1; from < COMPUTERS; from += 1000) {
    const many = Array.from({ length: Math.min(1000, COMPUTERS - from) }, (_, index) => {
      const name = `PC-${from + index}`;
      const fqdn = `${name}.site.test`.toLowerCase();
      return {
        ...first,
        _id: randomUUID(),
        name,
        identity: `bench:${name}`,
        fqdn,
        nameKey: fqdn,
        search: fqdn,
      };
    });
    await computers.insertMany(many, { ordered: false });
  }
  await client.close();
}

async function signedIn(of: Browser, server: string): Promise<Page> {
  const context = await of.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  const answer = await context.request.post(`${server}/api/v1/session`, {
    data: { user: 'admin', password: PASSWORD },
    headers: { 'X-Requested-With': 'relaypoint-console' },
  });
  if (!answer.ok()) throw new Error(`sign-in: ${answer.status()} ${await answer.text()}`);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

async function open(of: Browser, server: string, path: string, ready: string): Promise<Opened> {
  const page = await signedIn(of, server);
  await page.addInitScript(`
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ type: 'longtask', buffered: true });
  `);
  await page.goto(`${server}/console/${path}`, { waitUntil: 'commit' });
  await page.locator(ready).first().waitFor();
  // a click is answered only when the thread is free
  const shown = await page.evaluate<number>(
    'new Promise((done) => requestIdleCallback(() => done(performance.now())))',
  );
  const firstPaint = await page.evaluate<number>(
    `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
  );
  const blocked = await page.evaluate<number>('window.longTasks.reduce((sum, one) => sum + one, 0)');
  const loaded = await page.evaluate<string[]>(
    `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))`,
  );
  const script = loaded
    .map(
      (name) => gzipSync(readFileSync(join(ASSETS, new URL(name).pathname.split('/').at(-1) ?? ''))).length,
    )
    .reduce((sum, size) => sum + size, 0);
  await page.context().close();
  return { firstPaint, shown, blocked, script };
}

/** Says on the broker that rows changed, as the server itself does, and counts the frames of a page that shows them. */
async function framesWhileUpdating(of: Browser, server: string, from: Api): Promise<void> {
  const page = await signedIn(of, server);
  await page.goto(`${server}/console/computers?folder=all`);
  await page.getByRole('link', { name: 'PC-0', exact: true }).waitFor();
  const { items } = await from<{ items: { id: string; tenant: string }[] }>(
    'GET',
    '/computers?sort=name&limit=200&folder=all',
  );
  const quiet = await frames(page);
  const connection = await connect(ground.broker.amqpUrl, { noDelay: true });
  const channel = await connection.createChannel();
  let next = 0;
  const timer = setInterval(() => {
    for (let row = 0; row < ROWS_PER_UPDATE; row += 1) {
      const item = items[(next += 1) % items.length];
      if (!item) return;
      const event = { v: 1, topic: 'computer', id: item.id, tenant: item.tenant };
      channel.publish('relaypoint.events', `computer.${item.id}`, Buffer.from(JSON.stringify(event)));
    }
  }, 1000 / UPDATES_PER_SECOND);
  const busy = await frames(page);
  clearInterval(timer);
  await connection.close();
  say(
    `frames per second of computers: ${quiet.mean} quiet; ${busy.mean} (worst second ${busy.worst}) ` +
      `while ${UPDATES_PER_SECOND} updates of ${ROWS_PER_UPDATE} rows arrive each second and the list is scrolled`,
  );
  await page.context().close();
}

async function frames(page: Page): Promise<{ mean: number; worst: number }> {
  const counts = await page.evaluate<number[]>(`new Promise((done) => {
    const table = document.querySelector('[role=table]');
    const seconds = [];
    const began = performance.now();
    const frame = () => {
      const second = Math.floor((performance.now() - began) / 1000);
      if (second >= ${WATCH_SECONDS}) return done(seconds);
      seconds[second] = (seconds[second] ?? 0) + 1;
      table.scrollTop = (table.scrollTop + 10) % 4000;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`);
  const full = counts.slice(1);
  return {
    mean: Math.round(full.reduce((sum, one) => sum + one, 0) / full.length),
    worst: Math.min(...full),
  };
}
