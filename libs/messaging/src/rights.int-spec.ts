import { connect, type Channel, type ChannelModel } from 'amqplib';
import { RPC } from '#contract';
import { eventually } from '../../../tools/testing/eventually.js';
import {
  createProgramUsers,
  type ProgramName,
  type ProgramUsers,
} from '../../../tools/testing/program-users.js';
import { brokerOfTests, ownRabbitmq4, type TestBroker } from '../../../tools/testing/rabbitmq-choice.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';
import { BrokerConnection } from './broker-connection.js';
import { ChangePublisher, ChangeSubscriber } from './change-events.js';
import { DeadLetters } from './dead-letters.js';
import { EventSender } from './event-sender.js';
import { GatewayRoute } from './gateway-route.js';
import { OrderQueueReader } from './order-queue-reader.js';
import { OrderQueues } from './order-queues.js';
import { Publisher } from './publisher.js';
import { QueueDeclarer } from './queue-declarer.js';
import { RpcClient } from './rpc-client.js';
import {
  callQueueDefinition,
  deadQueue,
  eventQueueDefinitions,
  EVENTS_EXCHANGE,
  GATEWAY_EXCHANGE,
  orderQueue,
  QUEUES,
  retryQueue,
} from './topology.js';

const BROKERS = [
  { name: 'the RabbitMQ of the test run', start: () => Promise.resolve(brokerOfTests()) },
  { name: 'RabbitMQ 4', start: ownRabbitmq4 },
];
const REFUSED = /ACCESS_REFUSED/;
const never = new AbortController().signal;

