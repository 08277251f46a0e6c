import { timeLeft } from '#runtime';

interface Waiting {
  /** Milliseconds of the steady clock. */
  until: number;
  settle: (isMine: boolean) => void;
}

/** Lets so many go on at once; the others wait in a line, first come, first served, and leave it when it takes too long. */
export class Turns {
  private free: number;
  private line: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** @param patience milliseconds in the line at most */
  constructor(
    atOnce: number,
    private readonly patience: number,
  ) {
    this.free = atOnce;
  }

  /** True: it is this caller's turn, which it has to give back. False: it did not come in time. */
  take(): Promise<boolean> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((settle) => {
      this.line.push({ until: performance.now() + this.patience, settle });
      this.watch();
    });
  }

  giveBack(): void {
    const next = this.line.shift();
    if (next) next.settle(true);
    else this.free += 1;
  }

  /** All wait equally long, so that whoever is first in the line leaves it first. */
  private watch(): void {
    const [first] = this.line;
    if (this.timer || !first) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      const now = performance.now();
      while (this.line[0] && this.line[0].until <= now) this.line.shift()?.settle(false);
      this.watch();
    }, timeLeft(first.until));
    this.timer.unref();
  }
}
