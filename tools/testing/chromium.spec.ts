/** @needs peers: the packages of the tests. */
import { chromium } from 'playwright-core';
import { systemChromium } from './chromium.js';

describe('the browser of the tests', () => {
  it('runs what a page brings, and has letters to draw it with', async () => {
    const browser = await chromium.launch(systemChromium());
    try {
      const page = await browser.newPage();
      await page.setContent('<p><span>Wi</span><span>ii</span></p><script>document.title = 1 + 1</script>');
      expect(await page.title()).toBe('2');
      const [wide = 0, narrow = 0] = await page.evaluate<number[]>(
        `[...document.querySelectorAll('span')].map((one) => one.getBoundingClientRect().width)`,
      );
      expect(wide).toBeGreaterThan(narrow);
      expect(narrow).toBeGreaterThan(0);
    } finally {
      await browser.close();
    }
  }, 60_000);
});
