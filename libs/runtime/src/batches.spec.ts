import { inBatches } from './batches.js';

describe('batches', () => {
  it('answer for each thing in its order, whichever batch is done first', async () => {
    const things = Array.from({ length: 23 }, (_, index) => index);
    const sizes: number[] = [];
    const answers = await inBatches(things, 5, async (batch) => {
      sizes.push(batch.length);
      for (let turn = batch[0] === 0 ? 20 : 1; turn > 0; turn -= 1) await Promise.resolve();
      return batch.map((thing) => thing * 2);
    });
    expect(answers).toEqual(things.map((thing) => thing * 2));
    expect(sizes).toEqual([5, 5, 5, 5, 3]);
    expect(await inBatches([], 5, () => Promise.reject(new Error('asked')))).toEqual([]);
  });

  it('begin no more after a fault, and those under way are waited for', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const all = inBatches([1, 2, 3, 4, 5], 1, async ([thing = 0]) => {
      begun.push(thing);
      await Promise.resolve();
      if (thing === 1) throw new Error('broken');
      await Promise.resolve();
      ended.push(thing);
      return [];
    });
    await expect(all).rejects.toThrow('broken');
    expect(begun).toEqual([1, 2, 3]);
    expect(ended).toEqual([2, 3]);
  });
});
