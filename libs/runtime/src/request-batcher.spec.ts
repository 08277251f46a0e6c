import { eventually } from '../../../tools/testing/eventually.js';
import { RequestBatcher } from './request-batcher.js';

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
    const gathering = new RequestBatcher(rounds.run);
    const calls = [1, 2, 3].map((input) => gathering.load(input));
    await tick();
    await rounds.end();
    expect(await Promise.all(calls)).toEqual(['answer 1', 'answer 2', 'answer 3']);
    expect(rounds.inputs).toEqual([[1, 2, 3]]);
  });

  it('never lets a call join a round that has begun', async () => {
    const rounds = new Rounds();
    const gathering = new RequestBatcher(rounds.run);
    const first = gathering.load(1);
    await tick();
    const later = [gathering.load(2), gathering.load(3)];
    await tick();
    expect(rounds.inputs).toEqual([[1]]);
    await rounds.end();
    expect(await first).toBe('answer 1');
    await rounds.end();
    expect(await Promise.all(later)).toEqual(['answer 2', 'answer 3']);
    expect(rounds.inputs).toEqual([[1], [2, 3]]);
    const again = gathering.load(4);
    await tick();
    await rounds.end();
    expect(await again).toBe('answer 4');
  });

  it('fails only the calls that fail alone', async () => {
    const gathering = new RequestBatcher((inputs: readonly number[]) =>
      inputs.includes(2) ? Promise.reject(new Error('bad')) : Promise.resolve(inputs),
    );
    const ended = await Promise.allSettled([1, 2, 3].map((input) => gathering.load(input)));
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await gathering.load(4)).toBe(4);
  });

  it('takes so many at most, and fails together where a call must not be made twice', async () => {
    const rounds: number[][] = [];
    const gathering = new RequestBatcher(
      (inputs: readonly number[]) => {
        rounds.push([...inputs]);
        return inputs.includes(2) ? Promise.reject(new Error('bad')) : Promise.resolve(inputs);
      },
      { most: 2, failsTogether: true },
    );
    const ended = await Promise.allSettled([1, 2, 3].map((input) => gathering.load(input)));
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(rounds).toEqual([[1, 2], [3]]);
  });

  it('makes the calls of a failed round again in their order where that matters', async () => {
    const begun: number[] = [];
    const gathering = new RequestBatcher(
      async (inputs: readonly number[]) => {
        if (inputs.length > 1) throw new Error('bad');
        begun.push(...inputs);
        await tick();
        if (begun.length !== inputs[0]) throw new Error('the next one has begun before this one was done');
        return inputs;
      },
      { inOrder: true },
    );
    expect(await Promise.all([1, 2, 3].map((input) => gathering.load(input)))).toEqual([1, 2, 3]);
  });

  it('lets a round that hangs hold up nobody else, and few of them at once', async () => {
    const begun: number[][] = [];
    const ends = new Map<number, () => void>();
    const gathering = new RequestBatcher(
      async (inputs: readonly number[]) => {
        begun.push([...inputs]);
        if (inputs.some((input) => input < 10))
          await new Promise<void>((resolve) => ends.set(inputs[0] ?? 0, resolve));
        return inputs;
      },
      { patienceMs: 5 },
    );
    const hung = [1, 2, 3, 4].map(async (input, index) => {
      await eventually(() => expect(begun).toHaveLength(index));
      return gathering.load(input);
    });
    await eventually(() => expect(begun).toEqual([[1], [2], [3], [4]]));
    const fifth = gathering.load(10);
    await eventually(() => expect(ends.size).toBe(4));
    expect(begun).toHaveLength(4);
    ends.get(2)?.();
    expect(await fifth).toBe(10);
    for (const end of ends.values()) end();
    expect(await Promise.all(hung)).toEqual([1, 2, 3, 4]);
  });
});
