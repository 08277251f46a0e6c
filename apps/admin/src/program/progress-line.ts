import type { CommandContext } from './command.js';

/** Milliseconds between two lines where nobody watches, as under cron: a log wants to know that it goes on. */
const LOG_EVERY_MS = 30_000;
const SHOW_EVERY_MS = 200;

/** How far long work is: one line that changes on a terminal, now and then a line elsewhere. */
export class ProgressLine {
  private shownAt = performance.now();
  private isShown = false;

  constructor(private readonly terminal: CommandContext['terminal']) {}

  show(text: () => string): void {
    const now = performance.now();
    const wait = this.terminal.isTTY ? SHOW_EVERY_MS : LOG_EVERY_MS;
    if (now - this.shownAt < wait) return;
    this.shownAt = now;
    this.terminal.write(this.terminal.isTTY ? `\r${text()}\u001b[K` : `${text()}\n`);
    this.isShown = this.terminal.isTTY;
  }

  clear(): void {
    if (this.isShown) this.terminal.write('\r\u001b[K');
    this.isShown = false;
  }
}

/** `12.3 MiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
