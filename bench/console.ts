// npm run bench console: how long people wait for the pages and searches of the console with 100,000 computers of 40 sites,
// frames per second while updates arrive, and what a browser loads. Needs chromium.
import { randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { connect } from 'amqplib';
import mongoose from 'mongoose';
import { chromium, type Browser, type Page } from 'playwright-core';
import { open, signedIn, typed, type Opened, type Visitor } from './console-page.ts';
import { fill } from './fill.ts';
import { apiOf, say, startPrograms, takeGround, type Api } from './programs.ts';
import { joinDps } from './set-up.ts';
import { systemChromium } from '../tools/testing/chromium.ts';

const COMPUTERS = Number(process.env['BENCH_COMPUTERS'] ?? 100_000);
const SITES = 40;
const RUNS = 5;
const UPDATES_PER_SECOND = 10;
const ROWS_PER_UPDATE = 50;
const WATCH_SECONDS = 10;
const PASSWORD = randomBytes(12).toString('hex');
const ASSETS = join(import.meta.dirname, '../dist/apps/console/assets');

const COMPUTER = 'a[href*="/computers/"]';
/** What is opened, and what it then shows. */
const PAGES = [
  ['overview', '', 'a[href*="state=imported"]'],
  ['computers, what needs attention', 'computers', COMPUTER],
  ['computers, all', 'computers?folder=all', COMPUTER],
  ['computers, failed', 'computers?folder=failed', COMPUTER],
  ['computers of a site by last change', 'computers?folder=all&dp=dp-3&sort=-status', COMPUTER],
  ['computers of an OU by last contact', 'computers?folder=all&ou=Site&sort=-lastContact', COMPUTER],
  ['orders', 'orders', COMPUTER],
  ['orders that failed', 'orders?state=failed', COMPUTER],
  ['distribution points', 'distribution-points', 'a[href*="/distribution-points/dp-"]'],
] as const;

/** What is looked for: a name, a part in the middle of one, and what nothing is called. */
const WORDS = [
  ['by name', 'pc-054321', 'PC-054321'],
  ['by the middle of a name', '4321.exam', '4321'],
  ['nothing found', 'nowhere-at-all', null],
] as const;

const token = `rlp_${randomBytes(32).toString('base64url')}`;
const ground = await takeGround();
let browser: Browser | undefined;
try {
  const [server, gateway] = await startPrograms(ground, token, { ADMIN_PASSWORD: PASSWORD });
  if (!server || !gateway) throw new Error('nothing was started');
  const api = apiOf(server.url, token);
  await joinDps(api, gateway.url, SITES);
  const client = await mongoose.mongo.MongoClient.connect(ground.database.uri, { retryWrites: false });
  const began = Date.now();
  const { orders } = await fill(client.db('bench'), 0, COMPUTERS, SITES);
  await client.close();
  say(`${COMPUTERS} computers, ${orders} orders put there in ${Math.round((Date.now() - began) / 1000)} s`);
  browser = await chromium.launch(systemChromium());
  const visitor = { browser, server: server.url, password: PASSWORD };
  for (const [name, path, ready] of PAGES) await sayOpened(visitor, name, path, ready);
  await sayGlobalSearch(visitor);
  await sayListSearch(visitor);
  await framesWhileUpdating(visitor, api);
  for (const file of globSync('*.{js,css}', { cwd: ASSETS }).toSorted()) {
    const size = gzipSync(readFileSync(join(ASSETS, file))).length;
    if (size > 10_000) say(`bundle ${file}: ${Math.round(size / 100) / 10} KB gzipped`);
  }
} finally {
  await browser?.close();
  await ground.stop();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function load(): string {
  return `load ${loadavg()[0]?.toFixed(1) ?? ''}`;
}

/** The first time by itself: it is the one that nothing was read or counted for before. */
async function sayOpened(visitor: Visitor, name: string, path: string, ready: string): Promise<void> {
  const opened: Opened[] = [];
  for (let run = 0; run < RUNS; run += 1) opened.push(await open(visitor, path, ready));
  const middle = (pick: (one: Opened) => number): number => Math.round(median(opened.map(pick)));
  say(
    `${name}, cold cache, median of ${RUNS}: first contentful paint ${middle((one) => one.firstPaint)} ms, ` +
      `interactive ${middle((one) => one.shown)} ms (the first time ${Math.round(opened[0]?.shown ?? 0)} ms), ` +
      `long tasks ${middle((one) => one.blocked)} ms, script ${Math.round(middle((one) => one.script) / 1000)} KB gzipped, ${load()}`,
  );
  for (const { path: call, from, to } of opened.at(-1)?.calls ?? []) {
    say(`  ${Math.round(from)} to ${Math.round(to)} ms: ${call}`);
  }
}

/** From the last key to the first computer of that name, or to the words that there is none. */
async function sayGlobalSearch(visitor: Visitor): Promise<void> {
  for (const [name, word, expected] of WORDS) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const page = await signedIn(visitor);
      await page.goto(`${visitor.server}/console/`);
      await page.locator('a[href*="state=imported"]').first().waitFor();
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Computers, DPs, rollouts').waitFor();
      times.push(
        await typed(
          page,
          word,
          expected
            ? `() => [...document.querySelectorAll('[data-action]')].some((one) => one.textContent.includes('${expected}'))`
            : `() => document.body.textContent.includes('Nothing matches the search')`,
        ),
      );
      await page.context().close();
    }
    say(
      `global search, ${name}, last key to answer, median of ${RUNS}: ${Math.round(median(times))} ms, ${load()}`,
    );
  }
}

/** The same in the list of all computers. */
async function sayListSearch(visitor: Visitor): Promise<void> {
  const page = await signedIn(visitor);
  await page.goto(`${visitor.server}/console/computers?folder=all`);
  for (const [name, word, expected] of WORDS) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      await page.getByRole('link', { name: 'PC-000000', exact: true }).waitFor();
      const box = page.getByRole('textbox', { name: 'Name, address, OS, description, OU' });
      await box.focus();
      times.push(
        await typed(
          page,
          word,
          expected
            ? `() => document.querySelector('[role=table] ${COMPUTER.replaceAll('"', String.raw`"`)}')?.textContent.includes('${expected}')`
            : `() => !document.querySelector('[role=table]') && !document.querySelector('[aria-busy=true]')`,
        ),
      );
      await box.fill('');
    }
    say(
      `search in the list, ${name}, last key to answer, median of ${RUNS}: ${Math.round(median(times))} ms, ${load()}`,
    );
  }
  await page.context().close();
}

/** Says on the broker that rows changed, as the server itself does, and counts the frames of a page that shows them. */
async function framesWhileUpdating(visitor: Visitor, from: Api): Promise<void> {
  const page = await signedIn(visitor);
  await page.goto(`${visitor.server}/console/computers?folder=all`);
  await page.getByRole('link', { name: 'PC-000000', exact: true }).waitFor();
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
