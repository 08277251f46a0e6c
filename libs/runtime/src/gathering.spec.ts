import { Gathering } from './gathering.js';

describe('gathering calls', () => {
  /** Rounds that end when they are told to. */
  class Rounds {
    readonly inputs: number[][] = [];
    private readonly ends: (() => void)[] = [];
    readonly run = async (inputs: readonly number[]): Promise<string[]> => {
      this.inputs.push([...inputs]);
      await new Promise<void>((resolve) => this.ends.push(resolve));
      return inputs.map((input) => `answer ${input}`);
    };

    async end(): Promise<void> {
      this.ends.shift()?.();
      await tick();
    }
  }

  const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('makes one round of calls that come together, each with its own answer', async () => {
    const rounds = new Rounds();
    const gathering = new Gathering(rounds.run);
    const calls = [1, 2, 3].map((input) => gathering.ask(input));
    await tick();
    await rounds.end();
    expect(await Promise.all(calls)).toEqual(['answer 1', 'answer 2', 'answer 3']);
    expect(rounds.inputs).toEqual([[1, 2, 3]]);
  });

  it('never lets a call join a round that has begun', async () => {
    const rounds = new Rounds();
    const gathering = new Gathering(rounds.run);
    const first = gathering.ask(1);
    await tick();
    const later = [gathering.ask(2), gathering.ask(3)];
    await tick();
    expect(rounds.inputs).toEqual([[1]]);
    await rounds.end();
    expect(await first).toBe('answer 1');
    await rounds.end();
    expect(await Promise.all(later)).toEqual(['answer 2', 'answer 3']);
    expect(rounds.inputs).toEqual([[1], [2, 3]]);
    const again = gathering.ask(4);
    await tick();
    await rounds.end();
    expect(await again).toBe('answer 4');
  });

  it('fails only the calls that fail alone', async () => {
    const gathering = new Gathering((inputs: readonly number[]) =>
      inputs.includes(2) ? Promise.reject(new Error('bad')) : Promise.resolve(inputs),
    );
    const ended = await Promise.allSettled([1, 2, 3].map((input) => gathering.ask(input)));
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await gathering.ask(4)).toBe(4);
  });

  it('takes so many at most, and fails together where a call must not be made twice', async () => {
    const rounds: number[][] = [];
    const gathering = new Gathering(
      (inputs: readonly number[]) => {
        rounds.push([...inputs]);
        return inputs.includes(2) ? Promise.reject(new Error('bad')) : Promise.resolve(inputs);
      },
      { most: 2, failsTogether: true },
    );
    const ended = await Promise.allSettled([1, 2, 3].map((input) => gathering.ask(input)));
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(rounds).toEqual([[1, 2], [3]]);
  });
});