/** The users that deploy/rabbitmq/users.sh makes: each can do its program's work, and nothing of another one's. */
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

  const notRun = (): void => console.warn(`not run: ${name} cannot be had here (${missing})`);

  describe.each(['classic', 'quorum'] as const)('with %s queues', (type) => {
    let vhost: TestVhost;
    let users: ProgramUsers;
    const said: string[] = [];
    const log = {
      log: () => undefined,
      warn: (text: string) => said.push(text),
      error: (text: string) => said.push(text),
    };
    const connections: BrokerConnection[] = [];
    const raw = new Map<ProgramName, ChannelModel>();
    const publishers: Publisher[] = [];

    const connectionOf = (program: ProgramName, shown: string = program): BrokerConnection => {
      const connection = new BrokerConnection(users.amqpUrls[program], shown, log);
      connections.push(connection);
      return connection;
    };
    const publisherOf = (...args: ConstructorParameters<typeof Publisher>): Publisher => {
      const publisher = new Publisher(...args);
      publishers.push(publisher);
      return publisher;
    };

    beforeAll(async () => {
      if (!broker) return;
      vhost = await createVhost(broker);
      users = await createProgramUsers({ ...broker, vhost: vhost.name, manage: vhost.manage });
      for (const program of ['server', 'gateway', 'importer'] as const) {
        const model = await connect(users.amqpUrls[program]);
        model.on('error', () => undefined);
        raw.set(program, model);
      }
    });

    afterAll(async () => {
      if (!broker) return;
      for (const publisher of publishers) publisher.close();
      await Promise.all([...raw.values()].map((model) => model.close()));
      await Promise.all(connections.map((connection) => connection.close()));
      await users.drop();
      await vhost.drop();
    }, 60_000);

    /** What the broker says to one thing that a program's user tries, on a channel of its own. */
    const tried = async (program: ProgramName, what: (channel: Channel) => unknown): Promise<string> => {
      const channel = await raw.get(program)?.createConfirmChannel();
      if (!channel) throw new Error('not connected');
      let text = 'done';
      channel.on('error', (error: Error) => (text = error.message));
      try {
        await what(channel);
        await channel.waitForConfirms();
        await channel.close();
      } catch (error) {
        if (text === 'done') text = String(error);
      }
      return text;
    };

    it('the server, the gateway and the importer do their work', async () => {
      if (!broker) return notRun();
      const [server, importer, gateway] = [
        connectionOf('server'),
        connectionOf('importer'),
        connectionOf('gateway', 'dp-gateway'),
      ];
      const ofServer = publisherOf(server);
      const management = { url: users.managementUrls.server, vhost: vhost.name };
      const queues = new OrderQueues(server, ofServer, type, log, management);
      const changes = new ChangePublisher(server);
      const declarer = new QueueDeclarer(server, 1, log);
      const ofImporter = new QueueDeclarer(importer, 1, log);
      const route = new GatewayRoute(gateway, log);
      const early = publisherOf(gateway, route);
      const ofGateway = publisherOf(gateway, route);
      const rpc = new RpcClient(gateway, route);
      const reader = new OrderQueueReader(connectionOf('gateway', 'dp-gateway-polls'), ofGateway, log, (dp) =>
        queues.declare(dp),
      );
      await eventually(() => [server, importer, gateway].forEach((connection) => connection.check()));

      for (const definition of eventQueueDefinitions(QUEUES.status, type)) await declarer.declare(definition);
      // a gateway that was there before its queues finds them with the first message, not a second later
      await early.publish({ queue: QUEUES.status, content: Buffer.from('early') });
      await declarer.declare(callQueueDefinition(QUEUES.rpc, type));
      for (const definition of eventQueueDefinitions(QUEUES.imports, type))
        await ofImporter.declare(definition);
      await ofImporter.declare(callQueueDefinition(QUEUES.importerRpc, type));

      // an order, and what comes back of it
      const waiting = reader.take('site', 1, 20_000, never);
      const ticket = { v: 1, order: 'o', ticket: 1, kind: 'order', correlation: 'c' } as const;
      await eventually(() => queues.putTicket('site', ticket));
      const taken = await waiting;
      expect(taken.tickets).toMatchObject([{ order: 'o' }]);
      await eventually(async () => expect(await queues.counts('site')).toEqual({ ready: 0, unacked: 1 }), {
        timeoutMs: 20_000,
      });
      taken.ack();
      await eventually(() => new EventSender(ofGateway).send(QUEUES.status, 'report', {}));
      await eventually(() => ofGateway.publish({ queue: QUEUES.deadTickets, content: Buffer.from('x') }));
      await ofServer.publish({ queue: retryQueue(QUEUES.status, 1), content: Buffer.from('again') });
      await ofServer.publish({ queue: QUEUES.imports, content: Buffer.from('command') });
      await publisherOf(importer).publish({ queue: deadQueue(QUEUES.imports), content: Buffer.from('x') });

      // a call, with its answer
      const serving = await raw.get('server')?.createChannel();
      await serving?.consume(QUEUES.rpc, (message) => {
        if (!message) return;
        const { correlationId, replyTo } = message.properties as { correlationId: string; replyTo: string };
        serving.sendToQueue(replyTo, Buffer.from('{"ok":true,"value":null}'), { correlationId });
        serving.ack(message);
      });
      await eventually(async () => expect(await rpc.call(RPC.queue, { dp: 'site' })).toBeNull());
      expect(await new DeadLetters(server, ofServer).list()).toHaveLength(2);
      expect(await tried('importer', (channel) => channel.get(QUEUES.imports))).toBe('done');

      // a change of a DP
      const heard: string[] = [];
      const live = new Promise<void>((onLive) =>
        new ChangeSubscriber(gateway, log, false).subscribe({
          keys: ['dp.*', 'keys.*'],
          onEvent: ({ id }) => heard.push(id),
          onLive,
        }),
      );
      await live;
      changes.publish({ v: 1, topic: 'order', id: 'o', tenant: 'default' });
      changes.publish({ v: 1, topic: 'dp', id: 'site', tenant: 'default' });
      const ofImports = new ChangePublisher(importer, false);
      await eventually(() => {
        ofImports.publish({ v: 1, topic: 'keys', id: 'importers', tenant: 'default' });
        expect(heard).toEqual(expect.arrayContaining(['site', 'importers']));
      });
      expect(heard).not.toContain('o');
      expect(said.filter((text) => /permission|REFUSED/.test(text))).toEqual([]);
    }, 90_000);

    it.each<[string, (channel: Channel) => unknown]>([
      ['makes no order queue', (channel) => channel.assertQueue(orderQueue('forged'))],
      ['makes no other queue', (channel) => channel.assertQueue('mine')],
      ['deletes no order queue', (channel) => channel.deleteQueue(orderQueue('site'))],
      ['deletes no reports', (channel) => channel.deleteQueue(QUEUES.status)],
      ['throws no reports away', (channel) => channel.purgeQueue(QUEUES.status)],
      ['reads no reports', (channel) => channel.get(QUEUES.status)],
      ['reads no calls', (channel) => channel.consume(QUEUES.rpc, () => undefined)],
      ['reads no import commands', (channel) => channel.get(QUEUES.imports)],
      ['reads no dead letters', (channel) => channel.get(QUEUES.deadTickets)],
      ['gives no import command', (channel) => channel.sendToQueue(QUEUES.imports, Buffer.from('{}'))],
      ['asks no importer', (channel) => channel.sendToQueue(QUEUES.importerRpc, Buffer.from('{}'))],
      ['forges no ticket', (channel) => channel.sendToQueue(orderQueue('site'), Buffer.from('{}'))],
      [
        'binds no other queue',
        (channel) => channel.bindQueue(QUEUES.imports, GATEWAY_EXCHANGE, QUEUES.imports),
      ],
      ['forges no change', (channel) => channel.publish(EVENTS_EXCHANGE, 'dp.site', Buffer.from('{}'))],
      ['hears of no orders', (channel) => hear(channel, 'order.*')],
      ['does not hear of everything', (channel) => hear(channel, '#')],
      ['stops no changes', (channel) => channel.deleteExchange(EVENTS_EXCHANGE)],
    ])('the gateway %s', async (_, what) => {
      if (!broker) return notRun();
      expect(await tried('gateway', what)).toMatch(REFUSED);
    });

    it.each<[string, (channel: Channel) => unknown]>([
      ['takes no orders', (channel) => channel.get(orderQueue('site'))],
      ['reads no reports', (channel) => channel.get(QUEUES.status)],
      ['answers no calls to the server', (channel) => channel.consume(QUEUES.rpc, () => undefined)],
      ['deletes nothing of the server', (channel) => channel.deleteQueue(QUEUES.rpc)],
      ['hears of no changes', (channel) => hear(channel, '#')],
    ])('the importer %s', async (_, what) => {
      if (!broker) return notRun();
      expect(await tried('importer', what)).toMatch(REFUSED);
    });

    it.each<[string, (channel: Channel) => unknown]>([
      ['takes no import command', (channel) => channel.get(QUEUES.imports)],
      ['deletes none of their queues', (channel) => channel.deleteQueue(QUEUES.imports)],
      ['makes no queue of others', (channel) => channel.assertQueue('mine')],
    ])('the server %s', async (_, what) => {
      if (!broker) return notRun();
      expect(await tried('server', what)).toMatch(REFUSED);
    });

    it('nobody of them administers the broker', async () => {
      if (!broker) return notRun();
      const asked = async (program: ProgramName, path: string): Promise<number> => {
        const { username, password, origin } = new URL(users.managementUrls[program]);
        const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
        return (await fetch(`${origin}${path}`, { headers: { authorization } })).status;
      };
      expect(await asked('server', `/api/queues/${vhost.name}`)).toBe(200);
      expect(await asked('server', '/api/users')).toBe(401);
      for (const program of ['gateway', 'importer'] as const)
        expect(await asked(program, `/api/queues/${vhost.name}`)).toBe(401);
    });
  });
});

/** Listens for changes as the gateway may, on a queue of its own. */
async function hear(channel: Channel, key: string): Promise<void> {
  const queue = 'relaypoint.changes.dp-gateway.test';
  await channel.assertQueue(queue, { exclusive: true, autoDelete: true });
  await channel.bindQueue(queue, EVENTS_EXCHANGE, key);
}
