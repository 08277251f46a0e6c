import { connect, type Channel, type ChannelModel } from 'amqplib';
import { eventually } from '../../../tools/testing/eventually.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';
import { brokerOfTests, ownRabbitmq4, type TestBroker } from '../../../tools/testing/rabbitmq-choice.js';
import { BrokerConnection } from './broker-connection.js';
import { DeadLetters } from './dead-letters.js';
import { TopologyMismatch } from './errors.js';
import { OrderQueueReader } from './order-queue-reader.js';
import { OrderQueues } from './order-queues.js';
import { Publisher } from './publisher.js';
import { QueueDeclarer } from './queue-declarer.js';
import { callQueueDefinition, deadQueue, eventQueueDefinitions, orderQueue, QUEUES } from './topology.js';

const ticket = (order: string) => ({ v: 1, order, ticket: 1, kind: 'order', correlation: order }) as const;
/** What RabbitMQ 4 bears of a quorum queue that says nothing, and more. */
const TIMES = 30;

const BROKERS = [
  { name: 'the RabbitMQ of the test run', start: () => Promise.resolve(brokerOfTests()) },
  { name: 'RabbitMQ 4', start: ownRabbitmq4 },
];

describe.each(BROKERS)('on $name', ({ name, start }) => {
  let broker: TestBroker | undefined;
  let missing = '';

  beforeAll(async () => {
    const started = await start();
    if ('missing' in started) ({ missing } = started);
    else broker = started;
  }, 900_000);

  afterAll(async () => {
    await broker?.stop();
  }, 60_000);

  /** Says that a rule was not tried on this broker, and why. */
  const notRun = (): void => console.warn(`not run: ${name} cannot be had here (${missing})`);

  describe.each(['classic', 'quorum'] as const)('%s queues', (type) => {
    let vhost: TestVhost;
    let connection: BrokerConnection;
    let publisher: Publisher;
    let queues: OrderQueues;
    let reader: OrderQueueReader;
    let declarer: QueueDeclarer;
    let letters: DeadLetters;
    let raw: ChannelModel;
    let channel: Channel;
    const warned: string[] = [];
    const log = { log: () => undefined, warn: (text: string) => warned.push(text), error: () => undefined };
    const never = new AbortController().signal;

    beforeAll(async () => {
      if (!broker) return;
      vhost = await createVhost(broker);
      connection = new BrokerConnection(vhost.url, 'test', log);
      publisher = new Publisher(connection);
      queues = new OrderQueues(connection, publisher, type, log);
      reader = new OrderQueueReader(connection, publisher, log, (dp) => queues.declare(dp));
      declarer = new QueueDeclarer(connection, 2, log);
      letters = new DeadLetters(connection, publisher);
      raw = await connect(vhost.url, { noDelay: true });
      raw.on('error', () => undefined);
      channel = await raw.createChannel();
      await eventually(() => queues.declare('site'));
      for (const definition of eventQueueDefinitions(QUEUES.status, type)) await declarer.declare(definition);
    });

    afterAll(async () => {
      if (!broker) return;
      publisher.close();
      await raw.close();
      await connection.close();
      await vhost.drop();
    }, 60_000);

    beforeEach(() => {
      warned.length = 0;
    });

    it('bear tickets that are given back any number of times', async () => {
      if (!broker) return notRun();
      await queues.putTicket('site', ticket('patient'));
      for (let i = 0; i < TIMES; i += 1) {
        const taken = await eventually(async () => {
          const some = await reader.take('site', 1, 1_000, never);
          expect(some.tickets).toHaveLength(1);
          return some;
        });
        taken.giveBack();
      }
      const taken = await reader.take('site', 1, 1_000, never);
      expect(taken.tickets[0]?.order).toBe('patient');
      taken.ack();
    }, 60_000);

    it('bear readers of confirmed messages that die again and again', async () => {
      if (!broker) return notRun();
      await publisher.publish({ queue: QUEUES.status, content: Buffer.from('"confirmed"') });
      for (let i = 0; i < TIMES; i += 1) {
        const dying = await raw.createChannel();
        await eventually(async () => expect(await dying.get(QUEUES.status)).toBeTruthy());
        await dying.close();
      }
      const kept = await eventually(async () => {
        const message = await channel.get(QUEUES.status, { noAck: true });
        expect(message).toBeTruthy();
        return message;
      });
      expect(String(kept && kept.content)).toBe('"confirmed"');
    }, 60_000);

    it('bear dead letters that are looked at again and again', async () => {
      if (!broker) return notRun();
      await publisher.publish({ queue: deadQueue(QUEUES.status), content: Buffer.from('"dead"') });
      for (let i = 0; i < TIMES; i += 1)
        await eventually(async () => expect(await letters.list()).toHaveLength(1));
      const [letter] = await letters.list();
      expect(await letters.discard(letter?.id ?? '')).toBe(true);
    }, 60_000);

    it('send a message back from its retry queue when its time is up', async () => {
      if (!broker) return notRun();
      await publisher.publish({ queue: `${QUEUES.status}.retry.1`, content: Buffer.from('"again"') });
      await eventually(async () => {
        const message = await channel.get(QUEUES.status, { noAck: true });
        expect(String(message && message.content)).toBe('"again"');
      });
    });

    it('are made anew when they hold calls and have other arguments', async () => {
      if (!broker) return notRun();
      await channel.assertQueue(QUEUES.rpc, { durable: true, arguments: { 'x-message-ttl': 5 } });
      await declarer.declare(callQueueDefinition(QUEUES.rpc, type));
      expect(warned.join()).toMatch(/relaypoint\.rpc\.server .* made anew/);
      expect(await vhost.queueType(QUEUES.rpc)).toBe(type);
    });

    it('are refused when they are of the other type, with the setting that wants it', async () => {
      if (!broker) return notRun();
      const other = type === 'quorum' ? 'classic' : 'quorum';
      await channel.assertQueue(orderQueue('other'), { durable: true, arguments: { 'x-queue-type': other } });
      const refused = queues.declare('other');
      await expect(refused).rejects.toBeInstanceOf(TopologyMismatch);
      await expect(refused).rejects.toThrow(
        `its type is ${other}, and ORDER_QUEUE_TYPE or EVENT_QUEUE_TYPE wants ${type}`,
      );
    });
  });

  describe('quorum queues of earlier versions', () => {
    let vhost: TestVhost;
    let connection: BrokerConnection;
    let publisher: Publisher;
    let raw: ChannelModel;
    const warned: string[] = [];
    const log = { log: () => undefined, warn: (text: string) => warned.push(text), error: () => undefined };
    const before = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

    beforeAll(async () => {
      if (!broker) return;
      vhost = await createVhost(broker);
      raw = await connect(vhost.url, { noDelay: true });
      const channel = await raw.createChannel();
      for (const queue of [orderQueue('a'), orderQueue('b'), QUEUES.status, deadQueue(QUEUES.status)])
        await channel.assertQueue(queue, before);
      await channel.assertQueue(QUEUES.deadTickets, before);
      connection = new BrokerConnection(vhost.url, 'test', log);
      publisher = new Publisher(connection);
      await eventually(() => connection.check());
    });

    afterAll(async () => {
      if (!broker) return;
      publisher.close();
      await raw.close();
      await connection.close();
      await vhost.drop();
    }, 60_000);

    it('are used as they are, which is said once and never tried again', async () => {
      if (!broker) return notRun();
      const queues = new OrderQueues(connection, publisher, 'quorum', log);
      for (let i = 0; i < 3; i += 1) for (const dp of ['a', 'b']) await queues.declare(dp);
      await queues.putTicket('a', ticket('first'));
      await eventually(async () => expect(await queues.counts('a')).toMatchObject({ ready: 1 }));
      const declarer = new QueueDeclarer(connection, 1, log);
      for (const definition of eventQueueDefinitions(QUEUES.status, 'quorum'))
        await declarer.declare(definition);
      expect(warned.filter((text) => text.includes('earlier version'))).toHaveLength(2);
      // a DP's queue and that of dead tickets are declared at once
      expect(warned.join('\n')).toMatch(/(?:dp\.a\.orders|orders\.dead).*"Queues of earlier versions"/);
    });

    it('are seen to be new when somebody has deleted them', async () => {
      if (!broker) return notRun();
      const queues = new OrderQueues(connection, publisher, 'quorum', log);
      await queues.declare('b');
      await (await raw.createChannel()).deleteQueue(orderQueue('b'));
      await queues.declare('b');
      const other = new OrderQueues(connection, publisher, 'quorum', log);
      await other.remove('b');
      await other.declare('b');
      await queues.declare('b');
      await expect(other.counts('b')).resolves.toMatchObject({ ready: 0 });
    });

    it('park what the broker gives up, once the documented policies are set; it can be put back', async () => {
      if (!broker) return notRun();
      const policy = (definition: object) => ({
        pattern: '^dp\\..*\\.orders$',
        definition,
        'apply-to': 'queues',
      });
      await vhost.manage(
        'PUT',
        `/api/policies/${vhost.name}/relaypoint-orders`,
        policy({
          'dead-letter-exchange': '',
          'dead-letter-routing-key': QUEUES.deadTickets,
          'delivery-limit': 2,
        }),
      );
      const channel = await raw.createChannel();
      await channel.assertQueue(orderQueue('c'), before);
      const queues = new OrderQueues(connection, publisher, 'quorum', log);
      await queues.putTicket('c', ticket('given up'));
      await eventually(async () => {
        const message = await channel.get(orderQueue('c'));
        if (message) channel.nack(message, false, true);
        expect((await channel.checkQueue(QUEUES.deadTickets)).messageCount).toBe(1);
      });
      const letters = new DeadLetters(connection, publisher);
      const [letter] = await letters.list();
      expect(letter).toMatchObject({
        origin: orderQueue('c'),
        reason: { key: 'deadLetter.givenUp', params: { reason: 'delivery_limit' } },
      });
      expect(await letters.replay(letter?.id ?? '')).toBe(true);
      await eventually(async () => expect(await queues.counts('c')).toMatchObject({ ready: 1 }));
      await channel.close();
    });
  });
});
