import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

/** A square of this many CSS pixels … */
const WINDOW = 24;
/** … may hold this many that differ: less than a changed letter, more than a browser's next rounding. */
const TOLERATED = 12;

interface Compared {
  /** The most that differ in any square, -1 where the sizes do. */
  differing: number;
  /** What differs, in red, where more do than are tolerated; as a `data:` address. */
  shown: string;
}

/** Decodes pictures, and compares them, in a browser's page. */
export class PictureComparison {
  private constructor(private readonly page: Page) {}

  static async open(browser: Browser): Promise<PictureComparison> {
    const page = await browser.newPage();
    const library = readFileSync(require.resolve('pixelmatch'), 'utf8');
    await page.addScriptTag({ type: 'module', content: `${library}\nwindow.pixelmatch = pixelmatch;` });
    await page.addScriptTag({ content: WITHIN });
    await page.waitForFunction('window.pixelmatch !== undefined');
    return new PictureComparison(page);
  }

  /** As what approved pictures are kept: WebP without loss, in the colours of a palette. */
  async pack(png: Buffer): Promise<Buffer> {
    const url = await this.page.evaluate<string>(`packed(${JSON.stringify(asUrl(png, 'png'))})`);
    return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  }

  /** Whether a picture is the approved one. */
  async isSame(png: Buffer, approved: string): Promise<boolean> {
    return existsSync(approved) && isTolerated((await this.compare(png, approved)).differing);
  }

  /**
   * Whether a picture is the approved one, or what is wrong with it.
   * @param approved file of the approved picture
   * @param seen file for what was seen, and beside it what differs; written where they do
   */
  async fault(png: Buffer, approved: string, seen: string): Promise<string | undefined> {
    if (!existsSync(approved)) return keep(seen, png, 'nobody has approved it yet');
    const { differing, shown } = await this.compare(png, approved);
    if (isTolerated(differing)) return undefined;
    if (shown !== '')
      keep(
        seen.replace(/\.png$/, '.differs.png'),
        Buffer.from(shown.slice(shown.indexOf(',') + 1), 'base64'),
        '',
      );
    return keep(
      seen,
      png,
      differing < 0 ? 'it has another size' : `${differing} pixels differ within ${WINDOW} × ${WINDOW}`,
    );
  }

  private compare(png: Buffer, approved: string): Promise<Compared> {
    const [was, is] = [asUrl(readFileSync(approved), 'webp'), asUrl(png, 'png')];
    return this.page.evaluate<Compared>(
      `compared(${JSON.stringify(was)}, ${JSON.stringify(is)}, ${WINDOW}, ${TOLERATED})`,
    );
  }
}

function isTolerated(differing: number): boolean {
  return differing >= 0 && differing <= TOLERATED;
}

function keep(file: string, picture: Buffer, fault: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, picture);
  return `${fault}: ${join('.artifacts', file.split('.artifacts')[1] ?? file)}`;
}

function asUrl(picture: Buffer, type: 'png' | 'webp'): string {
  return `data:image/${type};base64,${picture.toString('base64')}`;
}

const WITHIN = `
async function drawn(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const within = canvas.getContext('2d', { willReadFrequently: true });
  within.drawImage(image, 0, 0);
  return { canvas, data: within.getImageData(0, 0, image.width, image.height) };
}
async function urlOf(canvas, type) {
  // without loss: that is what a quality of 1 means for WebP
  const blob = await canvas.convertToBlob({ type, quality: 1 });
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(blob);
  });
}
// colours in as many steps as leave no more of them than a palette holds: letters and lines stay, three quarters of the bytes go
function plain({ canvas, data }) {
  const pixels = new Uint32Array(data.data.buffer);
  for (let steps = 31; steps > 3; steps = steps >> 1) {
    const step = Uint8Array.from({ length: 256 }, (_, value) => Math.round((Math.round((value * steps) / 255) * 255) / steps));
    for (let at = 0; at < data.data.length; at += 1) data.data[at] = step[data.data[at]];
    const colours = new Set();
    let last;
    for (const pixel of pixels) {
      // most are like the one before
      if (pixel !== last) colours.add(pixel);
      last = pixel;
    }
    if (colours.size <= 256) break;
  }
  canvas.getContext('2d').putImageData(data, 0, 0);
  return { canvas, data };
}
async function packed(url) {
  return urlOf(plain(await drawn(url)).canvas, 'image/webp');
}
async function compared(was, is, windowSize, tolerated) {
  const [a, b] = [await drawn(was), plain(await drawn(is))];
  if (a.data.width !== b.data.width || a.data.height !== b.data.height) return { differing: -1, shown: '' };
  const shown = new ImageData(b.data.width, b.data.height);
  const differing = pixelmatch(a.data.data, b.data.data, shown.data, b.data.width, b.data.height, { windowSize, threshold: 0.05 });
  if (differing <= tolerated) return { differing, shown: '' };
  b.canvas.getContext('2d').putImageData(shown, 0, 0);
  return { differing, shown: await urlOf(b.canvas, 'image/png') };
}`;
