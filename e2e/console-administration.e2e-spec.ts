import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../tools/testing/eventually.js';
import {
  axeFaults,
  chooseAction,
  ConsoleBrowser,
  demandPage,
  pick,
  SHOTS,
} from './support/console-browser.js';
import { ForeignDp } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';

const MINUTES = 60_000;
const PASSWORD = 'a password for one person';
const PAGES = [
  'brakes',
  'location-rules',
  'directories',
  'users',
  'api-tokens',
  'settings',
  'notifications',
  'notifications?tab=tenants',
  'notifications?tab=webhooks',
  'notifications?tab=log',
];

/** What administrators set up beside the computers, by clicks, against the whole product. */
describe('administration in the console', () => {
  let stack: Stack;
  let browser: ConsoleBrowser;
  let page: Page;
  let dp: ForeignDp;

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.publishClient();
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', {
      id: 'branch',
      name: 'Branch',
      tenant: null,
    });
    dp = new ForeignDp('branch', stack.gatewayUrls[0] ?? '');
    await dp.enrol(joinToken);
    await stack.api.ok('POST', '/distribution-points/branch/enable', { keyFingerprint: dp.fingerprint });
    await stack.api.ok('POST', '/accounts', {
      label: 'Site',
      tenant: 'default',
      username: 'local',
      password: 'never used',
      order: 1,
      scope: 'all',
    });
    await stack.importCsv('name\nDESK-01\nDESK-02\n', 'branch');
    browser = await ConsoleBrowser.start(stack);
    page = await browser.signIn('en');
  }, 4 * MINUTES);

  afterAll(async () => {
    await browser?.stop();
    await stack?.stop();
  }, MINUTES);

  it(
    'pulls a brake that holds what is released, and lifts it with a reason',
    async () => {
      await page.goto(browser.url('brakes'));
      await page.getByText('No open brake').waitFor();
      await page.getByRole('button', { name: 'New brake' }).click();
      const dialog = page.getByRole('dialog');
      await pick(dialog, /^DP/, 'bran', 'Branch');
      await dialog.getByLabel('Reason').fill('the line is being worked on');
      await dialog.getByRole('button', { name: 'New brake' }).click();
      await page.getByText('the line is being worked on').waitFor();
      await page.screenshot({ path: join(SHOTS, 'brakes.png') });
      await page.goto(browser.url(''));
      await page.getByRole('link', { name: '1 brake is on: Branch' }).click();

      await stack.api.ok('POST', '/computers/release', { filter: {} });
      await page.getByRole('link', { name: 'held orders' }).click();
      await page.getByRole('link', { name: 'DESK-01' }).waitFor();
      await page.getByText('BRAKE').first().waitFor();

      await page.goto(browser.url('brakes'));
      await page.getByRole('button', { name: /^Release brake / }).click();
      await dialog.getByLabel('What was done').fill('the line works again');
      await dialog.getByRole('button', { name: 'Release brake' }).click();
      await page.getByText('No open brake').waitFor();
      await page.locator('label').filter({ hasText: 'Released' }).click();
      await page.getByText('the line works again').waitFor();
      await page.goto(browser.url('orders?state=queued'));
      await page.getByText('2 entries').waitFor();
    },
    5 * MINUTES,
  );

  it(
    'says what a computer waits for, and imports it again with another DP as one guarded step',
    async () => {
      await page.goto(browser.url('computers?text=DESK-02'));
      await page.getByRole('link', { name: 'DESK-02' }).click();
      await page.getByText('Waits for the next poll of its DP.').waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await page.getByRole('button', { name: /^Delete and import again/ }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('it cannot be changed').waitFor();
      // of itself none: the server DP
      await dialog.getByPlaceholder(/^none/).waitFor();
      await dialog.getByRole('button', { name: /^Delete and import again/ }).click();
      await page.getByRole('heading', { name: /DESK-02\s*not yet registered/ }).waitFor();
      await page.getByRole('row', { name: /^Fixed DP –/ }).waitFor();
      await page.getByText(/Deleted and imported again/).waitFor();
      await page.getByRole('button', { name: 'Check reachability' }).click();
      await dialog.getByRole('button', { name: 'Check reachability' }).click();
      // the server DP is not enabled here: what the server says stands in the dialog
      await dialog.getByRole('alert').waitFor();
    },
    5 * MINUTES,
  );

  it(
    'explains which DP serves a place, and warns of rules that overlap',
    async () => {
      await page.goto(browser.url('location-rules'));
      await page.getByText('No location rule').waitFor();
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Create' }).click();
      // nothing is chosen yet: that stands at its field, once, and the field has the focus
      await dialog.getByLabel(/^DP/).and(dialog.locator('[aria-invalid=true]:focus')).waitFor();
      expect(await dialog.getByText('Choose one.').count()).toBe(1);
      expect(await dialog.getByRole('alert').count()).toBe(0);
      expect(await axeFaults(page)).toEqual([]);
      await pick(dialog, /^DP/, 'bran', 'Branch');
      await pick(dialog, /^Tenant/, 'def', 'Default');
      await dialog.getByLabel('Name').fill('Branch office');
      await dialog.getByLabel('Value 1').fill('10.20.0.0/99');
      await dialog.getByRole('button', { name: '+ or' }).click();
      await dialog.getByLabel('Value 2').fill('10.30.0.0/16');
      await dialog.getByRole('button', { name: 'And another condition' }).click();
      await dialog.getByLabel('Criterion 3').selectOption({ label: 'DNS suffix' });
      await dialog.getByLabel('Value 3').fill('branch.test');
      await dialog.getByLabel('Priority').fill('2000000');
      await dialog.getByRole('button', { name: 'Create' }).click();
      // what the server finds wrong, too
      const refused = dialog.getByLabel('Priority').and(dialog.locator('[aria-invalid=true]:focus'));
      await refused.fill('0');
      await dialog.getByRole('button', { name: 'Create' }).click();
      // and of a condition it stands at the row that is wrong
      const wrong = dialog.getByLabel('Value 1').and(dialog.locator('[aria-invalid=true]:focus'));
      await wrong.waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await page.screenshot({ path: join(SHOTS, 'location-builder-fault.png') });
      await wrong.fill('10.20.0.0/16');
      const told =
        '(the address is in 10.20.0.0/16 or the address is in 10.30.0.0/16) and the DNS suffix is branch.test';
      await dialog.getByText(`The rule matches when ${told}.`).waitFor();
      await demandPage(page);
      await page.screenshot({ path: join(SHOTS, 'location-builder.png') });
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByText('Branch office: created').waitFor();
      await page.getByText(`if ${told}`, { exact: true }).waitFor();

      await page.getByRole('button', { name: 'Explain' }).click();
      await dialog.getByLabel('Addresses of the client').fill('10.30.1.2/24');
      await dialog.getByRole('button', { name: 'Explain' }).click();
      await dialog.getByText('No DP: the client talks to the server').waitFor();
      await dialog.getByText('does not match').waitFor();
      await dialog.getByLabel('DNS suffix').fill('branch.test');
      await dialog.getByRole('button', { name: 'Explain' }).click();
      await dialog.getByText('matches', { exact: true }).waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await page.screenshot({ path: join(SHOTS, 'location-explain.png') });
      await dialog.getByRole('button', { name: 'Close' }).click();

      // a computer that is known need not be typed
      await page.goto(browser.url('assignment-rules'));
      await page.getByRole('button', { name: 'Explain' }).click();
      await pick(dialog, /^Computer/, 'desk-01', 'DESK-01');
      await eventually(async () => expect(await dialog.getByLabel('Name').inputValue()).toBe('DESK-01'));
      expect(await axeFaults(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Explain' }).click();
      await dialog.getByRole('status').first().waitFor();
      await page.goto(browser.url('location-rules'));

      await stack.api.ok('POST', '/location-rules', {
        dp: 'server',
        tenant: 'default',
        name: 'Headquarters',
        when: { addressIn: '10.0.0.0/8' },
      });
      await page.reload();
      await page.getByText('Overlapping rules: 1').waitFor();

      // what is there is changed by its rows, not anew
      await page.getByRole('button', { name: 'Change Branch office' }).click();
      expect(await dialog.getByLabel('Value 2').inputValue()).toBe('10.30.0.0/16');
      await dialog.getByRole('button', { name: 'Remove condition 2' }).click();
      await dialog.getByLabel('Comparison 2').selectOption({ label: 'is not' });
      await dialog.getByRole('button', { name: 'Change' }).click();
      await page
        .getByText('if the address is in 10.20.0.0/16 and the DNS suffix is not branch.test', { exact: true })
        .waitFor();
      const german = await browser.signIn('de');
      await german.emulateMedia({ colorScheme: 'dark' });
      await german.goto(browser.url('location-rules'));
      await german.getByRole('button', { name: 'Ändern Branch office' }).click();
      await german
        .getByText(
          'Die Regel passt, wenn die Adresse in 10.20.0.0/16 liegt und das DNS-Suffix nicht branch.test ist.',
        )
        .waitFor();
      await demandPage(german);
      await german.screenshot({ path: join(SHOTS, 'location-builder-de.png') });
      await german.keyboard.press('Escape');
      await german.getByRole('button', { name: 'Aktionen Branch office' }).click();
      await german.getByRole('menuitem', { name: 'Als Zuordnungsregel' }).waitFor();
      await german.screenshot({ path: join(SHOTS, 'location-rules-de.png') });
      await german.getByRole('menuitem', { name: 'Löschen' }).click();
      await german.getByRole('heading', { name: 'Löschen: Branch office' }).waitFor();
      await german.setViewportSize({ width: 390, height: 800 });
      await german.screenshot({ path: join(SHOTS, 'location-rule-delete-de-390.png') });
      await german.context().close();
    },
    5 * MINUTES,
  );

  it(
    'sets a maintenance window for one DP, and says where a value comes from',
    async () => {
      await page.goto(browser.url('settings'));
      await pick(page, /^Applies to/, 'bran', 'DP Branch (branch)');
      await page.getByText('DP branch').first().waitFor({ state: 'attached' });
      // and it stays there by its name: that of what was chosen is no search for others
      expect(await shownIn(page.getByLabel('Applies to').first())).toEqual(['DP Branch (branch)']);
      await page.getByRole('button', { name: 'Change Maintenance windows' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Add window' }).click();
      await dialog.getByLabel('Sun').uncheck();
      await pick(dialog, /^Time zone/, 'berlin', 'Europe/Berlin');
      await dialog.getByRole('button', { name: 'Change' }).click();
      await page.getByText('Mon, Tue, Wed, Thu, Fri, Sat 22:00–05:00 (Europe/Berlin)').waitFor();
      await page
        .getByRole('row', { name: /Maintenance windows/ })
        .getByText('DP branch')
        .waitFor();
      await page.getByRole('button', { name: 'Change Poll interval' }).click();
      await dialog.getByLabel('Poll interval').fill('120');
      await dialog.getByText('In seconds: 2 minutes').waitFor();
      await dialog.getByRole('button', { name: 'Change' }).click();
      await page
        .getByRole('row', { name: /Poll interval/ })
        .getByText('2 minutes')
        .waitFor();
    },
    5 * MINUTES,
  );

  it(
    'shows a viewer everything of their tenant and nothing to click, and says which role it needs',
    async () => {
      await page.goto(browser.url('users'));
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('User').fill('Vera');
      await dialog.getByLabel('Password').first().fill(PASSWORD);
      await dialog.getByLabel('Role').selectOption('viewer');
      await pick(dialog, /^Tenants/, 'def', 'Default');
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByRole('cell', { name: /vera/i }).first().waitFor();

      const viewer = await browser.signIn('de', { user: 'Vera', password: PASSWORD });
      await viewer.goto(browser.url('computers?folder=all'));
      await viewer.getByRole('link', { name: 'DESK-01' }).waitFor();
      await viewer.getByText('Ihre Rolle ist Betrachter').waitFor();
      expect(await viewer.getByRole('checkbox').count()).toBe(0);
      await viewer.getByRole('link', { name: 'DESK-01' }).click();
      await viewer.getByRole('heading', { name: /DESK-01/ }).waitFor();
      expect(await viewer.getByRole('button', { name: /Freigeben|Löschen|abbrechen/ }).count()).toBe(0);
      await viewer.goto(browser.url('distribution-points'));
      await viewer.getByText('Änderungen erfordern die Rolle Administrator').waitFor();
      expect(await viewer.getByRole('button', { name: /Anlegen|Sperren/ }).count()).toBe(0);
      expect(await viewer.getByRole('link', { name: 'Benutzer' }).count()).toBe(0);
      await viewer.context().close();
    },
    5 * MINUTES,
  );

  it(
    'lets an operator work with computers, and not with what administrators set up',
    async () => {
      await stack.api.ok('POST', '/users', {
        user: 'Oskar',
        password: PASSWORD,
        role: 'operator',
        tenants: ['default'],
      });
      const operator = await browser.signIn('en', { user: 'Oskar', password: PASSWORD });
      await operator.goto(browser.url('computers?folder=all'));
      await operator.getByRole('link', { name: 'DESK-01' }).waitFor();
      await operator.getByRole('checkbox', { name: 'Select all' }).check();
      await operator.getByRole('button', { name: 'Release', exact: true }).waitFor();
      await operator.getByRole('link', { name: 'DESK-01' }).click();
      // the list has a button of that name as well, for what is selected
      await operator.getByRole('heading', { name: /DESK-01/ }).waitFor();
      await operator.getByRole('button', { name: 'Cancel order' }).click();
      await operator.getByRole('dialog').getByRole('button', { name: 'Cancel order' }).click();
      await operator.getByRole('heading', { name: /DESK-01\s*not yet registered/ }).waitFor();

      for (const path of [
        'distribution-points',
        'accounts',
        'location-rules',
        'client-releases',
        'settings',
      ]) {
        await operator.goto(browser.url(path));
        await operator.getByText('Your role is operator').waitFor();
        expect(
          await operator
            .getByRole('main')
            .getByRole('button', { name: /^(Create|Change|Delete|Disable)\b/ })
            .count(),
        ).toBe(0);
      }
      expect(await operator.getByRole('link', { name: 'Audit' }).count()).toBe(0);
      // an address that somebody sent to them: told why, not left with an empty page
      await operator.goto(browser.url('audit'));
      await operator.getByRole('alert').waitFor();
      await operator.context().close();
    },
    5 * MINUTES,
  );

  it(
    'makes an API token that is shown once and works',
    async () => {
      await page.goto(browser.url('api-tokens'));
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Label').fill('A script');
      await dialog.getByLabel('Role').selectOption('operator');
      await dialog.getByRole('button', { name: 'Create' }).click();
      const token = await dialog.getByText(/^rlp_/).innerText();
      const answer = await fetch(`${stack.serverUrls[0]}/api/v1/computers`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.status).toBe(200);
      await dialog.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('cell', { name: 'A script', exact: true }).waitFor();
      expect(await page.getByText(token).count()).toBe(0);

      // what programs did is found like what people did
      const labelled = await fetch(`${stack.serverUrls[0]}/api/v1/views`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ list: 'computers', name: 'Of a script', filter: {} }),
      });
      expect([labelled.status, await labelled.text()]).toEqual([201, expect.anything()]);
      await page.goto(browser.url('audit'));
      await page.getByRole('combobox', { name: 'User' }).fill('A scr');
      await page.getByRole('option', { name: 'A script (API token)' }).click();
      await page.getByText('A script saved view Of a script').waitFor();
      expect(new URL(page.url()).searchParams.get('who')).toMatch(/^token:/);
      await page.reload();
      const chosen = page.getByRole('combobox', { name: 'User' });
      await eventually(async () => expect(await chosen.inputValue()).toBe('A script (API token)'));
      expect(await page.getByRole('row').count()).toBe(2);
    },
    5 * MINUTES,
  );

  it(
    'tells step by step what is wrong with a directory',
    async () => {
      await page.goto(browser.url('directories'));
      await page.getByText('No directory').waitFor();
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('Headquarters');
      await dialog.getByLabel('URL').fill('ldaps://nobody.invalid');
      await dialog.getByLabel('Account to read with').fill('reader@corp.test');
      await dialog.getByLabel('Password').first().fill('never used');
      await dialog.getByLabel('Search bases').fill('DC=corp,DC=test');
      await dialog.getByRole('button', { name: 'Create' }).click();
      await chooseAction(page, 'Headquarters', 'Test');
      await dialog.getByText('It does not work yet').waitFor();
      await dialog.getByRole('row', { name: /Resolve name\s*failed/ }).waitFor();
      await dialog.getByRole('row', { name: /Sign in\s*not tried/ }).waitFor();
      await dialog.getByRole('button', { name: 'Close' }).click();

      await page.goto(browser.url('imports'));
      await page.locator('label').filter({ hasText: 'Active Directory' }).click();
      await page.getByLabel('Directory', { exact: true }).selectOption({ label: 'Headquarters' });
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('heading', { level: 1, name: /failed/ }).waitFor();
    },
    5 * MINUTES,
  );

  it(
    'says who is told of what, tries it, and shows what came back; in German as well',
    async () => {
      await page.goto(browser.url('notifications'));
      await page.getByText('No mail server is set up').waitFor();
      await page.getByLabel('Email address').fill('admin@example.test');
      await page.getByLabel('DP overdue').selectOption('hourly');
      await pick(page, /^Time zone/, 'new y', 'America/New York');
      await page.getByRole('button', { name: 'Change' }).click();
      await page.getByText('Done.').first().waitFor();
      await page.reload();
      await page.getByLabel('Email address').waitFor();
      expect(await page.getByLabel('Email address').inputValue()).toBe('admin@example.test');
      expect(await page.getByLabel('DP overdue').inputValue()).toBe('hourly');
      expect(await page.getByLabel('Time zone').first().inputValue()).toBe('America/New York');

      await page.locator('label').filter({ hasText: 'Users of a tenant' }).click();
      await page.getByText('unless they chose otherwise').waitFor();
      await page.getByLabel('DP overdue').selectOption('daily');
      await page.getByRole('button', { name: 'Change' }).click();
      await page.getByText('Done.').first().waitFor();
      await page.reload();
      await eventually(async () => expect(await page.getByLabel('DP overdue').inputValue()).toBe('daily'));

      await page.locator('label').filter({ hasText: 'Webhooks' }).click();
      await page.getByText('No webhook.').waitFor();
      await page.getByRole('button', { name: 'New webhook' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('Receiver');
      await dialog.getByLabel('URL').fill('https://10.0.0.1/hook');
      await dialog.getByLabel('DP is back').uncheck();
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByText(/^whsec_/).waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await page
        .getByRole('dialog', { name: 'Signing secret' })
        .getByRole('button', { name: 'Close' })
        .click();
      await page.getByText('https://10.0.0.1/…').waitFor();
      await chooseAction(page, 'Receiver', 'Test');
      await page.getByText(/The address is not on the public internet/).waitFor();
      await page.keyboard.press('Escape');

      await page.locator('label').filter({ hasText: 'Deliveries' }).click();
      await page.getByText('Nothing has been sent yet.').waitFor();
      const german = await browser.signIn('de');
      await german.goto(browser.url('notifications?tab=webhooks'));
      await german.getByRole('heading', { level: 1, name: 'Benachrichtigungen' }).waitFor();
      await chooseAction(german, 'Receiver', 'Ändern');
      await german.getByRole('dialog').getByLabel('DP überfällig').waitFor();
      expect(await axeFaults(german)).toEqual([]);
      await german.context().close();
    },
    5 * MINUTES,
  );

  it.each(['light', 'dark'] as const)(
    'has no fault that axe finds, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const path of PAGES) {
        await page.goto(browser.url(path));
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
        await page.screenshot({ path: join(SHOTS, `${path}-${colorScheme}.png`) });
        expect(await axeFaults(page)).toEqual([]);
      }
    },
    5 * MINUTES,
  );

  it(
    'offers behind the name of the user a password of their own, and the way out',
    async () => {
      const session = await browser.signIn('en');
      const menuOf = (item: string) => session.getByRole('menuitem', { name: item });
      await session.getByRole('button', { name: 'admin' }).click();
      await menuOf('Change password').click();
      await session.getByRole('dialog', { name: 'Change password' }).waitFor();
      await session.keyboard.press('Escape');
      await session.getByRole('button', { name: 'admin' }).click();
      await menuOf('Sign out').waitFor();
      expect(await axeFaults(session)).toEqual([]);
      await menuOf('Sign out').click();
      await session.getByRole('button', { name: 'Sign in' }).waitFor();
      await session.context().close();
    },
    2 * MINUTES,
  );

  it('threw nowhere and asked no other host', () => {
    expect(browser.faults).toEqual([]);
  });
});

/** What stands in a field, for longer than it takes to ask the server for choices. */
function shownIn(field: Locator): Promise<string[]> {
  return field.evaluate((input: { value: string }) => {
    const seen = new Set([input.value]);
    return new Promise((resolve) => {
      const looking = setInterval(() => seen.add(input.value), 20);
      setTimeout(() => {
        clearInterval(looking);
        resolve([...seen]);
      }, 2_000);
    });
  });
}
