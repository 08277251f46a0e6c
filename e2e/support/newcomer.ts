import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../../tools/testing/eventually.js';
import type { GuideChapter, GuideStep } from '../../tools/testing/guide.js';
import { SHOTS } from './console-browser.js';

const DOCS = join(__dirname, '..', '..', 'docs');
/** Longest that a label of the guide may take to be on the page, in ms. */
const PATIENCE_MS = 60_000;
/** Longest that one try at a control takes, in ms: it may lie under a dialog that is just closing. */
const TRY_MS = 5_000;

/** What a guide says differently of every place, by what stands in it. */
export type Places = Readonly<Record<string, string>>;

/** How a newcomer pastes a line on a machine; what it prints. */
export type Paste = (line: string) => Promise<string>;

/**
 * Somebody who has the guide, a browser on the console and a terminal on the machines, and does what the guide says to the letter.
 * A label that the console does not have is looked for until the patience ends.
 */
export class Newcomer {
  /** What was shown in the terminal last. */
  private printed = '';
  private isLost = false;
  private readonly taken = new Set<string>();

  /** @param pictures whether the guide's pictures are taken anew */
  constructor(
    private readonly page: Page,
    private readonly pictures: boolean,
  ) {}

  /** @param places values to be exchanged, longest first */
  async follow(chapter: GuideChapter, places: Places = {}, paste?: Paste): Promise<void> {
    if (this.isLost) throw new Error('an earlier chapter did not come to its end');
    for (const step of chapter.steps) {
      try {
        await this.take(step, (text) => exchange(text, places), paste);
      } catch (error) {
        this.isLost = true;
        await this.page.screenshot({ path: join(SHOTS, 'getting-started-ends.png') });
        throw new Error(`"${chapter.title}" ends at ${JSON.stringify(step)}`, { cause: error });
      }
    }
  }

  private async take(step: GuideStep, here: (text: string) => string, paste?: Paste): Promise<void> {
    switch (step.kind) {
      case 'click':
        return await this.click(here(step.label));
      case 'fill':
        return await this.fill(here(step.label), this.whole(here(step.value), this.printed));
      case 'see':
        return await this.page
          .getByText(here(step.text))
          .and(this.page.locator(':visible:not(label *)'))
          .first()
          .waitFor({ timeout: PATIENCE_MS });
      case 'picture':
        return await this.takePicture(step.file);
      case 'paste':
        if (!paste) throw new Error('there is no machine to paste it on');
        for (const line of step.lines) this.printed = await paste(await this.shown(here(line)));
    }
  }

  private async click(label: string): Promise<void> {
    await this.try(async (place) => {
      const name = { name: label, exact: true };
      const controls = ['button', 'link', 'checkbox', 'menuitem'] as const;
      const [first, ...others] = controls.map((role) => place.getByRole(role, name));
      // one of a segmented control hides its radio button behind its label
      const segment = place.locator('label').filter({ hasText: wholly(label) });
      const control = [...others, segment].reduce((all, one) => all.or(one), first ?? segment);
      await control.first().click({ timeout: TRY_MS });
    });
    // pages are loaded when they are opened, and until then the one before has buttons of the same name
    const isPage = await this.page
      .getByRole('navigation')
      .getByRole('link', { name: label, exact: true })
      .count();
    if (isPage > 0) await this.page.getByRole('heading', { level: 1, name: label, exact: true }).waitFor();
  }

  private async fill(label: string, value: string): Promise<void> {
    await this.try(async (place) => {
      // one of a segmented control may have the name of the field that it opens
      const field = place.getByLabel(wholly(label)).and(place.locator(':not([type=radio])')).first();
      await field.waitFor({ state: 'attached', timeout: TRY_MS });
      const isSelect = (await field.and(place.locator('select')).count()) > 0;
      const kind = (await field.getAttribute('aria-haspopup')) ?? (await field.getAttribute('type'));
      switch (isSelect ? 'select' : kind) {
        case 'file':
          return await field.setInputFiles(value, { timeout: TRY_MS });
        case 'button': {
          const [chooser] = await Promise.all([
            this.page.waitForEvent('filechooser', { timeout: TRY_MS }),
            field.click({ timeout: TRY_MS }),
          ]);
          return await chooser.setFiles(value);
        }
        case 'select':
          await field.selectOption({ label: value }, { timeout: TRY_MS });
          return;
        case 'listbox':
          return await this.choose(field, value);
        default:
          return await field.fill(value, { timeout: TRY_MS });
      }
    });
  }

  /** One of those offered; where anything may be typed, that. */
  private async choose(field: Locator, value: string): Promise<void> {
    await field.click({ timeout: TRY_MS });
    const option = this.page.getByRole('option', { name: value, exact: true });
    try {
      await option.click({ timeout: TRY_MS });
    } catch (error) {
      if (!(await field.isEditable())) throw error;
      await field.fill(value, { timeout: TRY_MS });
      await field.press('Tab');
      // a choice takes back what it does not know
      if ((await field.inputValue()) !== value) throw error;
    }
  }

  /** Does something in the dialog that is open, or else on the page, until it can be done. */
  private async try(what: (place: Page | Locator) => Promise<void>): Promise<void> {
    await eventually(
      async () => {
        const dialog = this.page.getByRole('dialog').last();
        await what((await dialog.isVisible()) ? dialog : this.page);
      },
      { timeoutMs: PATIENCE_MS },
    );
  }

  /** The line that is meant: where the guide leaves something open, the console shows the whole of it. */
  private async shown(line: string): Promise<string> {
    if (!line.includes('…')) return line;
    return this.whole(line, await this.page.getByRole('dialog').innerText({ timeout: PATIENCE_MS }));
  }

  /** What `…` stands for in a text of the guide, as it was shown. */
  private whole(text: string, shown: string): string {
    if (!text.includes('…')) return text;
    const pattern = text
      .split('…')
      .map(literally)
      .join(String.raw`\S+`);
    // what was shown last is what is meant
    const found = Array.from(shown.matchAll(new RegExp(pattern, 'g')), ([all]) => all).at(-1);
    if (found === undefined) throw new Error(`nothing like "${text}" was shown, but:\n${shown}`);
    return found;
  }

  private async takePicture(file: string): Promise<void> {
    // a chapter that is followed twice shows its picture once
    if (!this.pictures || this.taken.has(file)) return;
    this.taken.add(file);
    const path = join(DOCS, file);
    mkdirSync(dirname(path), { recursive: true });
    await this.page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    await this.page.screenshot({ path, animations: 'disabled' });
  }
}

/** A text and nothing else, but for the mark of what has to be filled in. */
function wholly(text: string): RegExp {
  return new RegExp(String.raw`^\s*${literally(text)}( \*)?\s*$`);
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function exchange(text: string, places: Places): string {
  return Object.entries(places).reduce((so, [from, to]) => so.replaceAll(from, to), text);
}
