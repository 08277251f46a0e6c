import { timeLeft } from './time-left.js';

describe('what is left of a time', () => {
  it('is what a timer takes: also when the time was over long ago', () => {
    expect(timeLeft(performance.now() + 1000)).toBeGreaterThan(900);
    expect(timeLeft(performance.now() - 0.7)).toBe(0);
    expect(timeLeft(performance.now() - 60_000)).toBe(0);
  });
});
