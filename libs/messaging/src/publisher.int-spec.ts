import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ChannelModel } from 'amqplib';
import { RabbitmqNode } from '../../../tools/peers/rabbitmq-node.js';
import { createVhost } from '../../../tools/testing/vhost.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { hangingQueue } from '../../../tools/testing/hanging-queue.js';
import { BrokerConnection } from './broker-connection.js';
import { BrokerUnavailable, Unroutable } from './errors.js';
import { Publisher } from './publisher.js';

const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };
/** Longer than a publisher waits for a confirm, twice. */
const HANGS_MS = 25_000;
/** Messages for it while it hangs, far more than may be under way. */
const MANY = 1_000;
/** What a confirm of a queue may take that does not hang, on a busy machine. */
const PROMPT_MS = 2_000;

describe.each(['quorum', 'classic'])('a publisher, while one queue of type %s does not confirm', (type) => {
  let node: RabbitmqNode;
  let raw: ChannelModel;
  let connection: BrokerConnection;
  let publisher: Publisher;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relaypoint-hanging-'));
    node = await RabbitmqNode.start({ folder, user: 'guest', password: 'guest' });
    raw = await connect(node.amqpUrl, { noDelay: true });
    const channel = await raw.createChannel();
    for (const queue of ['hanging', 'sound', 'other'])
      await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': type } });
    connection = new BrokerConnection(node.amqpUrl, 'test', quiet);
    publisher = new Publisher(connection);
    await eventually(() => publish('sound', 'first'));
  }, 120_000);

  afterAll(async () => {
    publisher.close();
    await connection.close();
    await raw.close();
    await node.wipe();
  }, 60_000);

  const publish = (queue: string, text: string): Promise<void> =>
    publisher.publish({ queue, content: Buffer.from(text) });

  /** What lies on a queue, which is empty afterwards. */
  const contentOf = async (queue: string): Promise<string[]> => {
    const channel = await raw.createChannel();
    const texts: string[] = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (!message) break;
      texts.push(message.content.toString());
    }
    await channel.close();
    return texts;
  };

  it('confirms those of other queues at once and in their order, says what no queue takes, and goes on with it afterwards', async () => {
    await contentOf('sound');
    const queue = await hangingQueue(node, '/', 'hanging');
    let end = performance.now() + HANGS_MS;
    const given: Promise<unknown>[] = [];
    const sent: string[] = [];
    const confirmed: Promise<void>[] = [];
    let slowest = 0;
    try {
      for (let round = 0; performance.now() < end || given.length <= MANY; round += 1) {
        // what retries its tickets, and more of them than may be under way
        if (round % 20 === 0)
          for (let i = 0; i < 150; i += 1) given.push(publish('hanging', `${round}.${i}`).catch((e) => e));
        const since = performance.now();
        // not one after the other: the order is the publisher's
        for (let i = 0; i < 10; i += 1) {
          sent.push(`${round}.${i}`);
          confirmed.push(publish('sound', `${round}.${i}`));
        }
        await expect(publish('nobody', 'x')).rejects.toBeInstanceOf(Unroutable);
        await Promise.all([publish('other', 'x'), ...confirmed.splice(0)]);
        slowest = Math.max(slowest, performance.now() - since);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      end = performance.now();
      // none is kept waiting for long
      for (const outcome of await Promise.all(given)) expect(outcome).toBeInstanceOf(BrokerUnavailable);
      expect(performance.now() - end).toBeLessThan(15_000);
    } finally {
      await queue.goOn();
    }
    expect(slowest).toBeLessThan(PROMPT_MS);
    expect(await contentOf('sound')).toEqual(sent);
    await eventually(() => publish('hanging', 'again'));
    expect((await contentOf('hanging')).at(-1)).toBe('again');
    await eventually(async () => expect(await openChannels()).toBeLessThanOrEqual(4), { timeoutMs: 45_000 });
  }, 240_000);

  /** Those that the publisher has open; of a queue that was given up, the broker closes it when that goes on. */
  const openChannels = async (): Promise<number> => {
    const listed = await node.ctl('list_channels', 'confirm', '--quiet', '--no-table-headers');
    return listed.split('\n').filter((line) => line.trim() === 'true').length;
  };
});

describe('a publisher that has more destinations than channels', () => {
  it('ends none that is busy, and goes on with those that were idle', async () => {
    const vhost = await createVhost();
    const connection = new BrokerConnection(vhost.url, 'test', quiet);
    const publisher = new Publisher(connection);
    try {
      await eventually(() => expect(connection.isConnected).toBe(true));
      const publish = (queue: number): Promise<unknown> =>
        publisher
          .publish({ queue: `nobody-${queue}`, content: Buffer.from('x') })
          .catch((error: unknown) => error);
      for (let round = 0; round < 2; round += 1) {
        const outcomes = await Promise.all(Array.from({ length: 1_100 }, (_, queue) => publish(queue)));
        for (const outcome of outcomes) expect(outcome).toBeInstanceOf(Unroutable);
      }
    } finally {
      publisher.close();
      await connection.close();
      await vhost.drop();
    }
  }, 60_000);
});
