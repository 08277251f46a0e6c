interface Waiting<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Does the work of many callers together: whoever asks while work is under way shares the next round with the others who
 * do. A lone caller waits for nothing but the turn in which it asked, so that calls of one read of a socket meet.
 */
export class Gathering<Request, Answer> {
  private waiting: Waiting<Request, Answer>[] = [];
  private busy = false;

  /**
   * @param work answers requests, in their order; when it fails, all of that round fail with it
   * @param most requests of one round
   */
  constructor(
    private readonly work: (requests: readonly Request[]) => Promise<readonly Answer[]>,
    private readonly most: number,
  ) {}

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (!this.busy) void this.rounds();
    });
  }

  private async rounds(): Promise<void> {
    this.busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const round = this.waiting.splice(0, this.most);
      try {
        const answers = await this.work(round.map(({ request }) => request));
        if (answers.length !== round.length)
          throw new Error(`${round.length} requests got ${answers.length} answers`);
        for (const [index, answer] of answers.entries()) round[index]?.resolve(answer);
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    this.busy = false;
  }
}
