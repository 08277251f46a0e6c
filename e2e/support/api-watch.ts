/** Milliseconds between two requests. */
const EVERY_MS = 50;
/** A request that has no answer after so long is a gap by itself. */
const PATIENCE_MS = 5_000;

/** What somebody found who asked all the time. */
export interface Availability {
  readonly asked: number;
  readonly unanswered: number;
  /** What came instead of a good answer, and how often. */
  readonly others: Readonly<Record<string, number>>;
  /** Longest time between two good answers, in milliseconds, and when it began. */
  readonly longestGap: number;
  readonly gapAt: Date;
}

/** Asks for the same thing every 50 ms, whatever became of the request before, and notes when a good answer came. */
export class ApiWatch {
  private readonly began = performance.now();
  private readonly others: Record<string, number> = {};
  private readonly good: number[] = [];
  private readonly open = new Set<Promise<void>>();
  private asked = 0;
  private unanswered = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(url: string, headers: Record<string, string>) {
    this.timer = setInterval(() => {
      const asking = this.ask(url, headers).finally(() => this.open.delete(asking));
      this.open.add(asking);
    }, EVERY_MS);
  }

  async stop(): Promise<Availability> {
    clearInterval(this.timer);
    await Promise.all(this.open);
    const times = [this.began, ...this.good.toSorted((one, other) => one - other)];
    const gaps = times
      .slice(1)
      .map((time, index) => ({ at: times[index] ?? time, gap: time - (times[index] ?? time) }));
    const { at, gap } = gaps.reduce((longest, one) => (one.gap > longest.gap ? one : longest), {
      at: this.began,
      gap: 0,
    });
    return {
      asked: this.asked,
      unanswered: this.unanswered,
      others: this.others,
      longestGap: Math.round(gap),
      gapAt: new Date(performance.timeOrigin + at),
    };
  }

  private async ask(url: string, headers: Record<string, string>): Promise<void> {
    this.asked += 1;
    try {
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
      await answer.arrayBuffer();
      if (answer.ok) this.good.push(performance.now());
      else this.lost(String(answer.status));
    } catch (error) {
      this.lost(error instanceof Error ? error.name : String(error));
    }
  }

  private lost(why: string): void {
    this.unanswered += 1;
    this.others[why] = (this.others[why] ?? 0) + 1;
  }
}
