import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { AdminApi, type Page } from '../tools/dev/admin-api.ts';
import { anyFreePort } from '../tools/peers/ports.ts';
import { eventually } from '../tools/testing/eventually.js';
import { systemChromium } from '../tools/testing/chromium.js';
import { runs, Start } from './support/start.js';

const ROOT = join(__dirname, '..');
const COMPUTERS = ['EMPFANG-01', 'BUERO-11', 'BUERO-12', 'LAGER-01', 'LAGER-02', 'WERKSTATT-01'];

describe('npm start', () => {
  const state = mkdtempSync(join(tmpdir(), 'npm-start-'));
  let start: Start;
  let port: number;

  beforeAll(async () => {
    port = await anyFreePort();
  });
  afterAll(async () => {
    await start.stop();
    rmSync(state, { recursive: true, force: true });
  }, 60_000);

  it('plays the demo on an empty database, each computer on its way from import to ready', async () => {
    start = new Start({ root: ROOT, state, port });
    await start.prints(/^Relaypoint is ready$/m);
    // what went wrong with the demo is told before
    if (!start.output.includes('all 6 computers are ready')) throw new Error(start.output);
    for (const name of COMPUTERS) {
      const way = Array.from(
        start.output.matchAll(new RegExp(`${name}: (.*)`, 'g')),
        ([, what = '']) => what,
      );
      expect(way.at(0)).toBe('not yet registered');
      expect(way).toContain('restarts');
      expect(way.at(-1)).toBe('ready');
    }
  }, 180_000);

  it('says in dev.json where everything is, for its owner alone', async () => {
    const { devFile } = start;
    expect(Object.keys(devFile)).toEqual([
      'serverUrl',
      'gatewayUrl',
      'adminUser',
      'adminPassword',
      'apiToken',
      'mongodbUri',
      'amqpUrl',
      'amqpManagementUrl',
      'pids',
    ]);
    expect(Object.keys(devFile.pids)).toEqual([
      'server',
      'gateway',
      'importer',
      'serverDp',
      'mongodb',
      'rabbitmq',
    ]);
    expect(Object.values(devFile.pids).every((pid) => pid !== null && runs(pid))).toBe(true);
    expect(statSync(join(state, 'dev.json')).mode & 0o777).toBe(0o600);
    // both wanted the same port
    expect([new URL(devFile.serverUrl).port, new URL(devFile.gatewayUrl).port]).toEqual([
      String(port),
      String(port + 1),
    ]);
    const session = await fetch(`${devFile.serverUrl}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: devFile.adminUser, password: devFile.adminPassword }),
    });
    expect(session.ok).toBe(true);
  });

  it('lets a newcomer bring a computer of their own to ready, in German, by what the console offers', async () => {
    const { devFile } = start;
    const browser = await chromium.launch(systemChromium());
    try {
      const page = await (await browser.newContext({ locale: 'de-DE' })).newPage();
      page.setDefaultTimeout(100_000);
      await page.goto(`${devFile.serverUrl}/console`);
      await page.getByLabel('Benutzer').fill(devFile.adminUser);
      await page.getByLabel('Kennwort').first().fill(devFile.adminPassword);
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'Import', exact: true }).click();
      const buffer = Buffer.from('Rechner;Beschreibung\nMEIN-PC;Empfang\n');
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'meine.csv', mimeType: 'text/csv', buffer });
      await page.getByLabel('DP', { exact: true }).selectOption('demo-site');
      await page.getByRole('button', { name: 'Vorschau' }).click();
      await page.getByRole('button', { name: '1 Computer importieren' }).click();
      await page.getByRole('link', { name: 'Diese Computer anzeigen' }).click();
      await page.getByRole('checkbox', { name: 'Alle geladenen Zeilen' }).check();
      await page.getByRole('button', { name: 'Freigeben', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Freigeben (1)' }).click();
      await dialog.getByText('1 erledigt, 0 abgelehnt.').waitFor();
      await dialog.getByRole('link', { name: 'MEIN-PC' }).click();
      await page.getByRole('heading', { name: /MEIN-PC\s*wartet auf Neustart/ }).waitFor();
      await page.getByRole('button', { name: 'Neu starten' }).click();
      await dialog.getByRole('button', { name: 'Neu starten' }).click();
      await page.getByRole('heading', { name: /MEIN-PC\s*betriebsbereit/ }).waitFor();
    } finally {
      await browser.close();
    }
    // in sentences here, and whole in the logs
    expect(start.output).toMatch(/^gateway +order …\w+ for MEIN-PC handed to DP demo-site$/m);
    expect(start.output).toMatch(/^server +order …\w+ for MEIN-PC succeeded/m);
    expect(start.output).not.toContain('"level"');
    const log = readFileSync(join(state, 'logs', 'gateway.log'), 'utf8');
    expect(log).toMatch(/"computer":"MEIN-PC".*"correlation":".*"msg":"order handed over"/);
  }, 300_000);

  it('starts a process again that dies, and says so', async () => {
    const { gateway } = start.devFile.pids;
    process.kill(gateway!, 'SIGKILL');
    await start.prints('gateway ended (SIGKILL); it is started again in 1 s', 10_000);
    await eventually(
      async () => {
        const { pids, gatewayUrl } = start.devFile;
        expect(pids.gateway).not.toBe(gateway);
        expect((await fetch(`${gatewayUrl}/health/ready`)).ok).toBe(true);
      },
      { timeoutMs: 30_000 },
    );
  }, 60_000);

  it('stops everything at Ctrl-C, and finds its data at the next start', async () => {
    const before = start.devFile;
    expect(await start.stop()).toBe(0);
    // one that has ended is still seen until init has reaped it
    await eventually(() =>
      expect(Object.values(before.pids).filter((pid) => pid !== null && runs(pid))).toEqual([]),
    );

    start = new Start({ root: ROOT, state, port, args: ['--demo', 'rollout'] });
    await start.prints(/^Relaypoint is ready$/m);
    expect(start.output).not.toContain('here is the demo');
    const after = start.devFile;
    expect({ ...after, pids: {} }).toMatchObject({
      adminPassword: before.adminPassword,
      apiToken: before.apiToken,
    });
    const api = new AdminApi(after.serverUrl, after.apiToken);
    for (const name of [...COMPUTERS, 'MEIN-PC'])
      expect((await api.get<Page<unknown>>(`/computers?state=ready&q=${name}`)).total).toBe(1);
  }, 180_000);

  it('shows at --demo rollout how a bad version stops itself, and ends the simulated sites with the rest', async () => {
    await start.prints(/it has stopped itself: \d+ failures? in \d+ results/, 90_000);
    await start.prints('Ctrl-C ends everything');
    expect(start.output).toMatch(/\d+ × INSTALLER_FAILED: /);
    const touched = /(\d+) of 200 computers were never touched/.exec(start.output)?.[1];
    expect(Number(touched)).toBeGreaterThanOrEqual(150);
    const report = readFileSync(join(state, 'rollout-report.csv'), 'utf8').trim().split('\r\n');
    expect(report).toHaveLength(201);
    const { serverUrl, apiToken } = start.devFile;
    const [, id = ''] = /rollout show (\S+)/.exec(start.output) ?? [];
    await new AdminApi(serverUrl, apiToken).post(`/rollouts/${id}/abort`);
    await start.prints(/rollout aborted: /);
    expect(await start.stop()).toBe(0);
  }, 120_000);
});
