import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { anyFreePort } from '../../tools/peers/ports.ts';
import { systemChromium } from '../../tools/testing/chromium.ts';
import { drawing, picturesIncomparable } from '../../tools/testing/pictures.ts';
import { Start } from '../support/start.js';
import { PictureComparison } from './comparison.js';
import { contractFaults } from './contract.js';
import { Recording, STAGE } from './recording.js';
import { LANGUAGES, SCENES, SCHEMES, SIZES, type PictureLanguage, type Scene } from './scenes.js';
import { seed } from './seed.js';

const MINUTES = 60_000;
const ROOT = join(__dirname, '..', '..');
const RECORDED = join(__dirname, 'recorded.json');
const APPROVED = join(__dirname, 'approved');
const SEEN = join(ROOT, '.artifacts', 'console-pictures');
/** `record`: what the pages show is recorded anew. `approve`: what is seen is what is right. */
const MODE = process.env['CONSOLE_PICTURES'];
const LOCALES = { en: 'en-GB', de: 'de-DE' } as const;
/** A page that goes on changing this often has no picture. */
const LOOKS = 20;

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch(systemChromium());
});
afterAll(() => browser.close());

async function openPage(language: PictureLanguage, timezoneId: string): Promise<Page> {
  const context = await browser.newContext({
    locale: LOCALES[language],
    timezoneId,
    colorScheme: 'light',
    viewport: SIZES.desk,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  return page;
}

/** Opens what a scene is about. */
async function show(page: Page, scene: Scene, recording: Recording): Promise<void> {
  const { ids } = recording.kept;
  const path = scene.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? `no-${name}`);
  await page.goto(`${STAGE}/console/${path}`);
  await page.locator('h1, form').first().waitFor();
  await recording.quiet();
  await scene.open?.(page);
  await recording.quiet();
}

const look = (page: Page): Promise<Buffer> => page.screenshot({ caret: 'hide', animations: 'disabled' });

/** A picture of a page that does not change any more. @throws Error where it goes on changing */
async function picture(page: Page, recording: Recording): Promise<Buffer> {
  let last: Buffer | undefined;
  for (let looks = 0; looks < LOOKS; looks += 1) {
    await recording.quiet();
    const png = await look(page);
    if (last?.equals(png)) return png;
    last = png;
  }
  throw new Error(`${page.url()} goes on changing`);
}

async function signIn(page: Page, user: string, password: string): Promise<void> {
  const status = await page.evaluate<number>(
    `fetch('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'relaypoint-console' },
      body: ${JSON.stringify(JSON.stringify({ user, password }))},
    }).then(({ status }) => status)`,
  );
  expect(status).toBeLessThan(300);
}

const why = picturesIncomparable();
if (MODE === 'record') {
  it(
    'records what the pages of a whole installation show',
    async () => {
      const state = mkdtempSync(join(tmpdir(), 'console-pictures-'));
      const args = ['--demo', 'rollout'];
      const start = new Start({ root: ROOT, state, port: await anyFreePort(), args });
      try {
        await start.prints(/were never touched/, 5 * MINUTES);
        const { adminUser, adminPassword, serverUrl, gatewayUrl } = start.devFile;
        const ids = await seed(start.devFile);
        const now = new Date().toISOString();
        const recording = Recording.begin(RECORDED, { now, timeZone: 'Europe/Berlin', ids });
        for (const language of LANGUAGES) {
          for (const size of Object.values(SIZES)) {
            const page = await openPage(language, recording.kept.timeZone);
            await page.setViewportSize(size);
            await recording.take(page, serverUrl, 'out');
            for (const scene of SCENES.filter(({ signedOut }) => signedOut))
              await show(page, scene, recording);
            await signIn(page, adminUser, adminPassword);
            await page.unrouteAll();
            await recording.take(page, serverUrl, language);
            for (const scene of SCENES.filter(({ signedOut }) => !signedOut))
              await show(page, scene, recording);
            await page.context().close();
          }
        }
        recording.write((text) =>
          text
            .replaceAll(state, '/var/lib/relaypoint')
            .replaceAll(gatewayUrl, 'https://dp.relaypoint.example')
            .replaceAll(serverUrl, 'https://relaypoint.example')
            .replaceAll(`"${hostname()}"`, '"relaypoint"'),
        );
      } finally {
        await start.stop();
        rmSync(state, { recursive: true, force: true });
      }
    },
    20 * MINUTES,
  );
} else {
  it('what they show is what the server says today', () => {
    expect(contractFaults(Recording.read(RECORDED).kept)).toEqual([]);
  });

  (why === undefined || MODE === 'approve' ? describe : describe.skip)('the pages of the console', () => {
    it.each(LANGUAGES)(
      'look as somebody approved them (%s)',
      async (language) => {
        const recording = Recording.read(RECORDED);
        const comparison = await PictureComparison.open(browser);
        const faults: string[] = [];
        const missing = (what: string): void => void faults.push(`never recorded: ${what}`);
        const [out, signedIn] = [
          await openPage(language, recording.kept.timeZone),
          await openPage(language, recording.kept.timeZone),
        ];
        await recording.play(out, 'out', missing);
        await recording.play(signedIn, language, missing);
        for (const scene of SCENES) {
          const page = scene.signedOut ? out : signedIn;
          const broken = (error: Error): void => void faults.push(`${scene.name}: ${error.message}`);
          page.on('pageerror', broken);
          for (const [sizeName, size] of Object.entries(SIZES)) {
            await page.setViewportSize(size);
            await show(page, scene, recording);
            for (const colorScheme of SCHEMES) {
              await page.emulateMedia({ colorScheme });
              const name = [scene.name, language, colorScheme, sizeName].join('.');
              const approved = join(APPROVED, `${name}.webp`);
              // a page that looks as it should is not waited for
              if (await comparison.isSame(await look(page), approved)) continue;
              const png = await picture(page, recording);
              const fault = await comparison.fault(png, approved, join(SEEN, `${name}.png`));
              if (fault === undefined) continue;
              if (MODE === 'approve') {
                mkdirSync(APPROVED, { recursive: true });
                writeFileSync(approved, await comparison.pack(png));
              } else faults.push(`${name}: ${fault}`);
            }
          }
          page.off('pageerror', broken);
        }
        await Promise.all([out, signedIn].map((page) => page.context().close()));
        expect(faults).toEqual([]);
        if (MODE === 'approve')
          writeFileSync(
            join(__dirname, 'approved-with.json'),
            `${JSON.stringify(drawing(), undefined, 2)}\n`,
          );
      },
      15 * MINUTES,
    );
  });
}
