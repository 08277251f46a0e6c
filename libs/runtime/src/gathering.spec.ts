import { Gathering } from './gathering.js';

describe('gathering', () => {
  it('does together what is asked in one turn, and what comes while work is under way', async () => {
    const rounds: number[][] = [];
    let finish: () => void = () => undefined;
    const gathering = new Gathering<number, number>(async (numbers) => {
      rounds.push([...numbers]);
      if (rounds.length === 1) await new Promise<void>((resolve) => (finish = resolve));
      return numbers.map((number) => number * 2);
    }, 3);
    const first = [gathering.ask(1), gathering.ask(2)];
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const later = [3, 4, 5, 6].map((number) => gathering.ask(number));
    finish();
    expect(await Promise.all([...first, ...later])).toEqual([2, 4, 6, 8, 10, 12]);
    expect(rounds).toEqual([[1, 2], [3, 4, 5], [6]]);
    expect(await gathering.ask(7)).toBe(14);
  });

  it('fails for all of a round, and goes on with the next', async () => {
    let fails = true;
    const gathering = new Gathering<number, number>(async (numbers) => {
      await Promise.resolve();
      if (fails) throw new Error('away');
      return numbers;
    }, 10);
    const outcomes = await Promise.allSettled([gathering.ask(1), gathering.ask(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await gathering.ask(3)).toBe(3);
  });
});
