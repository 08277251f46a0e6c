import type { Page } from 'playwright-core';
import { eventually } from '../../tools/testing/eventually.js';

/** Ids that are made, and codes as the API writes them. */
const CODE = /[0-9a-f]{8}-[0-9a-f]{4}-|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/;
/** States that no language writes like that. */
const STATE =
  /\b(?:install-failed|awaiting-registration|pending-restart|outcome-unknown|not-proven|dps-stopped)\b/;
/** States that are words in English, where they are all that an element says on a German page. */
const ENGLISH = new Set(
  (
    'imported releasing retired planned queued leased running cancelling succeeded failed cancelled expired ' +
    'enabled disabled pending overdue waiting delivered published draft withdrawn committed previewed ' +
    'paused aborted finished scheduled new known changed excluded rejected'
  ).split(' '),
);

/** Reads what stands on a page outside of the small codes and of what programs wrote; what is in capitals by its style as well. */
const READ = `(() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const of = node.parentElement;
    const text = node.textContent.trim();
    if (text === '' || of.closest('[data-code], pre, code, script, style') || !of.checkVisibility()) continue;
    texts.push(getComputedStyle(of).textTransform === 'uppercase' ? 'CAPITALS: ' + text : text);
  }
  return texts;
})()`;

/**
 * Demands of a page, with the dialog that is open on it, that it says nothing by a code, an id or the API's name of a state where
 * words could stand.
 *
 * @param ids of things that have a name
 */
export async function demandWords(page: Page, ids: readonly string[] = []): Promise<void> {
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  const isGerman = (await page.locator('html').getAttribute('lang')) === 'de';
  await eventually(
    async () => {
      const texts = await page.evaluate<string[]>(READ);
      const wrong = texts.filter(
        (text) =>
          CODE.test(text) ||
          STATE.test(text) ||
          text.startsWith('CAPITALS: ') ||
          (isGerman && ENGLISH.has(text)) ||
          ids.some((id) => new RegExp(`(?<![\\w-])${id}(?![\\w-])`).test(text)),
      );
      if (wrong.length > 0) throw new Error(`${page.url()} says ${wrong.slice(0, 10).join(' | ')}`);
    },
    { timeoutMs: 15_000 },
  );
}
