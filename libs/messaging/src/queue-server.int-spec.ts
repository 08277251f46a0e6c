import { textIn } from '#texts';
import { Logger, Module, type INestMicroservice } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { connect, type Channel, type ChannelModel, type Options } from 'amqplib';
import { DomainError } from '#domain';
import { eventually } from '../../../tools/testing/eventually.js';
import { QUEUE_TYPE_OF_TESTS } from '../../../tools/testing/rabbitmq-choice.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';
import { BrokerConnection } from './broker-connection.js';
import { DeadLetters } from './dead-letters.js';
import { BrokerUnavailable, Unroutable } from './errors.js';
import { EventSender } from './event-sender.js';
import { Publisher } from './publisher.js';
import { QueueController, QueueServer } from './queue-server.js';
import { RpcClient } from './rpc-client.js';
import { deadQueue, GATEWAY_EXCHANGE, QUEUES } from './topology.js';

const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** A queue to which a sender with a gateway's rights has no way. */
const OTHER = 'relaypoint.other';

/** What the handlers were given, and what holds them up. */
const seen: { report: unknown[]; attempts: number; slow: (() => void)[]; slowDone: number } = {
  report: [],
  attempts: 0,
  slow: [],
  slowDone: 0,
};

@QueueController()
class Handlers {
  @MessagePattern('echo', { queue: QUEUES.rpc })
  echo(@Payload() data: { fail?: string }): unknown {
    if (data.fail === 'domain')
      throw new DomainError('DP_FIXED', 'computer.dpFixedNone', { name: 'PC-1' }, [
        { path: 'dp', code: 'unknown', key: 'fault.unknownDp' },
      ]);
    if (data.fail === 'bug') throw new TypeError('internal detail');
    return data;
  }

  @MessagePattern('slow', { queue: QUEUES.rpc })
  async slow(): Promise<string> {
    await new Promise<void>((resolve) => seen.slow.push(resolve));
    seen.slowDone += 1;
    return 'late';
  }

  @EventPattern('report', { queue: QUEUES.status, prefetch: 10 })
  report(@Payload() data: { n: number; passing?: number; poison?: boolean }): void {
    seen.report.push(data);
    if (data.poison) throw new DomainError('VALIDATION_FAILED', 'request.malformed');
    if (data.passing !== undefined) {
      seen.attempts += 1;
      if (seen.attempts < data.passing) throw new BrokerUnavailable('away for a moment');
    }
  }
}

@Module({ controllers: [Handlers] })
class HandlersModule {}

