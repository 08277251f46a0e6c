/// <reference types="jest" />
import { soonAfter } from './soon.js';

describe('what is done soon after it was asked for', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('does not wait for the asking to end', () => {
    const run = jest.fn();
    const { ask } = soonAfter(run, 150);
    for (let asked = 0; asked < 10; asked += 1) {
      ask();
      jest.advanceTimersByTime(100);
    }
    expect(run.mock.calls.length).toBe(5);
  });

  it('is done once for all who asked, and again for who asks later', () => {
    const run = jest.fn();
    const { ask } = soonAfter(run, 150);
    ask();
    ask();
    jest.advanceTimersByTime(1000);
    expect(run).toHaveBeenCalledTimes(1);
    ask();
    jest.advanceTimersByTime(150);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('is not done once it is called off', () => {
    const run = jest.fn();
    const { ask, cancel } = soonAfter(run, 150);
    ask();
    cancel();
    jest.advanceTimersByTime(1000);
    expect(run).not.toHaveBeenCalled();
  });
});
