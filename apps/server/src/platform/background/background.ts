import { Injectable, Logger } from '@nestjs/common';

/** Work that nobody waits for but the end of the program. What it leaves undone, the sweep finds. */
@Injectable()
export class Background {
  private readonly log = new Logger(Background.name);
  private readonly running = new Set<Promise<void>>();

  /** @param what names the work in the log if it fails */
  add(work: Promise<void>, what: string): void {
    const done = work
      .catch((error: unknown) => this.log.error(error, `${what} failed; the sweep does it`))
      .finally(() => this.running.delete(done));
    this.running.add(done);
  }

  /** Resolves when less than so many works are under way. */
  async roomFor(most: number): Promise<void> {
    while (this.running.size >= most) await Promise.race(this.running);
  }

  /** Resolves when nothing is under way, also of what this work has brought about. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}
