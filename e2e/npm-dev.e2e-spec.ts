import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { DevFile } from '../tools/dev/state.ts';
import { anyFreePort } from '../tools/peers/ports.ts';
import { systemChromium } from '../tools/testing/chromium.js';
import { eventually } from '../tools/testing/eventually.js';
import { runs, Start } from './support/start.js';

const ROOT = join(__dirname, '..');
const FOLDERS = ['apps', 'libs', 'tools', 'client', 'samples', 'dist'];
const FILES = ['package.json', 'tsconfig.json', 'nest-cli.json'];

describe('npm run dev', () => {
  // below this project, so that the copy finds its packages
  mkdirSync(join(ROOT, '.artifacts'), { recursive: true });
  const copy = mkdtempSync(join(ROOT, '.artifacts', 'dev-copy-'));
  let start: Start;

  beforeAll(async () => {
    for (const name of FOLDERS.concat(FILES)) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    start = new Start({
      root: copy,
      state: join(copy, 'state'),
      port: await anyFreePort(),
      args: ['--watch', '--inspect', '--empty'],
    });
    await start.prints(/^Relaypoint is ready$/m);
    await start.prints('the sources are watched');
  }, 240_000);
  afterAll(async () => {
    await start.stop();
    rmSync(copy, { recursive: true, force: true });
  }, 60_000);

  /** Changes a source of the copy, and waits for what is then said. */
  async function change(file: string, from: string | RegExp, to: string, says: string): Promise<number> {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    expect(text.replace(from, to)).not.toBe(text);
    const seen = start.output.length;
    const began = Date.now();
    writeFileSync(path, text.replace(from, to));
    await start.prints(says, 60_000, seen);
    return Date.now() - began;
  }

  const pids = (): DevFile['pids'] => start.devFile.pids;

  it('restarts the program that a change belongs to, and no other', async () => {
    const before = pids();
    await change(
      'apps/dp-gateway/src/main.ts',
      'relaypoint dp-gateway:',
      'changed dp-gateway:',
      'restarting gateway\n',
    );
    await eventually(
      async () => {
        expect(pids().gateway).not.toBe(before.gateway);
        expect((await fetch(`${start.devFile.gatewayUrl}/health/ready`)).ok).toBe(true);
      },
      { timeoutMs: 30_000 },
    );
    expect({ ...pids(), gateway: null }).toEqual({ ...before, gateway: null });
    expect(readFileSync(join(copy, 'dist/apps/dp-gateway/src/main.js'), 'utf8')).toContain(
      'changed dp-gateway:',
    );
  }, 120_000);

  it('shows an error and lets the program be, until it is mended', async () => {
    const before = pids();
    const built = join(copy, 'dist/apps/dp-gateway/src/main.js');
    const text = readFileSync(built, 'utf8');
    await change(
      'apps/dp-gateway/src/main.ts',
      /$/,
      'const wrong: number = "text";\n',
      'what runs goes on as it is',
    );
    expect(start.output).toContain("Type 'string' is not assignable to type 'number'");
    expect(readFileSync(built, 'utf8')).toBe(text);
    await change('apps/dp-gateway/src/main.ts', 'const wrong: number = "text";\n', '', 'no errors any more');
    expect(pids()).toEqual(before);
  }, 120_000);

  it('restarts every program that contains a changed library', async () => {
    await change(
      'libs/persistence/src/index.ts',
      /$/,
      'export const CHANGED = true;\n',
      'restarting server, importer\n',
    );
  }, 120_000);

  it('shows a change of the console at once', async () => {
    const [, url = ''] = /console {4}(\S+)/.exec(start.output) ?? [];
    const browser = await chromium.launch(systemChromium());
    try {
      const page = await (await browser.newContext({ locale: 'en-US' })).newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(url);
      await page.getByLabel('User').fill(start.devFile.adminUser);
      await page.getByLabel('Password').first().fill(start.devFile.adminPassword);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      const path = join(copy, 'libs/texts/src/en.json');
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('Overview', 'Seen at once'));
      await page.getByRole('heading', { name: 'Seen at once' }).waitFor();
    } finally {
      await browser.close();
    }
  }, 120_000);

  it('gives each program an inspector, also after a restart', async () => {
    for (const program of ['server', 'gateway', 'importer', 'server-dp']) {
      const told = Array.from(
        start.output.matchAll(new RegExp(`^${program} +Debugger listening on ws://(\\S+?)/`, 'gm')),
      );
      const addresses = new Set(told.map(([, address]) => address));
      expect(addresses.size).toBe(1);
      // one that was told to restart before may be about to
      await eventually(
        async () => {
          const targets = await fetch(`http://${[...addresses][0]}/json/list`);
          expect(await targets.json()).toMatchObject([
            { type: 'node', url: expect.stringContaining('dist/apps/') as string },
          ]);
        },
        { timeoutMs: 30_000 },
      );
    }
  }, 130_000);

  it('ends everything at Ctrl-C', async () => {
    const running = Object.values(pids());
    expect(await start.stop()).toBe(0);
    await eventually(() => expect(running.filter((pid) => pid !== null && runs(pid))).toEqual([]));
  }, 60_000);
});
