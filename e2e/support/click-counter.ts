import type { Page } from 'playwright-core';

/**
 * Counts what a person does on a page with the mouse: each press of a button, link or field once, each choice in a native
 * select once, each file that is chosen or dropped once. What is typed is free, Enter as well.
 */
export class ClickCounter {
  private counted: string[] = [];

  private constructor() {}

  /** Counts from the next page that is opened in it. */
  static async on(page: Page): Promise<ClickCounter> {
    const counter = new ClickCounter();
    await page.exposeFunction('countedByTest', (what: string) => void counter.counted.push(what));
    await page.addInitScript(COUNTING);
    await page.reload();
    return counter;
  }

  /** What was done since it was asked last, in its order. */
  take(): string[] {
    const done = this.counted;
    this.counted = [];
    return done;
  }
}

/**
 * A press of a label is a click on it and then another one on what it is for: the first after a press counts. A native select
 * opens no list that could be pressed here, and the field of a file no dialog: their changes count instead.
 */
const COUNTING = `(() => {
  const name = (one) => (one.closest('button, a, label, [role=option]') ?? one).textContent.trim().slice(0, 60) || one.tagName;
  const isOwn = (one) => one.tagName === 'SELECT' || (one.tagName === 'INPUT' && one.type === 'file');
  let isPressed = false;
  document.addEventListener('pointerdown', ({ isTrusted }) => void (isPressed = isTrusted), true);
  document.addEventListener('click', ({ isTrusted, target }) => {
    if (isTrusted && isPressed && !isOwn(target)) window.countedByTest('click ' + name(target));
    isPressed = false;
  }, true);
  document.addEventListener('change', ({ target }) => {
    if (isOwn(target)) window.countedByTest((target.type === 'file' ? 'file ' : 'select ') + (target.files?.[0]?.name ?? target.value));
  }, true);
  document.addEventListener('drop', () => window.countedByTest('file dropped'), true);
})()`;
