import { Logger } from '@nestjs/common';

/**
 * Work that is done again and again, at its own pace: it is not begun a second time while it is under way, its fault is
 * logged and ends there, and nobody has to wait for it. What hangs or fails in one lane holds up no other one.
 */
export class Lane {
  private readonly log = new Logger(Lane.name);
  private running: Promise<void> | undefined;

  constructor(
    private readonly name: string,
    private readonly work: () => Promise<void>,
  ) {}

  /** Resolves when the work is done, by this call or by one before it. Never rejects. */
  run(): Promise<void> {
    this.running ??= this.work()
      .catch((error: unknown) => this.log.error(error, `${this.name} failed; it is tried again`))
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.running;
  }
}
