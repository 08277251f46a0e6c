import { untraced } from './tracing/tracing.js';

interface GatheringOptions {
  /** Inputs of one round at most, so that no caller waits for an endless one; 1000 by default. */
  most?: number;
  /** All calls of a round that fails fail with it; by default each of them is made again alone. */
  failsTogether?: boolean;
  /**
   * The order of the calls matters: no round goes beside another, and the calls of a failed one are made again one after
   * the other.
   */
  inOrder?: boolean;
  /** Milliseconds after which a round no longer holds up the next one; 2000 by default. */
  patienceMs?: number;
}

/** Rounds under way at once, when one hangs: more would take every connection there is. */
const MOST_ROUNDS = 4;

interface Waiting<In, Out> {
  input: In;
  resolve: (out: Out) => void;
  reject: (error: unknown) => void;
}

/**
 * Lets calls share a round trip: those that arrive while one is under way go together with the next. A round begins
 * after each of its calls was made, so a read sees everything that was written before it was asked for.
 *
 * A round that hangs holds up its own calls only: the next ones go beside it after a while.
 *
 * When a round of several fails, each of its calls is made again alone, so that nobody fails by what others asked for:
 * what is gathered must give the same answer when it is done twice, or fail together.
 */
export class RequestBatcher<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private isRunning = false;
  private readonly underWay = new Set<Promise<void>>();

  /** `run` gives an answer for each input, in their order. */
  constructor(
    private readonly run: (inputs: readonly In[]) => Promise<readonly Out[]>,
    private readonly options: GatheringOptions = {},
  ) {}

  load(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      if (this.isRunning) return;
      this.isRunning = true;
      untraced(() => setImmediate(() => void this.rounds()));
    });
  }

  private async rounds(): Promise<void> {
    const { most = 1000, inOrder = false, patienceMs = 2_000 } = this.options;
    while (this.waiting.length > 0) {
      const round: Promise<void> = this.round(this.waiting.splice(0, most)).finally(() =>
        this.underWay.delete(round),
      );
      this.underWay.add(round);
      await (inOrder ? round : endOrPatience(round, patienceMs));
      if (this.underWay.size >= MOST_ROUNDS) await Promise.race(this.underWay);
    }
    this.isRunning = false;
  }

  private async round(calls: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const answers = await this.run(calls.map(({ input }) => input));
      calls.forEach(({ resolve }, index) => resolve(answers[index] as Out));
    } catch (error) {
      if (calls.length === 1 || this.options.failsTogether) for (const { reject } of calls) reject(error);
      else if (this.options.inOrder) for (const call of calls) await this.round([call]);
      else await Promise.all(calls.map((call) => this.round([call])));
    }
  }
}

/** Resolves when the round has ended, or has taken too long. */
async function endOrPatience(round: Promise<void>, patienceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([round, late]);
  clearTimeout(timer);
}
