import type { ConsumeMessage } from 'amqplib';
import { Deadline, DEADLINE_HEADER, deadlineOf } from './deadline.js';

const call = (patience: number | undefined, left?: number): Pick<ConsumeMessage, 'properties'> => ({
  properties: {
    ...(patience !== undefined && { expiration: String(patience) }),
    headers: left === undefined ? {} : { [DEADLINE_HEADER]: Date.now() + left },
  } as ConsumeMessage['properties'],
});

describe('the deadline of a call', () => {
  it('is over when its time is up', () => {
    expect(Deadline.in(0).isOver).toBe(true);
    expect(Deadline.in(60_000).isOver).toBe(false);
  });

  it.each([
    ['counts what was spent on the way', () => call(9, 2), true],
    ['is never less than half of the patience, because clocks differ', () => call(60_000, 2), false],
    ['of a caller whose clock is far behind is its patience', () => call(60_000, -3_600_000), false],
    ['of a caller whose clock is far ahead is its patience', () => call(1, 3_600_000), true],
    ['of an older program is its patience', () => call(1), true],
    ['of a call without an end never comes', () => call(undefined), false],
  ])('%s', async (_, message, isOver) => {
    const deadline = deadlineOf(message());
    const begun = performance.now();
    while (performance.now() - begun < 5) await Promise.resolve();
    expect(deadline.isOver).toBe(isOver);
  });
});
