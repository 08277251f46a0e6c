import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findFolderComputer, restartFolderComputer } from '../tools/dev/folder-computer.js';
import { axeFaults, demandPage } from './support/console-browser.js';
import { Stack } from './support/stack.js';
import { systemChromium } from '../tools/testing/chromium.js';
import { eventually } from '../tools/testing/eventually.js';

const SHOTS = join(__dirname, '..', '.artifacts', 'console');
const PAGES = [
  '',
  'computers?folder=all',
  'imports',
  'orders',
  'distribution-points',
  'accounts',
  'client-releases',
  'settings',
  'tenants',
  'dead-letters',
  'audit',
];
const PATIENCE = { timeout: 100_000 };

/** A person with a browser, against the whole product. */
describe('the console in a browser', () => {
  let stack: Stack;
  let browser: Browser;
  let page: Page;
  const foreign: string[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    stack = await Stack.start();
    await stack.publishClient();
    browser = await chromium.launch(systemChromium());
    page = await open('en-GB');
  }, 400_000);

  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  }, 60_000);

  async function open(locale: string): Promise<Page> {
    const context = await browser.newContext({
      locale,
      viewport: { width: 1280, height: 800 },
      // what is fading in has the contrast of nothing that anybody reads
      reducedMotion: 'reduce',
    });
    const opened = await context.newPage();
    opened.setDefaultTimeout(PATIENCE.timeout);
    opened.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(stack.serverUrls[0] ?? '') && !url.startsWith('data:')) foreign.push(url);
    });
    opened.on('pageerror', (error) => faults.push(error.message));
    return opened;
  }

  async function signIn(on: Page, words: { user: string; password: string; signIn: string }): Promise<void> {
    await on.goto(`${stack.serverUrls[0]}/console`);
    await on.getByLabel(words.user).fill('admin');
    await on.getByLabel(words.password, { exact: false }).first().fill(stack.adminPassword);
    await on.getByRole('button', { name: words.signIn }).click();
    await on.getByRole('navigation').waitFor({ state: 'attached' });
  }

  it('serves assets for ever and the page that names them never from a cache, also for deep links', async () => {
    const answer = await fetch(`${stack.serverUrls[0]}/console/computers/some/where`);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    const script = /src="([^"]+\.js)"/.exec(await answer.text())?.[1] ?? '';
    const asset = await fetch(`${stack.serverUrls[0]}${script}`);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${stack.serverUrls[0]}/console/assets/gone.js`)).status).toBe(404);
  });

  it('refuses a wrong password with the reason, and signs in with the right one', async () => {
    await page.goto(`${stack.serverUrls[0]}/console`);
    await page.getByLabel('User').fill('admin');
    await page.getByLabel('Password').first().fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await signIn(page, { user: 'User', password: 'Password', signIn: 'Sign in' });
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    // what is to be done first stands there as well, on a telephone too
    await page.getByRole('region', { name: 'First steps' }).waitFor();
    await demandPage(page);
  });

  it('loads less than 250 KB of compressed script for its first page', async () => {
    const loaded = await page.evaluate<string[]>(
      `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))`,
    );
    const sizes = loaded.map((url) => {
      const file = join(__dirname, '..', 'dist', 'apps', new URL(url).pathname);
      return gzipSync(readFileSync(file)).length;
    });
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  });

  it('opens the menu of whoever is signed in, with the focus in it and back on its button', async () => {
    const button = page.getByRole('button', { name: 'admin', exact: true });
    await button.press('Enter');
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    await page.locator('[role=menu]:focus-within').waitFor();
    await demandPage(page);
    await page.keyboard.press('Escape');
    await page.locator('button[aria-label=admin]:focus').waitFor();
    await page.getByRole('menu').waitFor({ state: 'detached' });
  });

  it('brings a computer by clicks from a CSV file to ready', async () => {
    const root = join(stack.folder, 'computers');
    mkdirSync(root);
    await stack.addDp('site', `${JSON.stringify({ methods: ['local'], local: { root } })}\n`);

    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByLabel('Label').fill('Site');
    await page.getByLabel('User').fill('local');
    await page.getByRole('dialog').getByLabel('Password').first().fill('never used');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByRole('cell', { name: 'Site', exact: true }).waitFor();

    await page.getByRole('link', { name: 'Import', exact: true }).click();
    const csv = 'Name;DNSHostName\nDESK-01;desk-01.site.test\n;nameless\n';
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.locator('select').filter({ hasText: 'none (direct' }).selectOption('site');
    await page.getByRole('button', { name: 'Preview' }).click();
    const preview = page.getByRole('table', { name: 'Preview' });
    await preview.getByRole('cell', { name: 'DESK-01', exact: true }).waitFor();
    await page.screenshot({ path: join(SHOTS, 'import-preview.png') });
    await page.getByRole('button', { name: /^Import \d/ }).click();
    await page.getByText('The import is done').waitFor();

    await page.getByRole('link', { name: 'Computers', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await page.getByRole('button', { name: 'Release', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'DESK-01' }).click();
    // from here on nothing is clicked: the page follows by itself
    await page.getByRole('heading', { name: /DESK-01\s*waiting for restart/ }).waitFor();
    await restartFolderComputer(findFolderComputer(root, 'DESK-01') ?? 'no client');
    await page.getByRole('heading', { name: /DESK-01\s*ready/ }).waitFor();
    await page.screenshot({ path: join(SHOTS, 'computer.png') });
    // nor when somebody else changes it
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await stack.api.ok('PATCH', `/computers/${id}`, { description: 'changed elsewhere' });
    await page.getByRole('row', { name: 'Description changed elsewhere' }).waitFor();
  }, 400_000);

  it('keeps what was typed when the session ends', async () => {
    await page.goto(`${stack.serverUrls[0]}/console/distribution-points`);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByLabel('ID').fill('later');
    await page.getByRole('dialog').getByLabel('Name').fill('Typed before');
    await page.context().clearCookies();
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    const again = page.getByRole('dialog', { name: /session has ended/ });
    await again.getByLabel('Password').first().fill(stack.adminPassword);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await again.waitFor({ state: 'hidden' });
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByText('Agent installed already').click();
    await page.getByText('relaypoint-dp join').waitFor();

    await page.goto(`${stack.serverUrls[0]}/console/accounts`);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Label').fill('Typed too');
    await page.getByRole('dialog').getByLabel('User').fill('local');
    await page.getByRole('dialog').getByLabel('Password').first().fill('typed as well');
    await page.context().clearCookies();
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await again.getByLabel('Password').first().fill(stack.adminPassword);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await again.waitFor({ state: 'hidden' });
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByRole('cell', { name: 'Typed too', exact: true }).waitFor();
  }, 400_000);

  it('comes back by itself after the server was restarted', async () => {
    // a part of the program that cannot be fetched any more takes nothing else with it
    await page.route(/\/plot-[^/]*\.js/, (route) => route.abort());
    await page.goto(`${stack.serverUrls[0]}/console/`);
    await page.getByText('From import to ready').waitFor();
    await page.getByText('Orders per hour').waitFor();
    await stack.killServer();
    await page.getByText('The connection to the server is lost').waitFor();
    await page.getByText('From import to ready').waitFor();
    await stack.restartServer();
    await page.getByText('The connection to the server is lost').waitFor({ state: 'hidden' });
    await page.unroute(/\/plot-[^/]*\.js/);
  }, 400_000);

  it('shows what was changed while it heard of nothing', async () => {
    const events = /\/api\/v1\/events/;
    await page.goto(`${stack.serverUrls[0]}/console/distribution-points`);
    await page.getByText('Typed before').waitFor();
    await page.route(events, (route) => route.abort());
    await stack.killServer();
    await page.getByText('The connection to the server is lost').waitFor();
    await stack.restartServer();
    await stack.api.ok('PATCH', '/distribution-points/later', { name: 'Changed meanwhile' });
    // nor does it put away what it shows when it is not told at once who is signed in
    let asked = 0;
    const session = /\/api\/v1\/session$/;
    await page.route(session, async (route) => {
      await route.abort();
      asked += 1;
    });
    await page.unroute(events);
    await page.getByText('Changed meanwhile').waitFor();
    await page.getByText('The connection to the server is lost').waitFor({ state: 'hidden' });
    // once, three times again, and then as of one who cannot be asked
    await eventually(() => expect(asked).toBeGreaterThan(4), { timeoutMs: 60_000 });
    expect(await page.getByText('Changed meanwhile').isVisible()).toBe(true);
    await page.unroute(session);
  }, 400_000);

  it('says that the server is away wherever one is, and goes on by itself when it is back', async () => {
    const part = /\/accounts-[^/]*\.js/;
    await page.route(part, (route) => route.abort());
    await stack.killServer();
    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByRole('main').getByText('The server cannot be reached.').waitFor();
    expect(await page.getByRole('link', { name: 'Overview' }).isVisible()).toBe(true);
    await page.unroute(part);
    await stack.restartServer();
    await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();

    // opened for the first time while nobody answers
    await page.route(/\/api\//, (route) => route.abort());
    await page.goto(`${stack.serverUrls[0]}/console/brakes`);
    await page.getByText('The server cannot be reached.').waitFor();
    await page.unroute(/\/api\//);
    await page.getByRole('heading', { level: 1, name: 'Brakes' }).waitFor();

    // a part that is gone although the server is there
    await page.route(part, (route) => route.abort());
    await page.goto(`${stack.serverUrls[0]}/console/accounts`);
    await page.getByText('This page could not be loaded.').waitFor();
    await page.unroute(part);
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
  }, 400_000);

  it.each(['light', 'dark'] as const)(
    'has no fault that axe finds on any page, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const path of PAGES) {
        await page.goto(`${stack.serverUrls[0]}/console/${path}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
        await page.screenshot({
          path: join(SHOTS, `${path.split('?')[0] || 'overview'}-${colorScheme}.png`),
        });
        expect(await axeFaults(page)).toEqual([]);
      }
    },
    400_000,
  );

  it('speaks German, and fits a telephone', async () => {
    const german = await open('de-DE');
    await german.setViewportSize({ width: 390, height: 800 });
    await signIn(german, { user: 'Benutzer', password: 'Kennwort', signIn: 'Anmelden' });
    await german.goto(`${stack.serverUrls[0]}/console/computers?folder=all`);
    await german.getByRole('cell', { name: 'betriebsbereit' }).first().waitFor();
    expect(await german.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await german.screenshot({ path: join(SHOTS, 'telephone.png') });
    await german.context().close();
  }, 400_000);

  it('asks no other host for anything, and throws nowhere', () => {
    expect(foreign).toEqual([]);
    expect(faults).toEqual([]);
  });
});
