import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page, Route } from 'playwright-core';
import type { PictureLanguage, SceneIds } from './scenes.js';

/** Where pages are played: nothing listens there, and browsers trust it like `https`. */
export const STAGE = 'http://localhost:9';
/** A page that has asked for nothing three times as long has what it wants: of a server, and of this file. */
const QUIET_MS = { take: 150, play: 20 };
const CONSOLE = join(__dirname, '..', '..', 'dist', 'apps', 'console');
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

interface Answer {
  status: number;
  body: unknown;
}

/** What is kept of a walk through the console. */
export interface Recorded {
  /** The time that the clocks of the browsers show, ISO 8601. */
  now: string;
  /** The times of other machines say where they stand. */
  timeZone: string;
  ids: SceneIds;
  /** By `<method> <path with query>`; what depends on the language by `<language> GET …`, what nobody may see by `out GET …`. */
  answers: Record<string, Answer>;
}

/**
 * What a server answered while somebody walked through the console, so that pages show the same things for ever. It was
 * recorded from a whole installation (CONTRIBUTING.md), and is played to a browser whose clock stands still.
 */
export class Recording {
  /** Calls and files that a page has asked for and not got yet. */
  private open = 0;

  private constructor(
    private readonly file: string,
    readonly kept: Recorded,
    private readonly quietMs: number,
  ) {}

  /** @throws Error where nothing is recorded */
  static read(file: string): Recording {
    if (!existsSync(file)) throw new Error(`${file} is not there: record it`);
    return new Recording(file, JSON.parse(readFileSync(file, 'utf8')) as Recorded, QUIET_MS.play);
  }

  static begin(file: string, about: Omit<Recorded, 'answers'>): Recording {
    return new Recording(file, { ...about, answers: {} }, QUIET_MS.take);
  }

  /** Takes down what a server answers a page. @param server its address */
  async take(page: Page, server: string, as: PictureLanguage | 'out'): Promise<void> {
    await this.stage(page, async (route, key) => {
      const url = route.request().url().replace(STAGE, server);
      const response = await route.fetch({ url });
      const text = await response.text();
      const body: unknown = /json/.test(response.headers()['content-type'] ?? '') ? JSON.parse(text) : text;
      this.kept.answers[`${as} ${key}`] ??= { status: response.status(), body };
      await route.fulfill({ response });
    });
  }

  /** Answers a page as the server did. @param missing told what was asked for and never recorded */
  async play(page: Page, as: PictureLanguage | 'out', missing: (what: string) => void): Promise<void> {
    await this.stage(page, async (route, key) => {
      const answer = this.kept.answers[`${as} ${key}`] ?? this.kept.answers[key];
      if (answer === undefined) {
        missing(`${as} ${key}`);
        await route.abort();
        return;
      }
      const json = typeof answer.body !== 'string';
      await route.fulfill({
        status: answer.status,
        contentType: json ? 'application/json' : 'text/plain',
        body: json ? JSON.stringify(answer.body) : String(answer.body),
      });
    });
  }

  /** Waits until pages ask for nothing any more. */
  async quiet(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      await pause(this.quietMs);
      if (this.open > 0) quiet = -1;
    }
  }

  /** Writes it down, without what is said in both languages twice. @param scrub takes away what belongs to one machine */
  write(scrub: (text: string) => string): void {
    const { answers, ...about } = this.kept;
    const slim: Record<string, Answer> = {};
    for (const [key, answer] of Object.entries(answers).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const [as, ...rest] = key.split(' ');
      const plain = rest.join(' ');
      const other = answers[`${as === 'en' ? 'de' : 'en'} ${plain}`];
      const isSame = other === undefined || JSON.stringify(other) === JSON.stringify(answer);
      slim[as === 'out' || !isSame ? key : plain] = answer;
    }
    writeFileSync(this.file, `${scrub(JSON.stringify({ ...about, answers: slim }, undefined, 1))}\n`);
  }

  /** The console from `dist`; its calls go to `answer`. Its clock stands still, and it hears of no changes. */
  private async stage(page: Page, answer: (route: Route, key: string) => Promise<void>): Promise<void> {
    await page.clock.setFixedTime(this.kept.now);
    await page.addInitScript('window.EventSource = class extends EventTarget { close() {} };');
    await page.route(`${STAGE}/**`, async (route) => {
      const { pathname, search } = new URL(route.request().url());
      this.open += 1;
      try {
        if (pathname.startsWith('/console')) await route.fulfill(fileOf(pathname));
        else await answer(route, `${route.request().method()} ${pathname}${search}`);
      } finally {
        this.open -= 1;
      }
    });
  }
}

function fileOf(pathname: string): { body: Buffer; contentType: string } {
  const asked = join(CONSOLE, pathname.slice('/console'.length));
  const file = extname(asked) === '' ? join(CONSOLE, 'index.html') : asked;
  return { body: readFileSync(file), contentType: TYPES[extname(file)] ?? 'application/octet-stream' };
}
