/** What is done again and again, such as a lane: it looks after its own faults. */
interface Recurring {
  run(): Promise<void> | void;
  settled(): Promise<void>;
}

interface Turn {
  readonly lane: Recurring;
  /** Ticks from one run to the next. */
  readonly every: number;
  /** Ticks before the first run; default: none. */
  readonly after?: number;
}

/** Runs the lanes of a background worker, each at its ticks, until the program ends. */
export class LaneSchedule {
  private readonly turns: readonly Turn[];
  private timer: NodeJS.Timeout | undefined;
  private ticks = 0;
  private stopped = false;

  /** @param turns lanes that come at every tick stand alone */
  constructor(...turns: readonly (Turn | Recurring)[]) {
    this.turns = turns.map((turn) => ('lane' in turn ? turn : { lane: turn, every: 1 }));
  }

  /** Whether lanes that find more to do should leave it to the next start. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** @param first the first tick is now, and not when one has passed */
  start(tickMs: number, first: 'at once' | 'later' = 'later'): void {
    if (first === 'at once') this.tick();
    this.timer = setInterval(() => this.tick(), tickMs);
  }

  /** Resolves when nothing is under way any more, and begins nothing. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await Promise.all(this.turns.map(({ lane }) => lane.settled()));
  }

  private tick(): void {
    for (const { lane, every, after = 0 } of this.turns)
      if (this.ticks >= after && (this.ticks - after) % every === 0) void lane.run();
    this.ticks += 1;
  }
}
