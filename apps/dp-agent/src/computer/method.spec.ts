import { Stopped, unlessStopped } from './method.js';

describe('work that may be stopped', () => {
  const failing = (): Promise<never> =>
    new Promise((_, reject) => setImmediate(() => reject(new Error('late'))));

  it.each(['before', 'while'])('leaves no fault unhandled when it was stopped %s it began', async (when) => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): unknown => unhandled.push(error);
    process.on('unhandledRejection', note);
    const ending = new AbortController();
    if (when === 'before') ending.abort('ending');
    let told = 0;
    const work = unlessStopped(failing(), ending.signal, () => {
      told += 1;
    });
    if (when === 'while') ending.abort('ending');
    await expect(work).rejects.toThrow(Stopped);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect({ unhandled, told }).toEqual({ unhandled: [], told: 1 });
  });
});
