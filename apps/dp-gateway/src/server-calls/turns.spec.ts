import { Turns } from './turns.js';

describe('turns', () => {
  it('are given to so many at once, then to who came first', async () => {
    const turns = new Turns(2, 60_000);
    expect(await Promise.all([turns.take(), turns.take()])).toEqual([true, true]);
    const order: string[] = [];
    const waiting = ['a', 'b'].map(async (name) => {
      await turns.take();
      order.push(name);
    });
    turns.giveBack();
    await waiting[0];
    expect(order).toEqual(['a']);
    turns.giveBack();
    await waiting[1];
    expect(order).toEqual(['a', 'b']);
  });

  it('that do not come in time are not taken later', async () => {
    const turns = new Turns(1, 20);
    expect(await turns.take()).toBe(true);
    expect(await turns.take()).toBe(false);
    turns.giveBack();
    expect(await turns.take()).toBe(true);
  });

  it('come back to all when nobody is in the line', async () => {
    const turns = new Turns(2, 20);
    await Promise.all([turns.take(), turns.take()]);
    turns.giveBack();
    turns.giveBack();
    expect(await Promise.all([turns.take(), turns.take()])).toEqual([true, true]);
    expect(await turns.take()).toBe(false);
  });
});
