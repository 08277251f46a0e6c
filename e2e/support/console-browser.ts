import { AxeBuilder } from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import type { Stack } from './stack.js';
import { systemChromium } from '../../tools/testing/chromium.js';
import { eventually } from '../../tools/testing/eventually.js';

/** Pictures of what the browser showed; git ignores them. */
export const SHOTS = join(__dirname, '..', '..', '.artifacts', 'console');
const PATIENCE_MS = 120_000;

const WORDS = {
  en: { locale: 'en-GB', user: 'User', password: 'Password', signIn: 'Sign in' },
  de: { locale: 'de-DE', user: 'Benutzer', password: 'Kennwort', signIn: 'Anmelden' },
} as const;

/** A person's browser on the console of a stack. */
export class ConsoleBrowser {
  /** Errors that a page threw, and requests to other hosts. */
  readonly faults: string[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly stack: Stack,
  ) {}

  static async start(stack: Stack): Promise<ConsoleBrowser> {
    mkdirSync(SHOTS, { recursive: true });
    return new ConsoleBrowser(await chromium.launch(systemChromium()), stack);
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }

  url(path: string): string {
    return `${this.stack.serverUrls[0]}/console/${path}`;
  }

  /** A page of its own session, where nobody has signed in. */
  async open(language: keyof typeof WORDS): Promise<Page> {
    const context = await this.browser.newContext({
      locale: WORDS[language].locale,
      viewport: { width: 1280, height: 800 },
      acceptDownloads: true,
      // a dialog that is fading in has the contrast of no dialog that anybody reads
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(this.stack.serverUrls[0] ?? '') && !/^(data|blob):/.test(url))
        this.faults.push(url);
    });
    page.on('pageerror', (error) => this.faults.push(error.message));
    await page.goto(this.url(''));
    return page;
  }

  /** A page of its own session, signed in. */
  async signIn(
    language: keyof typeof WORDS,
    who: { user: string; password: string } = { user: 'admin', password: this.stack.adminPassword },
  ): Promise<Page> {
    const words = WORDS[language];
    const page = await this.open(language);
    await page.getByLabel(words.user).fill(who.user);
    await page.getByLabel(words.password, { exact: false }).first().fill(who.password);
    await page.getByRole('button', { name: words.signIn }).click();
    await page.getByRole('navigation').waitFor({ state: 'attached' });
    return page;
  }
}

/** Chooses in a field that is searched by typing: what is typed, and the option that it leaves. */
export async function pick(
  within: Page | Locator,
  label: RegExp,
  typed: string,
  option: string,
): Promise<void> {
  const field = within.getByLabel(label).first();
  await field.click();
  await field.fill(typed);
  const page = 'page' in within ? within.page() : within;
  await page.getByRole('option', { name: option }).click();
  // of several the choice stays open
  await field.press('Tab');
}

/** Does with a row of a list what its menu offers. */
export async function chooseAction(page: Page | Locator, row: string, action: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^(?:Actions|Aktionen) ${row}$`) }).click();
  const whole = 'page' in page ? page.page() : page;
  await whole.getByRole('menuitem', { name: action, exact: true }).click();
}

/** What axe finds against WCAG 2.2 AA on a page as it stands. */
export async function axeFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    // what passes is not collected
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    // within the page itself: it has no frames of others, for which another page would be opened each time
    .setLegacyMode()
    .analyze();
  return violations.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html ?? ''}`);
}

/** Demands of a page, with the menu or dialog that is open on it, that axe finds nothing and that it fits a telephone. */
export async function demandPage(page: Page): Promise<void> {
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  const faults = await axeFaults(page);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  await page.setViewportSize({ width: 390, height: before.height });
  await demandFits(page);
  await page.setViewportSize(before);
}

/** Waits until a page is no wider than its window: the frame moves its menu away first. */
export async function demandFits(page: Page): Promise<void> {
  const width = page.viewportSize()?.width ?? 0;
  await eventually(
    async () => {
      const shown = await page.evaluate<number>('document.documentElement.scrollWidth');
      if (shown > width)
        throw new Error(`${page.url()} is ${shown} wide: ${await page.evaluate<string>(beyond(width))}`);
    },
    { timeoutMs: 60_000 },
  );
}

/** What reaches beyond a width, for the error. */
function beyond(width: number): string {
  return `[...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > ${width} && !one.querySelector('*'))
    .slice(0, 5).map((one) => one.tagName + ' ' + one.className + ': ' + one.textContent.slice(0, 60)).join('; ')`;
}
