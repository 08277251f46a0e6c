import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { createConnection } from 'mongoose';
import { eventually } from '../tools/testing/eventually.js';
import { axeFaults, ConsoleBrowser, demandPage, pick, SHOTS } from './support/console-browser.js';
import { ForeignDp } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';

const COMPUTERS = 1000;
const MINUTES = 60_000;

/** Windows-1252, semicolons, a column that nobody knows, and faults in four rows. */
const FAULTY = Buffer.from(
  [
    'Rechner;DNSHostName;Beschreibung;Zweigstelle',
    'B\xfcro-01;buero-01.site.test;Empfang;1',
    'GUT-01;gut-01.site.test;Lager;1',
    ';ohne-namen.site.test;Lager;2',
    'GUT-01;gut-01.site.test;doppelt;2',
    'mit leerzeichen;x.site.test;Lager;3',
  ].join('\r\n'),
  'latin1',
);

/** Lists with something in them. */
const FITTING = [
  'computers?folder=all&text=arbeitsplatz',
  'orders?sort=-createdAt',
  'distribution-points',
  'accounts',
  'imports',
  'users',
  'tenants',
  'client-releases',
  'audit',
];
/** What is wrong with the list on a page: columns out of sight, a name that is cut, a row of another height. */
const MISFITS = `(() => {
  const list = document.querySelector('[role=table]');
  const rows = [...list.querySelectorAll('[role=row]')].slice(1);
  // a computer that is gone has its id alone, which says nothing and may give way to names
  const cells = rows.map((row) => row.querySelector('[role=cell]:not(:has(input))')).filter((one) => !one.querySelector('[data-code]'));
  return [
    ...(list.scrollWidth > list.clientWidth ? ['columns out of sight: ' + list.scrollWidth] : []),
    ...cells.filter((one) => one.scrollWidth > one.clientWidth).map((one) => 'cut: ' + one.textContent),
    ...rows.filter((one) => one.offsetHeight !== 32).map((one) => one.offsetHeight + ' high'),
  ];
})()`;

