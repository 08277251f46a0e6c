import { afterAnswer, afterCut, afterHeld, type PollWait, startWait } from './poll-wait.js';

/** A cut after so many seconds, a poll that was held to its end, or one that was answered after so many seconds. */
type Event = number | 'held' | { answered: number };
const after = (events: readonly Event[], state: PollWait = startWait(30)): PollWait =>
  events.reduce((now, event) => {
    if (event === 'held') return afterHeld(now);
    return typeof event === 'object' ? afterAnswer(now, event.answered) : afterCut(now, event);
  }, state);
const times = <T>(count: number, event: T): T[] => Array.from({ length: count }, () => event);

describe('the wait of polls', () => {
  it.each<[string, Event[], number]>([
    ['begins as configured', [], 30],
    ['stays after one cut: the gateway may have been restarted', [10], 30],
    ['is below a limit that was met twice', [10, 10.2], 8],
    ['is below the lower of the two', [10.4, 9.9], 7],
    ['is not learned from cuts at different times', [10, 20, 4], 30],
    ['is not learned when another got through for longer', [10, { answered: 15 }, 10], 30],
    ['is learned in spite of answers that came sooner', [10, { answered: 1 }, { answered: 9 }, 10], 8],
    ['is not learned from a gateway that takes no connections', [0.1, 0.1, 0.1], 30],
    ['is not learned from a poll that was lost after its time', [45, 45], 30],
    ['is none behind what lets nothing through', [3, 3], 0],
    ['is learned again when the limit falls', [20, 20, 10, 10], 8],
    ['stays where it works', [10, 10, ...times(59, 'held' as const)], 8],
    ['is tried longer after an hour or so', [10, 10, ...times(60, 'held' as const)], 12],
    ['grows on as long as it works', [10, 10, ...times(121, 'held' as const)], 18],
    ['falls back at once when the longer one is cut', [10, 10, ...times(60, 'held' as const), 10], 8],
  ])('%s', (_, events, wait) => {
    expect(after(events).wait).toBe(wait);
  });

  it('is tried longer less often, the more often that was in vain', () => {
    const once = after([10, 10, ...times(60, 'held' as const), 10]);
    expect(after(times(119, 'held' as const), once).wait).toBe(8);
    expect(after(times(120, 'held' as const), once).wait).toBe(12);
  });

  it('never grows beyond what is configured', () => {
    expect(after(times(500, 'held' as const), startWait(10)).wait).toBe(10);
    expect(after([5, 5, ...times(800, 'held' as const)], startWait(10)).wait).toBe(10);
  });
});
