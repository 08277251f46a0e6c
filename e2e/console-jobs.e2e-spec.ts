import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { eventually } from '../tools/testing/eventually.js';
import { ClickCounter } from './support/click-counter.js';
import { axeFaults, ConsoleBrowser, demandFits, SHOTS } from './support/console-browser.js';
import { ForeignDp } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';

const MINUTES = 60_000;
const ROOT = join(__dirname, '..');
/** A row without a name, one with a name that no computer has, one name twice, and a place that is no DP. */
const FAULTY = [
  'Name;Address;DP',
  'PC-01;192.0.2.1;north',
  'PC-02;192.0.2.2;north',
  ';192.0.2.3;north',
  'PC 04 ?!;192.0.2.4;north',
  'PC-02;192.0.2.5;north',
  'PC-06;192.0.2.6;Head office',
  '',
].join('\n');
/** What the installer is to have said. */
const SAID = ['preparing', 'unpacking the package', 'error: 0 bytes left on /var', ''].join('\n');

/** What an administrator does most, with what it takes of them counted. */
describe('the jobs of the console, by clicks', () => {
  let stack: Stack;
  let browser: ConsoleBrowser;
  let page: Page;
  let counter: ClickCounter;
  let north: ForeignDp;

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.publishClient();
    north = new ForeignDp('north', stack.gatewayUrl);
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', {
      id: 'north',
      name: 'North',
      tenant: null,
    });
    await north.enrol(joinToken);
    await stack.api.ok('POST', '/distribution-points/north/enable', { keyFingerprint: north.fingerprint });
    await stack.api.ok('POST', '/accounts', {
      label: 'Everywhere',
      tenant: 'default',
      username: 'installer',
      password: 'never used',
      order: 1,
      scope: { dps: ['north'] },
    });
    browser = await ConsoleBrowser.start(stack);
    page = await browser.signIn('en');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    counter = await ClickCounter.on(page);
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.stop();
    await stack?.stop();
  }, MINUTES);

  const dialog = () => page.getByRole('dialog');
  /** Where each job begins. */
  const overview = async (): Promise<void> => {
    await page.goto(browser.url(''));
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    counter.take();
  };
  const demandAtMost = (most: number, job: string): void => {
    const done = counter.take();
    console.info(`${job}: ${done.length} of at most ${most} clicks (${done.join(', ')})`);
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThanOrEqual(most);
  };

  it(
    'makes a new DP from nothing to enabled by 4 clicks and one line that is pasted',
    async () => {
      await overview();
      await page.getByRole('link', { name: 'New distribution point' }).click();
      await dialog().getByLabel('ID').fill('south');
      await dialog().getByLabel('Name').fill('South');
      await page.keyboard.press('Enter');
      // what this machine has already; the line for a bare one is the first, and needs no choice
      await dialog().locator('label').filter({ hasText: 'Installed' }).click();
      await dialog().getByRole('button', { name: 'Copy' }).click();
      await dialog().getByText('Waiting for a machine').waitFor();
      const waiting = await axeFaults(page);
      const line = await page.evaluate<string>('navigator.clipboard.readText()');
      const printed = onMachine(line, join(stack.folder, 'south'));
      const [, fingerprint = 'none'] = /(SHA256:\S+)/.exec(printed) ?? [];
      await dialog().getByText(fingerprint, { exact: true }).waitFor();
      await page.screenshot({ path: join(SHOTS, 'jobs-joined.png') });
      expect([...waiting, ...(await axeFaults(page))]).toEqual([]);
      await demandFits(page);
      await dialog().getByRole('button', { name: 'Enable' }).click();
      // it was enabled after the account was entered
      await dialog().getByText('Everywhere').or(page.getByText('South: enabled')).first().waitFor();
      demandAtMost(4, 'a new DP');
      await eventually(async () =>
        expect(await stack.api.ok('GET', '/distribution-points/south')).toMatchObject({
          state: 'enabled',
          keyFingerprint: fingerprint,
        }),
      );
    },
    MINUTES,
  );

  it(
    'imports what is good of a faulty file, and has the rest to be corrected, by 7 clicks',
    async () => {
      await overview();
      await page.getByRole('navigation').getByRole('link', { name: 'Import' }).click();
      await page.locator('input[type=file]').setInputFiles({
        name: 'faulty.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(FAULTY),
      });
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('combobox', { name: 'DP north' }).waitFor();
      const faults = await axeFaults(page);
      // what is no DP is given one where it is shown
      await page.getByRole('combobox', { name: 'DP Head office' }).click();
      await page.getByRole('option', { name: /^South/ }).click();
      await page.getByRole('button', { name: 'Import 3 computers' }).click();
      await page.getByText('The import is done').waitFor();
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download rejected rows' }).click();
      const rejected = readFileSync(await (await download).path(), 'utf8');
      demandAtMost(7, 'a faulty file');
      expect(rejected).toContain('192.0.2.3');
      expect(rejected).toContain('PC 04 ?!');
      expect(rejected).toContain('192.0.2.5');
      expect(rejected).not.toContain('PC-06');
      expect([...faults, ...(await axeFaults(page))]).toEqual([]);
      await demandFits(page);
      // the summary tells of the same rows as the tabs
      const summary = page.getByRole('alert').filter({ hasText: 'The import is done' });
      for (const said of ['created 3', 'rejected 3']) {
        await summary.getByRole('link', { name: said, exact: true }).waitFor();
        await page.getByRole('radio', { name: said, exact: true }).waitFor({ state: 'attached' });
      }
      const { items } = await stack.api.ok<{ items: { name: string; dp: { fixed: string } }[] }>(
        'GET',
        '/computers?folder=all&sort=name',
      );
      expect(items.map(({ name, dp }) => [name, dp.fixed])).toEqual([
        ['PC-01', 'north'],
        ['PC-02', 'north'],
        ['PC-06', 'south'],
      ]);
    },
    MINUTES,
  );

  it(
    'says why a computer failed and what to do, with what the installer said, by 2 clicks',
    async () => {
      await fail('PC-01');
      await overview();
      await page.getByRole('link', { name: /installation has failed/ }).click();
      await page.getByRole('link', { name: 'PC-01', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: /PC-01/ }).waitFor();
      const output = page.getByRole('region', { name: /^Installer output/ });
      await output.getByText('0 bytes left on /var').waitFor();
      demandAtMost(2, 'why a computer failed');
      const answer = page.getByRole('alert').filter({ hasText: 'DISK_FULL' });
      const { failure } = await stack.api.ok<{ failure: { text: { en: string }; hint: { en: string } } }>(
        'GET',
        `/orders/${(await failedOrder()).id}`,
      );
      await answer.getByText(failure.text.en).waitFor();
      await answer.getByText(failure.hint.en).waitFor();
      // without a wheel: the answer is what the page begins with
      const { y = 0, height = 800 } = (await answer.boundingBox()) ?? {};
      expect(y + height).toBeLessThan(800);
      await page.screenshot({ path: join(SHOTS, 'jobs-why.png'), fullPage: true });
    },
    MINUTES,
  );

  it('threw nowhere and asked no other host', () => {
    expect(browser.faults).toEqual([]);
  });

  async function failedOrder(): Promise<{ id: string }> {
    return await eventually(async () => {
      const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/orders?state=failed');
      const [order] = items;
      if (!order) throw new Error('no order has failed');
      return order;
    });
  }

  /** Has the DP at the site install it, in vain. */
  async function fail(name: string): Promise<void> {
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', `/computers?q=${name}`);
    await stack.api.ok('POST', '/computers/release', { computers: items.map(({ id }) => id) });
    const answer = await north.poll({ wait: 20 });
    const order = answer.body.orders[0]?.order;
    if (!order) throw new Error(JSON.stringify(answer));
    const failure = { code: 'DISK_FULL', native: null };
    const reports = [
      { order, state: 'accepted' },
      { order, state: 'failed', phase: 'stage', failure, log: SAID },
    ];
    expect((await north.report(reports)).status).toBe(202);
    await failedOrder();
  }
});

/** Runs a line as it was pasted, on a machine that has the agent; what it prints. */
function onMachine(line: string, folder: string): string {
  mkdirSync(folder, { mode: 0o700 });
  const agent = join(folder, 'relaypoint-dp');
  const main = join(ROOT, 'dist/apps/dp-agent/src/main.js');
  writeFileSync(agent, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(agent, 0o700);
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH']}`,
    RELAYPOINT_DP_STATE: join(folder, 'state'),
  };
  return execFileSync('sh', ['-c', line], { encoding: 'utf8', env });
}
