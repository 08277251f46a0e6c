import { connect } from 'amqplib';
import { QUEUE_TYPE_OF_TESTS } from '../../../tools/testing/rabbitmq-choice.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { BrokerConnection } from './broker-connection.js';
import { BrokerUnavailable, TopologyMismatch, Unroutable } from './errors.js';
import { OrderQueueReader } from './order-queue-reader.js';
import { OrderQueues } from './order-queues.js';
import { Publisher } from './publisher.js';
import { orderQueue, QUEUES } from './topology.js';

const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };
const ticket = (order: string, number = 1) =>
  ({ v: 1, order, ticket: number, kind: 'order', correlation: order }) as const;

describe('order queues on the broker', () => {
  let vhost: TestVhost;
  let connection: BrokerConnection;
  let publisher: Publisher;
  let queues: OrderQueues;
  let reader: OrderQueueReader;
  const never = new AbortController().signal;

  beforeAll(async () => {
    vhost = await createVhost();
    connection = new BrokerConnection(vhost.url, 'test', quiet);
    publisher = new Publisher(connection);
    queues = new OrderQueues(connection, publisher, QUEUE_TYPE_OF_TESTS, quiet);
    reader = new OrderQueueReader(connection, publisher, quiet, (dp) => queues.declare(dp));
    await eventually(() => queues.declare('site'));
    await eventually(() => publisher.publish({ queue: QUEUES.deadTickets, content: Buffer.from('x') }));
  });

  afterAll(async () => {
    publisher.close();
    await connection.close();
    await vhost.drop();
  }, 60_000);

  const depth = async (): Promise<number> => (await queues.counts('site')).ready;

  it('hands out what lies there, at most max, and removes it only by ack', async () => {
    for (let i = 1; i <= 5; i += 1) await queues.putTicket('site', ticket(`o${i}`));
    const taken = await reader.take('site', 3, 0, never);
    expect(taken.tickets.map((t) => t.order)).toEqual(['o1', 'o2', 'o3']);
    taken.giveBack();
    await eventually(async () => expect(await depth()).toBe(5));
    const all = await reader.take('site', 100, 0, never);
    expect(all.tickets).toHaveLength(5);
    all.ack();
    expect((await reader.take('site', 100, 0, never)).tickets).toEqual([]);
  });

  it('wakes a waiting poll at once', async () => {
    const waiting = reader.take('site', 10, 10_000, never);
    await eventually(async () => expect((await connectionsConsumers(vhost)).length).toBeGreaterThan(0));
    const sent = Date.now();
    await queues.putTicket('site', ticket('wake'));
    const taken = await waiting;
    expect(taken.tickets.map((t) => t.order)).toEqual(['wake']);
    expect(Date.now() - sent).toBeLessThan(2_000);
    taken.ack();
  });

  it('gives tickets back when the poll is aborted, and ends empty when nothing comes', async () => {
    const abort = new AbortController();
    const waiting = reader.take('site', 10, 10_000, abort.signal);
    abort.abort();
    expect((await waiting).tickets).toEqual([]);
    await queues.putTicket('site', ticket('after'));
    const taken = await reader.take('site', 1, 0, never);
    expect(taken.tickets).toHaveLength(1);
    taken.ack();
    expect((await reader.take('site', 1, 50, never)).tickets).toEqual([]);
  });

  it('sets no timer for a time that is over before it waits', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    try {
      // less than a channel of the broker takes
      for (let i = 0; i < 20; i += 1) expect((await reader.take('site', 1, 0.01, never)).tickets).toEqual([]);
      expect(timers.mock.calls.filter(([, ms = 0]) => ms < 0)).toEqual([]);
    } finally {
      timers.mockRestore();
    }
  });

  it('parks a ticket that nobody can read, with the reason, and goes on', async () => {
    await publisher.publish({ queue: orderQueue('site'), content: Buffer.from('not json') });
    await publisher.publish({ queue: orderQueue('site'), content: Buffer.from('{"v":2}') });
    await queues.putTicket('site', ticket('good'));
    const taken = await reader.take('site', 10, 0, never);
    expect(taken.tickets.map((t) => t.order)).toEqual(['good']);
    taken.ack();
    const raw = await connect(vhost.url, { noDelay: true });
    const channel = await raw.createChannel();
    const letters = [
      await channel.get(QUEUES.deadTickets),
      await channel.get(QUEUES.deadTickets),
      await channel.get(QUEUES.deadTickets),
    ];
    const reasons = letters.flatMap((l) => (l ? [String(l.properties.headers?.['x-reason'] ?? '')] : []));
    expect(reasons.some((r) => /JSON/.test(r))).toBe(true);
    expect(reasons.some((r) => /ticket/.test(r))).toBe(true);
    await raw.close();
  });

  it('says when no queue takes a message', async () => {
    await expect(queues.putTicket('nobody', ticket('lost'))).rejects.toBeInstanceOf(Unroutable);
  });

  /** A queue that somebody declared with arguments of their own. */
  const foreignQueue = async (dp: string): Promise<void> => {
    const raw = await connect(vhost.url, { noDelay: true });
    const channel = await raw.createChannel();
    await channel.assertQueue(orderQueue(dp), { durable: true, arguments: { 'x-max-length': 5 } });
    await raw.close();
  };

  it('refuses a queue with other arguments, by name and with the way out', async () => {
    await foreignQueue('other');
    for (const look of [() => queues.declare('other'), () => queues.counts('other')]) {
      const refused = look();
      await expect(refused).rejects.toBeInstanceOf(TopologyMismatch);
      await expect(refused).rejects.toThrow(/dp\.other\.orders.*shovel/);
    }
  });

  it('lets nothing else feel a queue with other arguments: no connection is cut, no poll ends', async () => {
    await foreignQueue('wrong');
    const gone = jest.fn();
    connection.onDisconnect(gone);
    const waiting = Array.from({ length: 64 }, () => reader.take('site', 1, 30_000, never));
    await eventually(async () => expect(await connectionsConsumers(vhost)).toHaveLength(64));
    const looks = Array.from({ length: 40 }, async (_, i) => {
      // who reads it takes it as it is
      if (i % 2 === 0) await expect(queues.counts('wrong')).rejects.toBeInstanceOf(TopologyMismatch);
      else expect((await reader.take('wrong', 1, 0, never)).tickets).toEqual([]);
      await expect(queues.counts('site')).resolves.toMatchObject({ ready: 0 });
    });
    await Promise.all(looks);
    for (let i = 0; i < 64; i += 1) await queues.putTicket('site', ticket(`poll${i}`));
    for (const taken of await Promise.all(waiting)) taken.ack();
    expect(gone).not.toHaveBeenCalled();
  }, 40_000);

  it('lets polls go on whose channel was closed by the poll of a queue that somebody deleted', async () => {
    const waiting = Array.from({ length: 64 }, () => reader.take('site', 1, 30_000, never));
    await eventually(async () => expect(await connectionsConsumers(vhost)).toHaveLength(64));
    await reader.take('deleted', 1, 0, never);
    const raw = await connect(vhost.url, { noDelay: true });
    await (await raw.createChannel()).deleteQueue(orderQueue('deleted'));
    await raw.close();
    expect((await reader.take('deleted', 1, 0, never)).tickets).toEqual([]);
    for (let i = 0; i < 64; i += 1) await queues.putTicket('site', ticket(`again${i}`));
    for (const taken of await Promise.all(waiting)) taken.ack();
  }, 40_000);

  it('takes thousands of polls that come and go, each as a consumer of its own', async () => {
    const gone = jest.fn();
    connection.onDisconnect(gone);
    const pollAgainAndAgain = async (): Promise<void> => {
      for (let i = 0; i < 10; i += 1) await reader.take('site', 1, 50 + Math.random() * 50, never);
    };
    await Promise.all(Array.from({ length: 1_000 }, pollAgainAndAgain));
    expect(gone).not.toHaveBeenCalled();
  }, 60_000);

  it('fails at once when the connection is cut, gives the tickets back, and works again', async () => {
    await eventually(() => queues.putTicket('site', ticket('kept')));
    const inHand = await reader.take('site', 1, 0, never);
    expect(inHand.tickets).toHaveLength(1);
    const waiting = reader.take('site', 1, 20_000, never).catch((error: unknown) => error);
    await vhost.cutConnections();
    expect(await waiting).toBeInstanceOf(BrokerUnavailable);
    inHand.ack();
    const again = await eventually(async () => {
      const taken = await reader.take('site', 1, 0, never);
      if (taken.tickets.length === 0) throw new Error('not back yet');
      return taken;
    });
    expect(again.tickets[0]?.order).toBe('kept');
    again.ack();
  }, 40_000);

  it('lets a thousand polls wait at once and wakes each', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `many${i}`);
    const waiting = names.map((name) => reader.take(name, 1, 60_000, never));
    await eventually(
      async () => {
        for (const name of names) await queues.putTicket(name, ticket(name));
      },
      { timeoutMs: 60_000 },
    );
    const taken = await Promise.all(waiting);
    expect(taken.every((t) => t.tickets.length === 1)).toBe(true);
    for (const t of taken) t.ack();
  }, 90_000);
});

async function connectionsConsumers(vhost: TestVhost): Promise<unknown[]> {
  const url = new URL(`/api/consumers/${vhost.name}`, vhost.managementUrl);
  const basic = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  url.username = '';
  url.password = '';
  const response = await fetch(url, { headers: { authorization: `Basic ${basic}` } });
  return (await response.json()) as unknown[];
}