/** Long lists and what is done to many at once, by clicks, against the whole product. */
describe('lists of the console', () => {
  let stack: Stack;
  let browser: ConsoleBrowser;
  let page: Page;

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.publishClient();
    browser = await ConsoleBrowser.start(stack);
    page = await browser.signIn('en');
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.stop();
    await stack?.stop();
  }, MINUTES);

  /** Waits until these columns stand in this order. */
  const headings = (wanted: readonly string[], of: Page = page): Promise<void> =>
    eventually(async () => {
      const said = await of.getByRole('columnheader').filter({ hasText: /./ }).allInnerTexts();
      expect(said.map((one) => one.replace(/\s*[↑↓]$/, ''))).toEqual([...wanted, 'Actions']);
    });

  it(
    'enables a distribution point only with the fingerprint that it shows',
    async () => {
      await page.goto(browser.url('distribution-points'));
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByLabel('ID').fill('branch');
      await page.getByRole('dialog').getByLabel('Name').fill('Branch');
      await page.getByRole('dialog').getByRole('button', { name: 'Clear the choice' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      await page.getByRole('dialog').getByText('Container', { exact: true }).click();
      await page.getByText(/^docker run .* join --gateway/).waitFor();
      await page.getByText('Agent installed already').click();
      const command = await page.getByText('relaypoint-dp join').innerText();
      const token = / --token (\S+)/.exec(command)?.[1] ?? '';
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      const dp = new ForeignDp('branch', stack.gatewayUrls[0] ?? '');
      expect((await dp.enrol(token)).status).toBe(201);

      await page.getByRole('button', { name: 'Enable Branch' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(dp.fingerprint).waitFor();
      await dialog.getByRole('textbox').fill('SHA256:another');
      await dialog.getByRole('button', { name: 'Enable' }).click();
      await dialog.getByRole('alert').waitFor();
      await dialog.getByRole('textbox').fill(dp.fingerprint);
      await dialog.getByRole('button', { name: 'Enable' }).click();
      await page.getByRole('button', { name: 'Enable Branch' }).waitFor({ state: 'detached' });

      await page.getByRole('button', { name: 'Actions Branch' }).click();
      await page.getByRole('menuitem', { name: 'Disable' }).waitFor();
      await demandPage(page);
      await page.getByRole('menuitem', { name: 'Change' }).click();
      await dialog.getByLabel('Name').fill('Harbour');
      await dialog.getByRole('button', { name: 'Change' }).click();
      // what closes gives the focus back, which would close a menu that is open by then
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Actions Harbour' }).waitFor();
      // the entry of the menu is gone: the focus goes back to the menu's button
      await page.getByRole('button', { name: 'Actions Harbour' }).press('Enter');
      await page.getByRole('menuitem', { name: 'Change' }).press('Enter');
      await dialog.getByLabel('Name').press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await page.locator('button[aria-label="Actions Harbour"]:focus').waitFor();

      // its own page, found by search, and clicked while that is still on its way: the row stays under the pointer
      let answer = (): void => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route(/distribution-points\?.*q=harb/, async (route) => {
        await held;
        await route.continue();
      });
      const harbour = page.getByRole('link', { name: 'Harbour', exact: true });
      const { x = 0, y = 0 } = (await harbour.boundingBox()) ?? {};
      await page.getByRole('textbox', { name: 'Name, FQDN or address' }).fill('harb');
      await page.mouse.move(x + 5, y + 5);
      await page.mouse.down();
      await page.mouse.up();
      await page.getByRole('heading', { name: /Harbour\s*enabled/ }).waitFor();
      await page.goBack();
      // what was searched for is there again; until it is found there is nothing to show
      await page.locator('[aria-busy=true]').waitFor();
      expect(page.url()).toContain('q=harb');
      answer();
      await harbour.waitFor();
      await page.unroute(/distribution-points\?.*q=harb/);
      await harbour.click();
      await page.getByRole('heading', { name: /Harbour\s*enabled/ }).waitFor();
      await page.getByRole('region', { name: 'Health' }).getByText(dp.fingerprint).waitFor();
      await page.getByRole('region', { name: 'Settings' }).getByText('Poll interval').waitFor();
      await page.getByRole('region', { name: 'Location rules' }).getByText('No location rule').waitFor();
      await page.getByRole('region', { name: 'Accounts' }).getByText('No account').waitFor();
    },
    5 * MINUTES,
  );

  it(
    'imports a file with faults: columns set right, rejected rows to take home, and all of it undone',
    async () => {
      await page.goto(browser.url('imports'));
      const foreign = Buffer.from('Kiste;Etage\nK-01;1\nK-02;2\n');
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'foreign.csv', mimeType: 'text/csv', buffer: foreign });
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByText('NO_NAME_COLUMN').waitFor();
      const columns = page.getByRole('table', { name: 'Columns of the file' });
      await columns.getByRole('cell', { name: 'K-02' }).waitFor();
      await page.getByLabel('Kiste is taken as').selectOption({ label: 'Name' });
      await page.getByRole('button', { name: 'Re-read' }).click();
      await page.getByRole('cell', { name: 'K-01', exact: true }).first().waitFor();
      await page.getByRole('button', { name: 'Discard' }).click();

      // before it is known for which tenant, there is nothing to send
      let answer = (): void => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route(/\/api\/v1\/tenants/, async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(browser.url('imports'));
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'faulty.csv', mimeType: 'text/csv', buffer: FAULTY });
      await page.getByText('faulty.csv').first().waitFor();
      expect(await page.getByRole('button', { name: 'Preview' }).isDisabled()).toBe(true);
      answer();
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByText('Detected in the file').waitFor();
      expect(await page.getByLabel('Encoding').inputValue()).toBe('windows-1252');
      expect(await page.getByLabel('Delimiter').inputValue()).toBe(';');
      const name = page.getByLabel('Rechner is taken as');
      if ((await name.inputValue()) !== 'name') {
        await name.selectOption({ label: 'Name' });
        await page.getByRole('button', { name: 'Re-read' }).click();
      }
      await page.getByRole('cell', { name: 'GUT-01', exact: true }).first().waitFor();
      await page
        .locator('label')
        .filter({ hasText: /^rejected/ })
        .click();
      await page.getByText('GUT-01').first().waitFor();
      await page.screenshot({ path: join(SHOTS, 'import-faults.png') });
      expect(await axeFaults(page)).toEqual([]);

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download rejected rows' }).click(),
      ]);
      expect(readFileSync(await download.path(), 'utf8')).toContain('GUT-01;gut-01.site.test;doppelt');

      // nothing names a DP: the commit asks
      await page.getByRole('button', { name: /^Import \d/ }).click();
      await page.getByRole('dialog').getByLabel('The server DP installs them directly').check();
      await page.getByRole('dialog').getByRole('button', { name: 'Import anyway' }).click();
      await page.getByText('The import is done').waitFor();
      await page.getByRole('link', { name: 'Show these computers' }).click();
      await page.getByRole('link', { name: 'GUT-01' }).waitFor();
      await page.goBack();
      await page.getByRole('button', { name: 'Undo import' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Undo import' }).click();
      await page.getByText(/computers deleted, 0 kept/).waitFor();
      await page.goto(browser.url('computers?folder=all'));
      await page.getByText('No computers yet').waitFor();
    },
    5 * MINUTES,
  );

  it(
    'releases a thousand computers with one step, counted before and told one by one after',
    async () => {
      await stack.api.ok('POST', '/accounts', {
        label: 'Site',
        tenant: 'default',
        username: 'local',
        password: 'never used',
        order: 1,
        scope: 'all',
      });
      const rows = Array.from({ length: COMPUTERS }, (_, i) => `PC-${String(i).padStart(4, '0')}`);
      await stack.importCsv(`name\n${rows.join('\n')}\n`, 'branch');
      await page.goto(browser.url('computers'));
      await page.getByRole('checkbox', { name: 'Select all' }).check();
      await page
        .getByRole('button', { name: `Select all ${COMPUTERS.toLocaleString('en')} matches` })
        .click();
      await page.getByRole('button', { name: 'Release', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Release 1,000 computers at once?').waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await page.screenshot({ path: join(SHOTS, 'rollout-offer.png') });
      await dialog.getByRole('button', { name: 'Release all at once' }).click();
      await dialog.getByText('DP Harbour: 1,000').waitFor();
      await page.screenshot({ path: join(SHOTS, 'bulk-preview.png') });
      await dialog.getByRole('button', { name: 'Release (1,000)' }).click();
      await dialog.getByText('1,000 done, 0 refused.').waitFor();
      await dialog.getByText('put on the queue of DP Harbour').first().waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await page.screenshot({ path: join(SHOTS, 'bulk-outcome.png') });
      await dialog.getByRole('button', { name: 'Close' }).last().click();
      const { total } = await stack.api.ok<{ total: number }>('GET', '/orders?dp=branch&limit=1');
      expect(total).toBe(COMPUTERS);
    },
    8 * MINUTES,
  );

  it(
    'keeps only the rows on screen, however far one scrolls',
    async () => {
      await page.goto(browser.url('computers?folder=all'));
      const table = page.getByRole('table', { name: 'Computers' });
      await table.getByRole('link', { name: 'PC-0000' }).waitFor();
      await eventually(
        async () => {
          await table.press('End');
          if (!(await table.getByRole('link', { name: 'PC-0999' }).isVisible()))
            throw new Error('more to come');
        },
        { timeoutMs: 2 * MINUTES },
      );
      expect(await table.getByRole('row').count()).toBeLessThan(100);
      await table.getByRole('button', { name: 'Name' }).click();
      await table.getByRole('columnheader', { name: 'Name' }).getByText('↓').waitFor();
    },
    3 * MINUTES,
  );

  it(
    'shows the search of the address, and ticks nothing that another filter had ticked',
    async () => {
      await page.goto(browser.url('computers?folder=all&text=PC-00'));
      await page.getByText('100 entries').waitFor();
      await page.getByRole('checkbox', { name: 'Select all' }).check();
      await page.getByText('100 selected').waitFor();
      // without a filter the list opens with what needs somebody, else with what is not registered yet: which one it is hangs
      // on how long the orders have waited for a DP that is silent
      const looked = page.waitForResponse(/\/computers\?attention=true&limit=1&/);
      await page.getByRole('navigation').getByRole('link', { name: 'Computers' }).click();
      const { items } = (await (await looked).json()) as { items: unknown[] };
      const folder = items.length > 0 ? 'attention' : 'unregistered';
      await page.locator(`input[type=radio][value=${folder}]:checked`).waitFor({ state: 'attached' });
      expect(await page.getByLabel('Name, address, OS, description, OU').inputValue()).toBe('');
      expect(await page.getByText('100 selected').count()).toBe(0);
      await page.goBack();
      await page.getByText('100 entries').waitFor();
      expect(await page.getByLabel('Name, address, OS, description, OU').inputValue()).toBe('PC-00');
      // the rows stay until those of the next search are there, and none of them is ticked for it
      let answer = (): void => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route(/\/computers\?.*text=PC-0123/, async (route) => {
        await held;
        await route.continue();
      });
      const table = page.getByRole('table', { name: 'Computers' });
      await page.getByLabel('Name, address, OS, description, OU').fill('PC-0123');
      await page.locator('[role=table][aria-busy=true]').waitFor();
      await table.getByRole('link', { name: 'PC-0001' }).waitFor();
      expect(await page.getByRole('checkbox', { name: 'Select all' }).isDisabled()).toBe(true);
      answer();
      await table.getByRole('link', { name: 'PC-0123' }).waitFor();
      expect(await table.getByRole('link', { name: 'PC-0001' }).count()).toBe(0);
      await page.unroute(/\/computers\?.*text=PC-0123/);
      await page.goto(browser.url('computers?folder=registered'));
      await page.getByText('Nothing matches this filter.').waitFor();
      await page.goto(browser.url('computers/nobody'));
      await page.getByText('There is no such computer.').waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await page.getByRole('link', { name: '← Computers' }).click();
      await page.getByLabel('Name, address, OS, description, OU').waitFor();
    },
    3 * MINUTES,
  );

  it(
    'cancels what was released, in German, and says what it left alone',
    async () => {
      const german = await browser.signIn('de');
      await german.goto(browser.url('computers?folder=all&text=PC-00'));
      await german.getByRole('checkbox', { name: 'Alle geladenen Zeilen' }).check();
      await german.getByRole('button', { name: 'Auftrag abbrechen', exact: true }).click();
      const dialog = german.getByRole('dialog');
      await dialog.getByText('DP Harbour: 100').waitFor();
      await dialog.getByRole('button', { name: 'Auftrag abbrechen (100)' }).click();
      await dialog.getByText('100 erledigt, 0 abgelehnt.').waitFor();
      await dialog.getByText('Der Auftrag ist abgebrochen.').first().waitFor();
      await dialog.getByRole('button', { name: 'Schließen' }).last().click();
      await german.getByRole('checkbox', { name: 'Alle geladenen Zeilen' }).check();
      await german.getByRole('button', { name: 'Auftrag abbrechen', exact: true }).click();
      await dialog.getByText('ohne passenden Auftrag: 100').waitFor();
      expect(await dialog.getByRole('button', { name: 'Auftrag abbrechen (0)' }).isDisabled()).toBe(true);
      await dialog.getByRole('button', { name: 'Abbrechen', exact: true }).last().click();
      await german.getByRole('button', { name: 'Löschen', exact: true }).click();
      await dialog.getByRole('button', { name: 'Löschen (100)' }).click();
      await dialog.getByText('100 erledigt, 0 abgelehnt.').waitFor();
      await dialog.getByRole('button', { name: 'Schließen' }).last().click();
      await german.getByText('Nichts passt zur Suche.').waitFor();
      await german.goto(browser.url('imports'));
      await german.getByRole('link', { name: 'faulty.csv' }).click();
      await german
        .getByText(/Zeile 5: Doppelt, wie Zeile 3/)
        .first()
        .waitFor();
      await german.context().close();
    },
    5 * MINUTES,
  );

  it(
    'counts what was ticked as it stands now, not as it stood then',
    async () => {
      await page.route(/\/api\/v1\/events/, (route) => route.abort());
      await page.goto(browser.url('computers?folder=all&text=PC-01'));
      await page.getByRole('checkbox', { name: 'Select all' }).check();
      const { items } = await stack.api.ok<{ items: { openOrder: { id: string } }[] }>(
        'GET',
        '/computers?q=PC-01&limit=100',
      );
      await stack.api.ok('POST', '/orders/cancel', { orders: items.map(({ openOrder }) => openOrder.id) });
      await page.getByRole('button', { name: 'Cancel order', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('without a matching order: 100').waitFor();
      await dialog.getByRole('button', { name: 'Cancel', exact: true }).last().click();
      await page.unroute(/\/api\/v1\/events/);
    },
    3 * MINUTES,
  );

  it(
    'shows the orders per hour and their computers by name',
    async () => {
      await page.goto(browser.url(''));
      for (const sum of ['1,000 released', '0 succeeded']) await page.getByText(sum).waitFor();
      await page.getByRole('img', { name: 'Orders per hour, last two days' }).locator('canvas').waitFor();
      await page.screenshot({ path: join(SHOTS, 'overview-plot.png'), fullPage: true });
      await page.goto(browser.url('computers'));
      await page.getByLabel('State', { exact: true }).selectOption('releasing');
      await page.getByLabel('DP', { exact: true }).selectOption('branch');
      await page.getByText('800 entries').waitFor();
      expect(page.url()).toContain('state=releasing');
      await page.getByLabel('DP', { exact: true }).selectOption('server');
      await page.getByText('Nothing matches this filter.').waitFor();
      await page.goto(browser.url('orders?state=cancelled'));
      await page.getByText('200 entries').waitFor();
      await page.goto(browser.url('orders?dp=branch&state=queued'));
      await page.getByRole('link', { name: /^PC-0/ }).first().waitFor();
      // DPs and what narrows a list stand there by name; an order leads to its page
      await page.getByRole('cell', { name: 'Harbour' }).first().waitFor();
      const { items } = await stack.api.ok<{
        items: { id: string; computer: string; computerName: string }[];
      }>('GET', '/orders?dp=branch&state=queued&limit=1');
      const [order] = items;
      await page.goto(browser.url(`orders?computer=${order?.computer}`));
      await page.getByRole('button', { name: `Computer: ${order?.computerName}` }).waitFor();
      await demandPage(page);
      await page.getByRole('button', { name: `Actions ${order?.computerName}` }).click();
      await page.getByRole('menuitem', { name: 'Show the order' }).waitFor();
      await demandPage(page);
      await page.keyboard.press('Escape');
      await page
        .getByRole('cell', { name: /^installation/i })
        .getByRole('link')
        .click();
      await page.waitForURL(new RegExp(`/orders/${order?.id}$`));
      await page
        .getByRole('heading', { level: 1, name: new RegExp(order?.computerName ?? 'none') })
        .waitFor();
      await demandPage(page);
    },
    3 * MINUTES,
  );

  it(
    'releases a computer for later with a chosen client release, and deletes it with its order',
    async () => {
      await stack.importCsv('name\nLATER-01\n', 'branch');
      await page.goto(browser.url('computers?text=later'));
      await page.getByRole('link', { name: 'LATER-01' }).click();
      await page.getByRole('button', { name: 'Release', exact: true }).click();
      const dialog = page.getByRole('dialog');
      const tomorrow = new Date(Date.now() + 24 * 60 * MINUTES).toISOString().slice(0, 16);
      await dialog.getByLabel('Not before').fill(tomorrow);
      const release = dialog.getByLabel('Client version');
      const chosen = await release.locator('option').nth(1).innerText();
      await release.selectOption(chosen);
      await dialog.getByLabel('Note').fill('after closing time');
      expect(await axeFaults(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Release' }).click();
      await page.getByText('Not due yet.').waitFor();
      await page.getByText('Requested by admin · attempt 0 of 5 “after closing time”').waitFor();
      const { items } = await stack.api.ok<{ items: object[] }>('GET', '/orders?state=planned');
      expect(items).toMatchObject([
        {
          computerName: 'LATER-01',
          release: chosen,
          note: 'after closing time',
          heldBack: { code: 'NOT_BEFORE', until: new Date(tomorrow).toISOString() },
        },
      ]);

      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await dialog.getByLabel('Even while its order is running').check();
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('heading', { level: 1, name: 'Computers' }).waitFor();
      await page.goto(browser.url('computers?folder=all&text=later'));
      await page.getByText('Nothing matches the search.').waitFor();
    },
    5 * MINUTES,
  );

  it(
    'finds what has a name from any page, and shows the columns that somebody chose',
    async () => {
      await page.goto(browser.url('settings'));
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
      // the search is loaded beside the page
      await page.getByRole('button', { name: 'Search', exact: false }).first().waitFor();
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Computers, DPs').fill('pc-0777');
      await page.getByRole('button', { name: /PC-0777/ }).waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: /PC-0777/ }).waitFor();
      expect(await page.title()).toBe('PC-0777 · Relaypoint');
      await page.keyboard.press('/');
      await page.getByPlaceholder('Computers, DPs').fill('poll interv');
      await page.getByRole('button', { name: /Poll interval/ }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();

      await page.goto(browser.url('computers?folder=all'));
      await page.getByRole('columnheader', { name: 'Address' }).waitFor();
      expect(await page.getByRole('columnheader', { name: 'Operating system' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Columns' }).click();
      const menu = page.getByRole('dialog', { name: 'Columns' });
      await menu.getByRole('checkbox', { name: 'Operating system' }).check();
      await menu.getByRole('checkbox', { name: 'Address' }).uncheck();
      await demandPage(page);
      // behind the others first; by the keyboard one place up, where the focus stays
      const up = menu.getByRole('button', { name: 'Move up: Operating system' });
      await up.press('Enter');
      await page.locator('button[aria-label="Move up: Operating system"]:focus').waitFor();
      const chosen = ['Name', 'State', 'Error / reason', 'DP', 'Operating system', 'As of'];
      await headings(chosen);
      // another person sees by the link what this one saw, sorted the same
      await page.keyboard.press('Escape');
      await page.getByRole('columnheader', { name: 'Operating system' }).getByRole('button').press('Enter');
      await page.locator('[role=columnheader][aria-sort=ascending] button:focus').waitFor();
      const link = page.url();
      const other = await browser.signIn('en');
      await other.goto(link);
      await headings(chosen, other);
      await other.getByRole('columnheader', { name: 'Operating system' }).getByText('↑').waitFor();
      await other.context().close();
      // what else narrows the list
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      await page.getByRole('dialog', { name: 'Filter' }).getByLabel('Operating system').waitFor();
      await demandPage(page);
      await page.keyboard.press('Escape');
      // without it, one's own columns stand as one left them, and Reset has those of all
      await page.goto(browser.url('computers?folder=all'));
      await headings(chosen);
      const csv = page.getByRole('link', { name: 'Download as CSV' });
      expect(await csv.getAttribute('href')).toContain('os');
      await page.getByRole('button', { name: 'Columns' }).click();
      await menu.getByRole('button', { name: 'Default columns' }).click();
      await page.getByRole('columnheader', { name: 'Address' }).waitFor();
      expect(await page.getByRole('columnheader', { name: 'Operating system' }).count()).toBe(0);
    },
    3 * MINUTES,
  );

  /** Holds back the answer to a call of the page. @returns what lets it go */
  const hold = async (url: RegExp): Promise<() => Promise<void>> => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route(url, async (route) => {
      await held;
      await route.continue();
    });
    return async () => {
      release();
      await page.unroute(url);
    };
  };

  it(
    'shows what a search has found of one kind while another is still looked for, and says that it looks',
    async () => {
      await page.goto(browser.url('settings'));
      await page.getByRole('button', { name: 'Search', exact: false }).first().waitFor();
      await page.keyboard.press('Control+k');
      const dps = await hold(/\/distribution-points\?q=/);
      const rollouts = await hold(/\/rollouts\?limit=/);
      await page.getByPlaceholder('Computers, DPs').fill('pc-0778');
      await page.getByRole('button', { name: /PC-0778/ }).waitFor();
      const computers = await hold(/\/computers\?.*q=/);
      await page.getByPlaceholder('Computers, DPs').fill('nowhere-at-all');
      await page.getByText('Searching…').waitFor();
      expect(await page.getByText('Nothing matches the search.').count()).toBe(0);
      expect(await axeFaults(page)).toEqual([]);
      const answered = page.waitForResponse(/\/distribution-points\?q=nowhere/);
      await computers();
      await dps();
      await (await answered).finished();
      // until what was answered is shown
      await page.waitForTimeout(300);
      expect(await page.getByText('Searching…').count()).toBe(1);
      await rollouts();
      await page.getByText('Nothing matches the search.').waitFor();
      await page.keyboard.press('Escape');
    },
    3 * MINUTES,
  );

  it(
    'asks for all that the overview shows at once',
    async () => {
      const overview = await hold(/\/overview$/);
      const asked = ['/rollouts?', '/distribution-points?', '/overview/orders-per-hour'].map((path) =>
        page.waitForRequest((request) => request.url().includes(`/api/v1${path}`)),
      );
      await page.goto(browser.url(''), { waitUntil: 'commit' });
      await Promise.all(asked);
      await overview();
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    },
    3 * MINUTES,
  );

  it(
    'sorts each list by its headings, as the address says',
    async () => {
      const sorted = {
        orders: ['State', 'DP', 'Error / reason'],
        imports: ['File', 'Rows'],
        rollouts: ['Name'],
        'distribution-points': ['Last seen', 'State'],
        accounts: ['User', 'Last used'],
        'client-releases': ['Version'],
        audit: ['Action', 'Time'],
        users: ['Role'],
      };
      for (const [path, names] of Object.entries(sorted)) {
        await page.goto(browser.url(path));
        for (const name of names) {
          const heading = page.getByRole('columnheader', { name, exact: true });
          // a list that is empty has no headings
          await heading
            .or(page.getByText(/^No rollouts/))
            .first()
            .waitFor();
          if ((await heading.count()) === 0) continue;
          await heading.getByRole('button').click();
          await page.locator('[role=columnheader]:not([aria-sort=none])').filter({ hasText: name }).waitFor();
          await page.getByRole('row').nth(1).waitFor();
          expect(await page.getByRole('alert').count()).toBe(0);
        }
      }
    },
    3 * MINUTES,
  );

  it(
    'asks of each row about that row alone, and leaves what is ticked',
    async () => {
      await page.goto(browser.url('computers?folder=all&text=PC-09'));
      await page
        .getByRole('row', { name: /PC-0900/ })
        .getByRole('checkbox')
        .check();
      const dialog = page.getByRole('dialog');
      for (const name of ['PC-0901', 'PC-0902']) {
        await page.getByRole('button', { name: `Actions ${name}` }).click();
        await page.getByRole('menuitem', { name: 'Delete' }).click();
        await dialog.getByRole('button', { name: 'Delete (1)' }).waitFor();
        expect(await dialog.getByText(/^PC-/).allInnerTexts()).toEqual([name]);
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        await dialog.waitFor({ state: 'detached' });
      }
      expect(
        await page
          .getByRole('row', { name: /PC-0900/ })
          .getByRole('checkbox')
          .isChecked(),
      ).toBe(true);
    },
    MINUTES,
  );

  it(
    'keeps a filter with its sorting as a view, which others open, and which its owner starts with',
    async () => {
      await page.goto(browser.url('computers?folder=all&text=PC-03&sort=-name'));
      await page.getByText('100 entries').waitFor();
      const dialog = page.getByRole('dialog');
      await page.getByRole('button', { name: 'Views' }).click();
      await page.getByRole('menuitem', { name: 'Save as new view' }).click();
      await dialog.getByLabel('Name').fill('Third hundred');
      await demandPage(page);
      await dialog.getByRole('button', { name: 'Save' }).click();
      const view = page.getByRole('button', { name: 'Third hundred', exact: true });
      await view.click();
      await page.getByRole('menuitem', { name: 'Make it my default' }).waitFor();
      await demandPage(page);
      await page.getByRole('menuitem', { name: 'Make it my default' }).click();
      await view.click();
      await page.getByRole('menuitem', { name: 'Share view' }).click();
      await dialog.getByRole('button', { name: 'Share view' }).waitFor();
      await demandPage(page);
      await pick(dialog, /^Tenant/, 'def', 'Default');
      await dialog.getByRole('button', { name: 'Share view' }).click();
      await dialog.waitFor({ state: 'detached' });

      // the list opens with it; what is changed in it is told, and kept when that is asked for
      await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      await page.getByRole('navigation').getByRole('link', { name: 'Computers' }).click();
      await page.getByText('100 entries').waitFor();
      await page.getByRole('columnheader', { name: 'Name' }).getByText('↓').waitFor();
      await page.getByLabel('Name, address, OS, description, OU').fill('PC-033');
      await page.getByText('10 entries').waitFor();
      await page.getByRole('button', { name: 'Third hundred *' }).click();
      await page.getByRole('menuitem', { name: 'Save changes' }).click();
      await view.waitFor();
      // the list as it is of itself, without its default being opened anew
      await view.click();
      await page.getByRole('menuitem', { name: 'Without a view' }).click();
      await page.getByRole('button', { name: 'Views' }).waitFor();
      expect(new URL(page.url()).search).toBe('');
      await page.goto(browser.url('computers'));
      await view.waitFor();

      await stack.api.ok('POST', '/users', {
        user: 'looker',
        password: 'a long enough password',
        role: 'viewer',
        tenants: ['default'],
      });
      const other = await browser.signIn('en', { user: 'looker', password: 'a long enough password' });
      await other.goto(browser.url('computers?folder=all'));
      await other.getByRole('button', { name: 'Views' }).click();
      await other.getByRole('menuitem', { name: 'Third hundred · admin' }).click();
      await other.getByText('10 entries').waitFor();
      await other.getByRole('button', { name: 'Third hundred' }).click();
      await other.getByRole('menuitem', { name: 'Save as new view' }).waitFor();
      expect(await other.getByRole('menuitem', { name: 'Delete view' }).count()).toBe(0);
      await other.context().close();

      await view.click();
      await page.getByRole('menuitem', { name: 'Delete view' }).click();
      await dialog.getByText('It goes for all users who see it').waitFor();
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name: 'Views' }).waitFor();
    },
    3 * MINUTES,
  );

  it(
    'has nothing out of sight at 1280 pixels in either language, cuts no name, and says what failed',
    async () => {
      const longNames = ['VERWALTUNG-ARBEITSPLATZ-17', 'VERWALTUNG-ARBEITSPLATZ-18'];
      await stack.api.ok('PATCH', '/distribution-points/branch', { name: 'Niederlassung Hafenstraße Süd' });
      await stack.importCsv(`name\n${longNames.join('\n')}\n`, 'branch');
      const { items: made } = await stack.api.ok<{ items: { id: string }[] }>(
        'GET',
        '/computers?q=arbeitsplatz',
      );
      await stack.api.ok('POST', '/computers/release', { computers: made.map(({ id }) => id) });
      const database = await createConnection(stack.ground.mongodbUri).asPromise();
      const failure = {
        code: 'LOGIN_METHOD_MISSING',
        phase: 'auth',
        native: null,
        attempt: 1,
        dp: 'branch',
      };
      const computer = { $in: made.map(({ id }) => id) as never[] };
      await database
        .collection('orders')
        .updateMany({ computer }, { $set: { state: 'failed', failure: { ...failure, at: new Date() } } });
      await database
        .collection('computers')
        .updateMany(
          { _id: computer },
          { $set: { state: 'install-failed', openOrder: null, failure: failure.code } },
        );
      await database.close();
      await page.goto(browser.url('computers?folder=attention&text=arbeitsplatz'));
      await page.getByText('takes neither password nor key').first().waitFor();
      await page.goto(browser.url('computers?failure=LOGIN_METHOD_MISSING'));
      await page.getByText('2 entries').waitFor();
      await demandPage(page);
      for (const language of ['en', 'de'] as const) {
        await page.evaluate((to) => localStorage.setItem('relaypoint.language', to), language);
        for (const path of FITTING) {
          await page.goto(browser.url(path));
          await page.getByRole('table').getByRole('row').nth(1).waitFor();
          await eventually(async () => expect(await page.evaluate(MISFITS)).toEqual([]));
          await page.screenshot({ path: join(SHOTS, `fits-${path.replace(/\W.*/, '')}-${language}.png`) });
        }
      }
      await page.evaluate(() => localStorage.setItem('relaypoint.language', 'en'));
    },
    3 * MINUTES,
  );

  it('threw nowhere and asked no other host', () => {
    expect(browser.faults).toEqual([]);
  });
});
