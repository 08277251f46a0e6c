interface GatheringOptions {
  /** Inputs of one round at most, so that no caller waits for an endless one; 1000 by default. */
  most?: number;
  /** All calls of a round that fails fail with it; by default each of them is made again alone. */
  failsTogether?: boolean;
}

interface Waiting<In, Out> {
  input: In;
  resolve: (out: Out) => void;
  reject: (error: unknown) => void;
}

/**
 * Lets calls share a round trip: those that arrive while one is under way go together with the next. A round begins
 * after each of its calls was made, so a read sees everything that was written before it was asked for.
 *
 * When a round of several fails, each of its calls is made again alone, so that nobody fails by what others asked for:
 * what is gathered must give the same answer when it is done twice, or fail together.
 */
export class Gathering<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private isRunning = false;

  /** `run` gives an answer for each input, in their order. */
  constructor(
    private readonly run: (inputs: readonly In[]) => Promise<readonly Out[]>,
    private readonly options: GatheringOptions = {},
  ) {}

  ask(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      if (this.isRunning) return;
      this.isRunning = true;
      setImmediate(() => void this.rounds());
    });
  }

  private async rounds(): Promise<void> {
    const { most = 1000 } = this.options;
    while (this.waiting.length > 0) await this.round(this.waiting.splice(0, most));
    this.isRunning = false;
  }

  private async round(calls: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const answers = await this.run(calls.map(({ input }) => input));
      calls.forEach(({ resolve }, index) => resolve(answers[index] as Out));
    } catch (error) {
      if (calls.length === 1 || this.options.failsTogether) for (const { reject } of calls) reject(error);
      else await Promise.all(calls.map((call) => this.round([call])));
    }
  }
}
