import { StopControl, Stopped } from './method.js';
import { persevere } from './perseverance.js';

describe('trying to get back to a computer', () => {
  const how = (changes: object = {}) => ({
    reconnectFor: 600,
    deadline: '2999-01-01T00:00:00Z',
    now: Date.now,
    stop: new StopControl().leave,
    isFinal: () => false,
    ...changes,
  });
  const lost = (): Promise<never> => Promise.reject(new Error('lost'));

  it('goes on until it works', async () => {
    let tries = 0;
    const result = await persevere(
      (isAgain) => ((tries += 1) < 2 ? lost() : Promise.resolve(isAgain)),
      how(),
    );
    expect([result, tries]).toEqual([true, 2]);
  });

  it('has a second try after the deadline, however long the first one took', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    let tries = 0;
    const work = (): Promise<never> => {
      tries += 1;
      // as a keepalive takes to find that nobody is there
      time += 30_000;
      return lost();
    };
    await expect(persevere(work, how({ deadline: '2025-12-31T23:59:00Z', now: () => time }))).rejects.toThrow(
      'lost',
    );
    expect(tries).toBe(2);
  });

  it('ends at once with a stop, also in a pause, and tries no more', async () => {
    const control = new StopControl();
    let tries = 0;
    const work = (): Promise<never> => {
      tries += 1;
      setImmediate(() => control.stop('lost'));
      return lost();
    };
    await expect(persevere(work, how({ stop: control.leave }))).rejects.toThrow(Stopped);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(tries).toBe(1);
  });

  it('does not go on where that would be wrong, not even after a pause', async () => {
    let tries = 0;
    let isOver = false;
    const work = (): Promise<never> => {
      tries += 1;
      setImmediate(() => (isOver = true));
      return lost();
    };
    await expect(persevere(work, how({ isFinal: () => isOver }))).rejects.toThrow('lost');
    expect(tries).toBe(1);
  });
});
