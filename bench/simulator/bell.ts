/** Lets a loop sleep until time is up or somebody rings; a ring that nobody waited for is not lost. */
export class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** @param seconds longest sleep */
  async wait(seconds: number): Promise<void> {
    if (!this.rung && seconds > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(seconds, 86_400) * 1000);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.rung = false;
    this.wake = undefined;
  }
}
