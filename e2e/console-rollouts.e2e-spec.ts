import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { startFleet, type Fleet } from '../tools/fleet/fleet.ts';
import { axeFaults, ConsoleBrowser, demandFits, SHOTS } from './support/console-browser.js';
import { demandWords } from './support/plain-words.js';
import { Stack } from './support/stack.js';

const COMPUTERS = 24;
const MINUTES = 60_000;
/** By their ids. */
const DPS = { 'branch-1': 'Harbour', 'branch-2': 'Old mill' };
/** Pages of things of which there are many or none. */
const LISTS = [
  '',
  'computers?folder=all',
  'rollouts',
  'orders',
  'orders?failure=INSTALLER_FAILED',
  'distribution-points',
  'join-keys',
  'accounts',
  'brakes',
  'location-rules',
  'assignment-rules',
  'client-releases',
  'directories',
  'settings',
  'notifications',
  'tenants',
  'users',
  'api-tokens',
  'dead-letters',
  'audit',
  'imports',
];
const WIDTHS = [1440, 390] as const;

/** A newcomer finds, starts, stops and explains a rollout by what the console offers; its sites are simulated. */
describe('rollouts in the console', () => {
  let stack: Stack;
  let fleet: Fleet;
  let browser: ConsoleBrowser;
  let page: Page;
  let dialog: Locator;

  beforeAll(async () => {
    stack = await Stack.start();
    fleet = await startFleet(
      {
        server: stack.serverUrls[0] ?? '',
        token: stack.token,
        prefix: 'branch',
        version: '9.9-bad',
        dps: 2,
        computers: COMPUTERS,
        fail: 100,
        failCodes: ['INSTALLER_FAILED'],
        off: 0,
        silent: 0,
        unregistered: 0,
        restart: 0,
        seconds: 0.5,
        capacity: 10,
        restarts: 0,
        for: 0,
      },
      () => undefined,
    );
    for (const [dp, name] of Object.entries(DPS))
      await stack.api.ok('PATCH', `/distribution-points/${dp}`, { name });
    browser = await ConsoleBrowser.start(stack);
    page = await browser.signIn('en');
    dialog = page.getByRole('dialog');
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.stop();
    await fleet?.stop();
    await stack?.stop();
  }, MINUTES);

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const confirm = (name: string): Promise<void> => dialog.getByRole('button', { name, exact: true }).click();
  const wave = (number: number): Locator =>
    page
      .getByRole('list', { name: 'Waves' })
      .getByRole('listitem')
      .nth(number - 1);

  it(
    'is found in the menu, says beforehand what would come of it, and starts at a time of its own',
    async () => {
      await page.getByRole('link', { name: 'Rollouts', exact: true }).click();
      await page.getByRole('link', { name: 'Select computers' }).click();
      await page.getByText(`${COMPUTERS} entries`).waitFor();
      await page.getByRole('checkbox', { name: 'All loaded rows' }).check();
      await button('Start a rollout').click();
      const plan = dialog.getByRole('group', { name: 'What will happen' });
      await plan.getByText(`${COMPUTERS} computers`).waitFor();
      await plan.getByText('Waves: 5 · 2 · 17').waitFor();
      await dialog.getByLabel('Computers in the first wave').fill('4');
      await plan.getByText('Waves: 4 · 2 · 18').waitFor();
      await plan.getByText('DP Harbour: 12').waitFor();
      await dialog.getByLabel('Name').fill('Before the holidays');
      await dialog.getByLabel('Client version').selectOption('9.9-bad');
      await dialog.getByLabel('Begins', { exact: true }).fill('2099-01-01T20:00');
      expect(await axeFaults(page)).toEqual([]);
      await page.screenshot({ path: join(SHOTS, 'rollout-new.png') });
      await confirm('Start');
      await page.getByRole('heading', { name: 'Before the holidays' }).waitFor();
    },
    2 * MINUTES,
  );

  it(
    'leaves out waves and computers, moves others, and begins when a person says so',
    async () => {
      await wave(2)
        .getByRole('button', { name: /^Leave out/ })
        .click();
      await dialog.getByText(/^2 computers of this wave/).waitFor();
      await confirm('Leave out');
      await wave(2).getByText('Left out: 2').waitFor();
      await page
        .getByRole('table', { name: 'Computers of the rollout' })
        .getByRole('checkbox')
        .nth(1)
        .check();
      await button('Move to another wave').click();
      await dialog.getByLabel('Wave').selectOption('Wave 3');
      await confirm('Move to another wave');
      await wave(3).getByText('Waiting: 19').waitFor();
      await button('Pause').click();
      await dialog.getByLabel('Reason').fill('not before lunch');
      await confirm('Pause');
      await page.getByText('not before lunch').waitFor();
      await button('Resume').click();
      await confirm('Resume');
      await button('Change the start').click();
      await confirm('Change');
      await wave(1).getByText('Failed: 3').waitFor();
    },
    2 * MINUTES,
  );

  it(
    'stops by itself, and says why, with what the computers said and what may be done',
    async () => {
      await page
        .getByRole('status')
        .getByText('The wave has not proved itself')
        .or(page.getByText('It stopped itself'))
        .first()
        .waitFor();
      const causes = page.getByRole('region', { name: 'Commonest failures so far' });
      await causes.getByText('INSTALLER_FAILED').waitFor();
      await causes.getByText(/Fatal error during installation/).waitFor();
      await page.getByText(/Requested by: admin/).waitFor();
      expect(await axeFaults(page)).toEqual([]);
      const href = await page.getByRole('link', { name: 'Report (CSV)' }).getAttribute('href');
      const csv = await page.request.get(new URL(href ?? '', page.url()).href);
      expect((await csv.text()).trim().split('\r\n')).toHaveLength(COMPUTERS + 1);
    },
    2 * MINUTES,
  );

  it(
    'says by words what has a name, on every page, and codes only small beside them',
    async () => {
      const [, id = ''] = /rollouts\/(.+)$/.exec(page.url()) ?? [];
      const first = async (list: string): Promise<Record<string, string>> =>
        (await stack.api.ok<{ items: Record<string, string>[] }>('GET', list)).items[0] ?? {};
      const { computer, order } = await first(`/rollouts/${id}/members?state=failed&limit=1`);
      const run = await first('/imports?limit=1');
      const brake = await stack.api.ok<{ id: string }>('POST', '/brakes', {
        scope: { account: (await first('/accounts?limit=1'))['id'], dp: 'branch-2' },
        reason: 'looked at by hand',
      });
      const ones = [
        `computers/${computer}`,
        `rollouts/${id}`,
        `orders/${order}`,
        'distribution-points/branch-1',
        `imports/${run['id']}`,
        `orders?brake=${brake.id}&computer=${computer}`,
      ];
      for (const language of ['en', 'de'] as const) {
        await page.evaluate((to) => localStorage.setItem('relaypoint.language', to), language);
        for (const path of [...LISTS, ...ones]) {
          await page.goto(browser.url(path));
          await page.getByRole('heading', { level: 1 }).waitFor();
          // what the audit log, files and machines called things stands as they did
          const isQuoted = path === 'audit' || /^(?:computers|distribution-points|imports)\//.test(path);
          await demandWords(page, isQuoted ? [] : Object.keys(DPS));
        }
      }
      await page.evaluate(() => localStorage.setItem('relaypoint.language', 'en'));
      await page.goto(browser.url(`rollouts/${id}`));
      const causes = page.getByRole('region', { name: 'Commonest failures so far' });
      await causes.getByRole('heading', { name: 'The installer ended with an error' }).waitFor();
    },
    3 * MINUTES,
  );

  it(
    'fits on wide and narrow screens in both languages, and on paper without what can be clicked',
    async () => {
      const [, id = ''] = /rollouts\/(.+)$/.exec(page.url()) ?? [];
      const { items: members } = await stack.api.ok<{ items: { computer: string }[] }>(
        'GET',
        `/rollouts/${id}/members?limit=1&wave=0`,
      );
      for (const language of ['en', 'de'] as const) {
        await page.evaluate((to) => localStorage.setItem('relaypoint.language', to), language);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
          for (const [name, path] of [
            ['list', 'rollouts'],
            ['one', `rollouts/${id}`],
            ['computer', `computers/${members[0]?.computer}`],
          ] as const) {
            await page.goto(browser.url(path));
            await page.getByRole('heading', { level: 1 }).waitFor();
            await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
            await page.screenshot({
              path: join(SHOTS, `rollout-${name}-${language}-${width}.png`),
              fullPage: true,
            });
            await demandFits(page);
          }
        }
      }
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.evaluate(() => localStorage.setItem('relaypoint.language', 'en'));
      await page.goto(browser.url(`rollouts/${id}`));
      await button('Resume').waitFor();
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('navigation').isVisible()).toBe(false);
      expect(await page.getByRole('button').count()).toBe(0);
      await page.getByRole('table').getByText('INSTALLER_FAILED').first().waitFor();
      await page.screenshot({ path: join(SHOTS, 'rollout-paper.png'), fullPage: true });
      await page.emulateMedia({ media: null });
    },
    2 * MINUTES,
  );

  it(
    'is ended, and what failed is tried again as a rollout of its own',
    async () => {
      await button('Abort rollout').click();
      await dialog.getByLabel('Reason').fill('a bad version');
      await confirm('Abort rollout');
      await button('Retry what failed').click();
      await page.getByRole('link', { name: 'Retries what failed in an earlier rollout' }).waitFor();
      await page.getByRole('link', { name: 'Rollouts', exact: true }).click();
      await page.getByRole('link', { name: 'Before the holidays' }).nth(1).waitFor();
    },
    2 * MINUTES,
  );

  it('threw nowhere and asked no other host', () => {
    expect(browser.faults).toEqual([]);
  });
});
