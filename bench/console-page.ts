// A page of the console in a browser, and how long people wait for what they asked it for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';

const PATIENCE_MS = 120_000;
const ASSETS = join(import.meta.dirname, '../dist/apps/console/assets');

/** Times in milliseconds since the page was asked for. */
export interface Opened {
  firstPaint: number;
  /** When the page shows what it was opened for, and takes clicks. */
  shown: number;
  /** Milliseconds of tasks over 50 ms until then. */
  blocked: number;
  /** Bytes of script, gzipped. */
  script: number;
  /** What was asked of the server until then, in order, each from when to when. */
  calls: { path: string; from: number; to: number }[];
}

/** Who opens pages. */
export interface Visitor {
  browser: Browser;
  server: string;
  password: string;
}

/** An empty page of somebody who is signed in. Its context is to be closed with it. */
export async function signedIn({ browser, server, password }: Visitor): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  const answer = await context.request.post(`${server}/api/v1/session`, {
    data: { user: 'admin', password },
    headers: { 'X-Requested-With': 'relaypoint-console' },
  });
  if (!answer.ok()) throw new Error(`sign-in: ${answer.status()} ${await answer.text()}`);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(`
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ type: 'longtask', buffered: true });
    window.addEventListener('keydown', () => (window.lastKey = performance.now()), { capture: true });
  `);
  return page;
}

/** Opens a page with a cold cache, and waits until it shows what matches `ready`. */
export async function open(visitor: Visitor, path: string, ready: string): Promise<Opened> {
  const page = await signedIn(visitor);
  await page.goto(`${visitor.server}/console/${path}`, { waitUntil: 'commit' });
  await page.locator(ready).first().waitFor();
  // a click is answered only when the thread is free
  const shown = await page.evaluate<number>(
    'new Promise((done) => requestIdleCallback(() => done(performance.now())))',
  );
  const firstPaint = await page.evaluate<number>(
    `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
  );
  const blocked = await page.evaluate<number>('window.longTasks.reduce((sum, one) => sum + one, 0)');
  const loaded = await page.evaluate<{ name: string; from: number; to: number }[]>(
    `performance.getEntriesByType('resource').map(({ name, startTime, responseEnd }) =>
      ({ name, from: startTime, to: responseEnd }))`,
  );
  const script = loaded
    .filter(({ name }) => name.endsWith('.js'))
    .map(({ name }) => gzipSync(readFileSync(join(ASSETS, name.split('/').at(-1) ?? ''))).length)
    .reduce((sum, size) => sum + size, 0);
  const calls = loaded
    .filter(({ name }) => name.includes('/api/v1/'))
    .map(({ name, from, to }) => ({ path: name.split('/api/v1')[1] ?? '', from, to }));
  await page.context().close();
  return { firstPaint, shown, blocked, script, calls };
}

/**
 * Types a text where the cursor is.
 *
 * @param shown a function of the page, as its source: whether what was typed has been answered
 * @returns milliseconds from the last key to the answer, with the pause that the page itself makes
 */
export async function typed(page: Page, text: string, shown: string): Promise<number> {
  await page.keyboard.type(text);
  return page.evaluate<number>(`new Promise((done) => {
    const shown = ${shown};
    const look = () => (shown() ? done(performance.now() - window.lastKey) : requestAnimationFrame(look));
    look();
  })`);
}