describe('handlers behind queues', () => {
  let vhost: TestVhost;
  let connection: BrokerConnection;
  let publisher: Publisher;
  let rpc: RpcClient;
  let events: EventSender;
  let letters: DeadLetters;
  let service: INestMicroservice;

  const startService = async (): Promise<INestMicroservice> => {
    const testing = await Test.createTestingModule({ imports: [HandlersModule] }).compile();
    const app = testing.createNestMicroservice({
      strategy: new QueueServer({ url: vhost.url, name: 'test', eventQueueType: QUEUE_TYPE_OF_TESTS }),
      logger: false,
    });
    await app.listen();
    return app;
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    vhost = await createVhost();
    service = await startService();
    connection = new BrokerConnection(vhost.url, 'client', quiet);
    publisher = new Publisher(connection);
    rpc = new RpcClient(connection);
    events = new EventSender(publisher);
    letters = new DeadLetters(connection, publisher);
    await eventually(() => rpc.ask(QUEUES.rpc, 'echo', {}));
  }, 30_000);

  afterAll(async () => {
    await service.close();
    rpc.close();
    publisher.close();
    await connection.close();
    await vhost.drop();
  }, 30_000);

  it('answers calls, broken rules keep their code and faults, a bug tells nothing of itself', async () => {
    expect(await rpc.ask(QUEUES.rpc, 'echo', { a: 1 })).toEqual({ a: 1 });
    const refused = rpc.ask(QUEUES.rpc, 'echo', { fail: 'domain' });
    await expect(refused).rejects.toMatchObject({
      code: 'DP_FIXED',
      key: 'computer.dpFixedNone',
      params: { name: 'PC-1' },
      faults: [{ path: 'dp', code: 'unknown', key: 'fault.unknownDp' }],
    });
    const failed = rpc.ask(QUEUES.rpc, 'echo', { fail: 'bug' });
    await expect(failed).rejects.toThrow('Something went wrong');
    await expect(failed).rejects.not.toThrow('internal detail');
  });

  it('fails a call that nobody serves at once, and one that nobody answers when its time is up', async () => {
    await expect(rpc.ask('nobody.there', 'echo', {})).rejects.toBeInstanceOf(BrokerUnavailable);
    await expect(rpc.ask(QUEUES.rpc, 'slow', {}, 300)).rejects.toBeInstanceOf(BrokerUnavailable);
    for (const go of seen.slow.splice(0)) go();
  });

  it('parks what nobody can use, with the reason, and shows, replays and discards it', async () => {
    await events.send(QUEUES.status, 'report', { n: 1, poison: true });
    await events.send(QUEUES.status, 'unknown-pattern', {});
    await publisher.publish({ queue: QUEUES.status, content: Buffer.from('{broken') });
    const parked = await eventually(async () => {
      const list = await letters.list();
      expect(list).toHaveLength(3);
      return list;
    });
    expect(parked.every((l) => l.queue === deadQueue(QUEUES.status) && l.origin === QUEUES.status)).toBe(
      true,
    );
    expect(parked.map((l) => textIn('en', l.reason)).join('\n')).toMatch(
      /not well-formed[\s\S]*nobody handles|JSON/,
    );
    const poison = parked.find((l) => textIn('en', l.reason).includes('not well-formed'));
    const before = seen.report.length;
    expect(await letters.replay(poison?.id ?? '')).toBe(true);
    await eventually(() => expect(seen.report.length).toBe(before + 1));
    await eventually(async () => expect(await letters.list()).toHaveLength(3));
    for (const letter of await letters.list()) expect(await letters.discard(letter.id)).toBe(true);
    expect(await letters.list()).toEqual([]);
    expect(await letters.discard('no-such-letter')).toBe(false);
  }, 20_000);

  it('tries again after a passing fault, with a pause, until it succeeds', async () => {
    seen.attempts = 0;
    const started = Date.now();
    await events.send(QUEUES.status, 'report', { n: 2, passing: 2 });
    await eventually(() => expect(seen.attempts).toBe(2), { timeoutMs: 8_000 });
    expect(Date.now() - started).toBeGreaterThan(900);
    expect(await letters.list()).toEqual([]);
  }, 15_000);

  it('fails calls in flight at once when the connection is cut, and delivers an unacked message again', async () => {
    const inFlight = rpc.ask(QUEUES.rpc, 'slow', {}, 60_000).catch((error: unknown) => error);
    await eventually(() => expect(seen.slow.length).toBeGreaterThan(0));
    await vhost.cutConnections(2);
    expect(await inFlight).toBeInstanceOf(BrokerUnavailable);
    for (const go of seen.slow.splice(0)) go();
    await eventually(() => rpc.ask(QUEUES.rpc, 'echo', { back: true }), { timeoutMs: 20_000 });
    await eventually(() => events.send(QUEUES.status, 'report', { n: 3 }), { timeoutMs: 20_000 });
    await eventually(() => expect(seen.report).toContainEqual({ n: 3 }));
    await eventually(() => {
      for (const go of seen.slow.splice(0)) go();
      expect(seen.slow).toHaveLength(0);
    });
  }, 60_000);

  it('finishes what is at work before it closes', async () => {
    const done = seen.slowDone;
    const call = rpc.ask(QUEUES.rpc, 'slow', {}, 20_000);
    await eventually(() => expect(seen.slow.length).toBeGreaterThan(0));
    const closing = service.close();
    for (const go of seen.slow.splice(0)) go();
    await closing;
    expect(seen.slowDone).toBe(done + 1);
    expect(await call).toBe('late');
    service = await startService();
  }, 30_000);

  it('does not start on a queue with other arguments, and names it', async () => {
    const raw = await connect(vhost.url, { noDelay: true });
    await service.close();
    const channel = await raw.createChannel();
    await channel.deleteQueue(QUEUES.status);
    await channel.assertQueue(QUEUES.status, { durable: false });
    await expect(startService()).rejects.toThrow(/relaypoint\.status/);
    await channel.deleteQueue(QUEUES.status);
    await raw.close();
    service = await startService();
  }, 30_000);

  describe('of a sender that has fewer rights', () => {
    let raw: ChannelModel;
    let sender: Channel;

    beforeAll(async () => {
      raw = await connect(vhost.url, { noDelay: true });
      sender = await raw.createChannel();
      await sender.assertExchange(GATEWAY_EXCHANGE, 'direct');
      for (const queue of [QUEUES.rpc, QUEUES.status]) await sender.bindQueue(queue, GATEWAY_EXCHANGE, queue);
      await sender.assertQueue(OTHER);
    });

    afterAll(async () => {
      await sender.deleteQueue(OTHER);
      await raw.close();
    });

    /** As a gateway's user can: to the exchange of gateways alone, with whatever it likes to have in headers. */
    const send = (queue: string, content: unknown, options: Options.Publish): boolean =>
      sender.publish(GATEWAY_EXCHANGE, queue, Buffer.from(JSON.stringify(content)), options);
    const strayed = async (): Promise<string[]> => {
      const found: string[] = [];
      for (;;) {
        const message = await sender.get(OTHER, { noAck: true });
        if (!message) return found;
        found.push(message.content.toString());
      }
    };

    it('goes to no other queue when it is tried again or parked, whatever CC and BCC say', async () => {
      seen.attempts = 0;
      const headers = { CC: [OTHER], BCC: [OTHER], 'x-delivery': -1e9, traceparent: 'nonsense' };
      send(QUEUES.status, { pattern: 'report', data: { n: 10, passing: 2 } }, { headers });
      send(QUEUES.status, { pattern: 'report', data: { n: 11, poison: true } }, { headers });
      send(
        QUEUES.status,
        { pattern: 'nobody handles it' },
        { headers: { ...headers, CC: [OTHER, QUEUES.status] } },
      );
      await eventually(() => expect(seen.attempts).toBe(2), { timeoutMs: 8_000 });
      await eventually(async () => expect(await letters.list()).toHaveLength(2));
      expect(seen.report).toContainEqual({ n: 11, poison: true });
      expect(await strayed()).toEqual([]);
      for (const { id } of await letters.list()) await letters.discard(id);
    }, 20_000);

    it('has no answer written to a queue that it names', async () => {
      const echo = { pattern: 'echo', data: { forged: true } };
      send(QUEUES.rpc, echo, { replyTo: OTHER });
      send(QUEUES.status, { pattern: 'report', data: { n: 12 } }, { replyTo: OTHER });
      await eventually(() => expect(seen.report).toContainEqual({ n: 12 }));
      expect(await rpc.ask(QUEUES.rpc, 'echo', {})).toEqual({});
      expect(await strayed()).toEqual([]);
    });

    it('holds up no calls by calls that nobody can answer', async () => {
      for (let i = 0; i < 64; i += 1) send(QUEUES.rpc, { pattern: 'nobody handles it' }, {});
      for (let i = 0; i < 64; i += 1) send(QUEUES.rpc, { pattern: 'nobody handles it' }, { replyTo: OTHER });
      expect(await rpc.ask(QUEUES.rpc, 'echo', { still: true })).toEqual({ still: true });
      await eventually(async () =>
        expect(await sender.checkQueue(QUEUES.rpc)).toMatchObject({ messageCount: 0 }),
      );
      expect(await strayed()).toEqual([]);
    }, 20_000);
  });

  it('says when a durable message has no queue', async () => {
    await expect(events.send('relaypoint.none', 'report', {})).rejects.toBeInstanceOf(Unroutable);
  });
});
