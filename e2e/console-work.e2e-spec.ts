import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import type { Page } from 'playwright-core';
import { TestSlapd } from '../tools/testing/directories.js';
import { eventually } from '../tools/testing/eventually.js';
import {
  axeFaults,
  chooseAction,
  ConsoleBrowser,
  demandFits,
  pick,
  SHOTS,
} from './support/console-browser.js';
import { Stack } from './support/stack.js';

const MINUTES = 60_000;
const COMPUTERS = 30;
const PAGES = [
  '',
  'computers?folder=all',
  'imports',
  'rollouts',
  'orders',
  'distribution-points',
  'join-keys',
  'accounts',
  'brakes',
  'location-rules',
  'assignment-rules',
  'client-releases',
  'directories',
  'notifications',
  'settings',
  'tenants',
  'users',
  'api-tokens',
  'dead-letters',
  'audit',
];

/** What an administrator does from the first release to the last action on a registered computer, by clicks. */
describe('the work in the console', () => {
  let stack: Stack;
  let directory: TestSlapd;
  let browser: ConsoleBrowser;
  let page: Page;

  beforeAll(async () => {
    directory = await TestSlapd.start(COMPUTERS);
    stack = await Stack.start();
    browser = await ConsoleBrowser.start(stack);
    page = await browser.signIn('en');
  }, 5 * MINUTES);

  afterAll(async () => {
    await browser?.stop();
    await stack?.stop();
    await directory?.stop();
  }, MINUTES);

  const dialog = () => page.getByRole('dialog');
  const open = (path: string) => page.goto(browser.url(path));

  it(
    'makes a client release, uploads its file and publishes it; the first one is the default',
    async () => {
      const out = join(stack.folder, 'client');
      execFileSync(process.execPath, [join(__dirname, '../tools/client-pack.mjs'), '--out', out]);
      const file = readdirSync(out).find((name) => name.endsWith('.tar.gz')) ?? '';
      await open('client-releases');
      await page.getByText('No client version yet.').waitFor();
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await dialog().getByLabel('Version').fill('7.1.0');
      await dialog().getByRole('button', { name: 'Create' }).click();
      await page.getByRole('button', { name: 'Upload linux' }).waitFor();
      await page.locator('input[type=file]').setInputFiles(join(out, file));
      await page.getByRole('cell', { name: new RegExp(`linux: ${file}`) }).waitFor();
      await page.getByRole('button', { name: 'Publish 7.1.0' }).click();
      await page.getByRole('cell', { name: '7.1.0 (default)' }).waitFor();

      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await dialog().getByLabel('Version').fill('7.0.9');
      await dialog().getByRole('button', { name: 'Create' }).click();
      await page.getByRole('button', { name: 'Actions 7.0.9' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await dialog().getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name: 'Actions 7.0.9' }).waitFor({ state: 'detached' });
    },
    5 * MINUTES,
  );

  it(
    'says for which DP an account has to be entered again, and takes it',
    async () => {
      await open('accounts');
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await dialog().getByLabel('Label').fill('Site');
      await dialog().getByLabel('User').fill('local');
      await dialog().getByLabel('Password').first().fill('never used');
      await dialog().getByRole('button', { name: 'Create' }).click();
      await page.getByRole('cell', { name: 'Site', exact: true }).waitFor();
      const root = join(stack.folder, 'computers');
      mkdirSync(root);
      const config = `${JSON.stringify({ methods: ['local'], local: { root } })}\n`;
      await stack.addDp('site', config);
      await stack.addDp('server', config);
      await open('accounts');
      await page.getByText(/^Missing for .*site/).waitFor();
      await chooseAction(page, 'Site', 'Where it is sealed');
      await dialog().getByRole('link', { name: 'site' }).waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await dialog().getByRole('button', { name: 'Re-enter' }).click();
      await dialog().getByLabel('Password').first().fill('still never used');
      await dialog().getByRole('button', { name: 'Re-enter' }).click();
      const row = page.getByRole('row', { name: /^Site local/ });
      await row.getByText(/^Missing for/).waitFor({ state: 'detached' });
      await row.getByTitle(/\bsite\b/).waitFor();
    },
    5 * MINUTES,
  );

  it(
    'imports a file that is dropped on the page',
    async () => {
      await open('imports');
      const carried = await page.evaluateHandle(`(() => {
        const carried = new DataTransfer();
        carried.items.add(new File(['Name;Description\\nPC-1;front\\nPC-2;back\\n'], 'dropped.csv', { type: 'text/csv' }));
        return carried;
      })()`);
      const place = page.getByText('Choose a file or drop it here');
      await place.dispatchEvent('dragover', { dataTransfer: carried });
      await page.getByText('Drop file to upload').dispatchEvent('drop', { dataTransfer: carried });
      await page.getByText('dropped.csv').waitFor();
      await page.getByLabel('DP', { exact: true }).selectOption('site');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('cell', { name: 'PC-2', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Import 2 computers' }).click();
      await page.getByRole('link', { name: 'Show these computers' }).click();
      await page.getByRole('link', { name: 'PC-2' }).waitFor();
      await open('imports');
      await page.getByRole('link', { name: 'dropped.csv' }).waitFor();
    },
    5 * MINUTES,
  );

  it(
    'imports from a directory, after a test that went well step by step',
    async () => {
      await open('directories');
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await dialog().getByLabel('Name').fill('Headquarters');
      await dialog().getByLabel('URL').fill(directory.fact('LDAPS_URL'));
      await dialog().getByLabel('Account to read with').fill(directory.fact('BIND_DN'));
      await dialog().getByLabel('Password').first().fill(directory.fact('PASSWORD'));
      await dialog().getByLabel('Search bases').fill(directory.fact('BASE_DN'));
      await dialog().getByLabel('Certificates to trust').fill(directory.ca);
      await dialog().getByRole('button', { name: 'Create' }).click();
      await chooseAction(page, 'Headquarters', 'Test');
      await dialog()
        .getByText(`It works: ${COMPUTERS.toLocaleString('en')} computers found.`)
        .waitFor();
      await dialog().getByRole('button', { name: 'Close' }).click();

      await open('imports');
      await page.locator('label').filter({ hasText: 'Active Directory' }).click();
      await page.getByLabel('Directory', { exact: true }).selectOption({ label: 'Headquarters' });
      await page.getByLabel('DP', { exact: true }).selectOption('site');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('button', { name: /^Import \d+ computers/ }).click();
      await page.getByText('The import is done').waitFor();
      await page.screenshot({ path: join(SHOTS, 'import-directory.png') });
      await page.getByRole('button', { name: 'Undo import' }).click();
      await dialog().getByRole('button', { name: 'Undo import' }).click();
      await page.getByText(/computers deleted, 0 kept/).waitFor();
    },
    5 * MINUTES,
  );

  it(
    'sets a value for one DP, reached from it, and leaves the others alone',
    async () => {
      await open('distribution-points');
      await page.getByRole('button', { name: 'Actions site' }).click();
      await page.getByRole('menuitem', { name: 'Settings' }).click();
      await page.getByRole('button', { name: 'Change Poll interval' }).click();
      await dialog().getByLabel('Poll interval').fill('5');
      await dialog().getByRole('button', { name: 'Change' }).click();
      const row = page.getByRole('row', { name: /^Poll interval/ });
      await row.getByText('DP site', { exact: true }).waitFor();
      await pick(page, /^Applies to/, 'every', 'Everything');
      await row.getByText('default', { exact: true }).waitFor();
      await open('distribution-points?state=pending');
      await page.getByText('No distribution point is in this state.').waitFor();
    },
    5 * MINUTES,
  );

  it(
    'acts on a registered computer: restart, reachability, client again, client away',
    async () => {
      await open('computers');
      await page.getByRole('checkbox', { name: 'Select all' }).check();
      await page.getByRole('button', { name: 'Release', exact: true }).click();
      await dialog().getByRole('button', { name: 'Release (2)' }).click();
      await dialog().getByRole('link', { name: 'PC-1' }).click();
      const act = async (name: string): Promise<void> => {
        await page.getByRole('button', { name, exact: true }).click();
        await dialog().getByRole('button', { name, exact: true }).click();
        await dialog().waitFor({ state: 'hidden' });
      };
      await page.getByRole('heading', { name: /PC-1\s*waiting for restart/ }).waitFor();
      await page.getByText('The client has registered.').first().waitFor();
      await act('Restart');
      await page.getByRole('heading', { name: /PC-1\s*ready/ }).waitFor();
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await dialog().getByLabel('Description').fill('front desk');
      await dialog().getByRole('button', { name: 'Edit' }).click();
      await page.getByRole('row', { name: 'Description front desk' }).waitFor();
      await act('Check reachability');
      await page.getByRole('row', { name: /^Last reachability check reachable \(Server DP/ }).waitFor();
      await act('Install client again');
      await page.getByText('Reinstallation order').waitFor();
      // the new client registers, and only then can it be taken away
      await page.getByText('The client has registered').nth(1).waitFor();
      await act('Uninstall client');
      await page.getByText('CLIENT_UNINSTALLED').waitFor();
      await page.screenshot({ path: join(SHOTS, 'computer-actions.png'), fullPage: true });
    },
    8 * MINUTES,
  );

  it(
    'shows what became of each attempt of an order, and searches what the installer said',
    async () => {
      await open('computers?folder=all');
      await page.getByRole('link', { name: 'PC-1', exact: true }).click();
      await page.getByRole('link', { name: 'dropped.csv, line 2' }).waitFor();
      await page.getByLabel('Search the timeline').fill('released by admin');
      await page.getByRole('link', { name: 'Show the order' }).click();
      await page.getByRole('heading', { level: 1, name: /^Install order: PC-1\s*succeeded/ }).waitFor();
      const attempt = page.getByRole('article', { name: 'Attempt 1' });
      const output = attempt.getByRole('region', { name: 'Installer output: Attempt 1' });
      const said = (await output.innerText()).trim();
      expect(said).not.toBe('');
      const word = /[a-z]{4,}/i.exec(said)?.[0] ?? '';
      await attempt.getByLabel('Search the output').fill(word.toUpperCase());
      const hits = said.toLowerCase().split(word.toLowerCase()).length - 1;
      await attempt.getByText(`1 of ${hits}`, { exact: true }).waitFor();
      expect(await output.locator('mark').count()).toBe(hits);
      const download = page.waitForEvent('download');
      await attempt.getByRole('button', { name: 'Download' }).click();
      expect((await download).suggestedFilename()).toBe('PC-1-1.log');
    },
    5 * MINUTES,
  );

  it(
    'shows a message that nobody could use, and discards it',
    async () => {
      const connection = await connect(stack.ground.amqpUrl, { noDelay: true });
      const channel = await connection.createConfirmChannel();
      channel.sendToQueue('relaypoint.status', Buffer.from('not a report'), { persistent: true });
      await channel.waitForConfirms();
      await connection.close();
      await open('dead-letters');
      const row = page.getByRole('row', { name: /relaypoint\.status\.dead/ });
      await eventually(
        async () => {
          await page.reload();
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
          if (!(await row.isVisible())) throw new Error('it is not there yet');
        },
        { timeoutMs: 2 * MINUTES },
      );
      await chooseAction(row, 'relaypoint.status.dead', 'Delete');
      await dialog().getByText('not a report').waitFor();
      await dialog().getByRole('button', { name: 'Delete' }).click();
      await page.getByText('No dead letters').waitFor();
    },
    5 * MINUTES,
  );

  it(
    'makes, renames and deletes a tenant, says why one with computers stays, and has all of it in the audit',
    async () => {
      await open('tenants');
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await dialog().getByLabel('ID').fill('north');
      await dialog().getByLabel('Name').fill('North');
      await dialog().getByRole('button', { name: 'Create' }).click();
      await chooseAction(page, 'North', 'Change');
      await dialog().getByLabel('Name').fill('Northern sites');
      await dialog().getByRole('button', { name: 'Change' }).click();
      await page.getByRole('cell', { name: 'Northern sites', exact: true }).waitFor();
      await chooseAction(page, 'Default', 'Delete');
      await dialog().getByRole('button', { name: 'Delete' }).click();
      await dialog().getByRole('alert').waitFor();
      await dialog().getByRole('button', { name: 'Close' }).last().click();
      await chooseAction(page, 'Northern sites', 'Delete');
      await dialog().getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name: 'Actions Northern sites' }).waitFor({ state: 'detached' });
      await open('audit');
      for (const action of ['tenant.deleted', 'tenant.created', 'dead-letter.discarded'])
        await page.getByRole('cell', { name: action }).first().waitFor();

      await page.getByRole('button', { name: 'admin changed tenant Northern sites' }).click();
      const row = dialog().getByRole('row').filter({ hasText: 'Northern sites' });
      expect(await row.innerText()).toMatch(/^Name name\s+North → Northern sites$/);
      await dialog().getByRole('button', { name: 'Close' }).click();
      await page.getByRole('button', { name: 'tenant.changed', exact: true }).first().click();
      await page.getByRole('button', { name: 'Action: tenant.changed ✕' }).waitFor();
      await page.getByRole('cell', { name: 'tenant.deleted' }).first().waitFor({ state: 'detached' });
      expect(new URL(page.url()).searchParams.get('action')).toBe('tenant.changed');
      const csv = page.getByRole('link', { name: 'Download as CSV' });
      expect(await csv.getAttribute('href')).toContain('action=tenant.changed');
      await page.getByLabel('Time').selectOption('7');
      await page.getByRole('cell', { name: 'tenant.changed' }).first().waitFor();
      await page.getByLabel('Until').fill('2020-01-01T08:00');
      await page.getByText('Nothing matches this filter.').waitFor();
      expect(new URL(page.url()).searchParams.get('days')).toBeNull();
      await page.getByLabel('Until').fill('');
      await page.getByLabel('From').fill('2020-01-01T08:00');
      await page.getByRole('cell', { name: 'tenant.changed' }).first().waitFor();
      await page.reload();
      await page.getByRole('cell', { name: 'tenant.changed' }).first().waitFor();
      expect(await page.getByLabel('From').inputValue()).toBe('2020-01-01T08:00');
    },
    5 * MINUTES,
  );

  it(
    'is worked with by the keyboard alone',
    async () => {
      await open('');
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      const link = page.getByRole('link', { name: 'Computers', exact: true });
      const press = async (until: () => Promise<boolean>): Promise<void> => {
        for (let tries = 0; tries < 80 && !(await until()); tries += 1) await page.keyboard.press('Tab');
        expect(await until()).toBe(true);
      };
      const focused = (text: string) => async (): Promise<boolean> =>
        (await page.evaluate<string>(`document.activeElement.textContent`)).trim() === text;
      await press(focused('Computers'));
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Computers' }).waitFor();
      expect(await link.getAttribute('aria-current')).toBe('page');
      await open('computers?folder=all');
      await page.getByRole('link', { name: 'PC-1' }).waitFor();
      await press(focused('PC-1'));
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: /PC-1/ }).waitFor();
      await press(focused('Check reachability'));
      await page.keyboard.press('Enter');
      await dialog().waitFor();
      await page.keyboard.press('Escape');
      await dialog().waitFor({ state: 'hidden' });
      expect(await focused('Check reachability')()).toBe(true);
    },
    5 * MINUTES,
  );

  it.each([
    ['en', 'light'],
    ['de', 'dark'],
    ['en', 'dark'],
    ['de', 'light'],
  ] as const)(
    'has no fault that axe finds, and no page wider than a telephone (%s, %s)',
    async (language, colorScheme) => {
      const other = await browser.signIn(language);
      await other.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/imports?limit=1');
      const computers = await stack.api.ok<{ items: { id: string }[] }>(
        'GET',
        '/computers?folder=all&limit=1',
      );
      const [dps, directories] = await Promise.all(
        ['distribution-points', 'directories'].map((name) =>
          stack.api.ok<{ items: { id: string }[] }>('GET', `/${name}?limit=1`),
        ),
      );
      const orders = await stack.api.ok<{ items: { id: string }[] }>('GET', '/orders?limit=1');
      const single = [
        `orders/${orders.items[0]?.id}`,
        `imports/${items[0]?.id}`,
        `computers/${computers.items[0]?.id}`,
        `distribution-points/${dps?.items[0]?.id}`,
        `directories/${directories?.items[0]?.id}`,
      ];
      const faults: string[] = [];
      for (const path of [...PAGES, ...single]) {
        await other.setViewportSize({ width: 1280, height: 800 });
        await other.goto(browser.url(path));
        await other.getByRole('heading', { level: 1 }).waitFor();
        await other.locator('[aria-busy=true]').waitFor({ state: 'detached' });
        faults.push(...(await axeFaults(other)));
        await other.setViewportSize({ width: 390, height: 800 });
        await demandFits(other);
        const name = path.split(/[?/]/)[0] || 'overview';
        await other.screenshot({ path: join(SHOTS, `telephone-${name}-${language}-${colorScheme}.png`) });
      }
      expect(faults).toEqual([]);
      await other.context().close();
    },
    8 * MINUTES,
  );

  it('threw nowhere and asked no other host', () => {
    expect(browser.faults).toEqual([]);
  });
});
