const WIDTH = 30;

export interface Progress {
  /** A word. */
  phase: string;
  percent: number;
  detail: string;
}

/** A bar on a terminal's last line; nothing elsewhere. */
export class ProgressBar {
  private shown = false;

  constructor(
    private readonly terminal: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>,
    private readonly wanted: boolean,
  ) {}

  show({ phase, percent, detail }: Progress): void {
    if (!this.wanted || !this.terminal.isTTY) return;
    const filled = Math.round((percent / 100) * WIDTH);
    const bar = '#'.repeat(filled).padEnd(WIDTH, '.');
    this.terminal.write(`\r${phase.padEnd(10)} [${bar}] ${String(percent).padStart(3)} %  ${detail}\u001b[K`);
    this.shown = true;
  }

  clear(): void {
    if (this.shown) this.terminal.write('\r\u001b[K');
    this.shown = false;
  }
}
