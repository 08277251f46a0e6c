import type { BrokerConnection } from './broker-connection.js';
import { DeadLetters } from './dead-letters.js';
import { BrokerUnavailable } from './errors.js';
import type { Publisher } from './publisher.js';
import { DEAD_QUEUES, deadQueue, QUEUES } from './topology.js';

/** Counted at a broker that says so of each queue. */
function counted(
  checkQueue: () => Promise<object>,
  check: () => void = () => undefined,
): Promise<Map<string, number>> {
  const channel = { checkQueue, close: () => Promise.resolve() };
  const connection = { check, openChannel: () => Promise.resolve(channel) };
  return new DeadLetters(connection as unknown as BrokerConnection, {} as Publisher).counts();
}

const refused = (code: number) => () =>
  Promise.reject(Object.assign(new Error('Operation failed: QueueDeclare'), { code }));

describe('dead letters, counted', () => {
  it('are those on their queues', async () => {
    const counts = await counted(() => Promise.resolve({ messageCount: 3 }));
    expect(counts).toEqual(new Map(DEAD_QUEUES.map((queue) => [queue, 3])));
  });

  it('are none on a queue that does not exist', async () => {
    expect(await counted(refused(404))).toEqual(new Map(DEAD_QUEUES.map((queue) => [queue, 0])));
  });

  it('are not known when the broker says anything else', async () => {
    await expect(counted(refused(403))).rejects.toBeInstanceOf(BrokerUnavailable);
    await expect(counted(() => Promise.reject(new Error('Channel closed')))).rejects.toBeInstanceOf(
      BrokerUnavailable,
    );
  });

  it('are not asked for while the broker has an alarm: it would not answer', async () => {
    const asked = jest.fn(() => new Promise<object>(() => undefined));
    const blocked = (): void => {
      throw new BrokerUnavailable('blocked: low on memory');
    };
    await expect(counted(asked, blocked)).rejects.toThrow('low on memory');
    expect(asked).not.toHaveBeenCalled();
  });
});

describe('where a dead letter came from', () => {
  /** The origin of the one letter, which lies on that queue with those headers. */
  const originOf = async (queue: string, headers: object): Promise<string | null | undefined> => {
    const letters = [{ content: Buffer.from('x'), properties: { headers } }];
    const channel = {
      checkQueue: () => Promise.resolve({ messageCount: 1 }),
      get: (asked: string) => Promise.resolve(asked === queue ? (letters.pop() ?? false) : false),
      close: () => Promise.resolve(),
    };
    const connection = { check: () => undefined, openChannel: () => Promise.resolve(channel) };
    const list = await new DeadLetters(connection as unknown as BrokerConnection, {} as Publisher).list();
    return list[0]?.origin;
  };

  it.each([
    [deadQueue(QUEUES.status), QUEUES.status],
    [deadQueue(QUEUES.imports), QUEUES.imports],
    [QUEUES.deadTickets, 'dp.site-1.orders'],
  ])('on %s is %s', async (queue, origin) => {
    expect(await originOf(queue, { 'x-queue': origin })).toBe(origin);
    expect(await originOf(queue, { 'x-death': [{ queue: origin, reason: 'delivery_limit' }] })).toBe(origin);
  });

  it.each([
    [QUEUES.deadTickets, QUEUES.imports],
    [QUEUES.deadTickets, QUEUES.rpc],
    [QUEUES.deadTickets, 'dp.site.orders.more'],
    [QUEUES.deadTickets, QUEUES.deadTickets],
    [deadQueue(QUEUES.status), QUEUES.imports],
    [deadQueue(QUEUES.imports), 'dp.site.orders'],
  ])('on %s is not %s, whatever it says: a replay goes nowhere else', async (queue, origin) => {
    expect(await originOf(queue, { 'x-queue': origin })).toBeNull();
    expect(await originOf(queue, { 'x-death': [{ queue: origin, reason: 'expired' }] })).toBeNull();
  });
});
