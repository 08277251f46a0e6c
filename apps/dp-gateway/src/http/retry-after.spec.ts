import { RetryAfter } from './retry-after.js';

/** Seconds that the last of so many callers, refused within one second, is told to wait. */
function toldTheLastOf(callers: number, chance: number): number {
  const comeBack = new RetryAfter();
  let seconds = 0;
  for (let caller = 0; caller < callers; caller += 1) seconds = comeBack.after(caller / callers, chance);
  return seconds;
}

describe('when refused callers are to come back', () => {
  it('is soon for a few of them', () => {
    expect(toldTheLastOf(5, 0)).toBe(1);
    expect(toldTheLastOf(5, 0.99)).toBe(3);
  });

  it('is later for many, so that about two hundred come back within a second', () => {
    expect(toldTheLastOf(5_000, 0.5)).toBe(25);
    expect(toldTheLastOf(100_000, 0.5)).toBe(60);
  });

  it('is another time for each', () => {
    const comeBack = new RetryAfter();
    for (let caller = 0; caller < 5_000; caller += 1) comeBack.after(0, 0);
    const told = Array.from({ length: 100 }, (_, caller) => comeBack.after(0, caller / 100));
    expect(Math.min(...told)).toBe(13);
    expect(Math.max(...told)).toBe(38);
    expect(new Set(told).size).toBeGreaterThan(20);
  });

  it('grows while callers are refused again and again, and is soon again half a minute later', () => {
    const comeBack = new RetryAfter();
    const told = [0, 5, 10].map((second) => {
      let seconds = 0;
      for (let caller = 0; caller < 1_000; caller += 1) seconds = comeBack.after(second * 1000, 0.5);
      return seconds;
    });
    expect(told).toEqual([5, 10, 15]);
    expect(comeBack.after(45_000, 0.5)).toBe(2);
  });
});
