import { setImmediate as turn } from 'node:timers/promises';
import { LaneSchedule } from './lane-schedule.js';
import { Lane } from './lane.js';

describe('a schedule of lanes', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
  afterEach(() => void jest.useRealTimers());

  const counted = () => {
    const lane = { runs: 0, run: () => void (lane.runs += 1), settled: () => Promise.resolve() };
    return lane;
  };

  it('runs each lane at its ticks, the first at once where that is wanted', () => {
    const [each, third, late] = [counted(), counted(), counted()];
    const schedule = new LaneSchedule(each, { lane: third, every: 3 }, { lane: late, every: 2, after: 4 });
    schedule.start(100, 'at once');
    const runs = () => [each.runs, third.runs, late.runs];
    expect(runs()).toEqual([1, 1, 0]);
    jest.advanceTimersByTime(300);
    expect(runs()).toEqual([4, 2, 0]);
    jest.advanceTimersByTime(300);
    expect(runs()).toEqual([7, 3, 2]);
    void schedule.stop();
  });

  it('waits for the first tick', () => {
    const lane = counted();
    const schedule = new LaneSchedule(lane);
    schedule.start(100);
    jest.advanceTimersByTime(99);
    expect(lane.runs).toBe(0);
    jest.advanceTimersByTime(1);
    expect(lane.runs).toBe(1);
    void schedule.stop();
  });

  it('stops when what is under way has ended, and tells it to come to its end', async () => {
    let end = (): void => undefined;
    const lane = new Lane('work', () => new Promise((resolve) => (end = resolve)));
    const schedule = new LaneSchedule(lane);
    schedule.start(100, 'at once');
    let stopped = false;
    const stopping = schedule.stop().then(() => (stopped = true));
    await turn();
    expect([schedule.isStopped, stopped]).toEqual([true, false]);
    end();
    await stopping;
    expect(stopped).toBe(true);
  });
});
