import { eventually } from '../../../tools/testing/eventually.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';
import { BrokerConnection } from './broker-connection.js';
import { OrderQueues } from './order-queues.js';
import { Publisher } from './publisher.js';
import { QueuePolicies, policyFaults } from './queue-policies.js';

describe('policies on our queues', () => {
  const of = (name: string, told: object, version = '4.1.0', type = 'quorum'): string[] =>
    policyFaults(
      [{ name, type, policy: 'all', operator_policy: '', effective_policy_definition: told }],
      '/',
      version,
    );

  it.each([
    ['dp.site.orders', { 'max-length': 10 }],
    ['relaypoint.status', { 'max-length-bytes': 1_000_000 }],
    ['relaypoint.status', { 'message-ttl': 60_000 }],
    ['relaypoint.imports.dead', { 'message-ttl': 60_000 }],
    ['relaypoint.orders.dead', { expires: 60_000 }],
    ['relaypoint.rpc.server', { expires: 60_000 }],
    ['relaypoint.status', { 'delivery-limit': 20 }],
    ['relaypoint.status', { overflow: 'drop-head' }],
    ['relaypoint.imports.retry.5', { overflow: 'drop-head' }],
  ])('are refused where they lose messages: %s %j', (name, told) => {
    expect(of(name, told)).toEqual([
      expect.stringMatching(new RegExp(`policy "all" .* ${name} .*list_policies`)),
    ]);
  });

  it.each([
    ['somebody.elses', { 'max-length': 10 }],
    ['dp.site.orders', { 'delivery-limit': 1_000_000, 'dead-letter-exchange': '' }],
    ['relaypoint.status', { 'max-length': 10_000, overflow: 'reject-publish' }],
    ['relaypoint.rpc.server', { 'message-ttl': 5_000 }],
    ['relaypoint.status.retry.5', { 'message-ttl': 5_000 }],
    ['relaypoint.status', { overflow: 'reject-publish' }],
    ['relaypoint.status.dead', { overflow: 'drop-head' }],
    ['dp.site.orders', { 'delivery-limit': -1 }],
    ['relaypoint.changes.server.1', { expires: 60_000, 'message-ttl': 1_000, 'max-length': 10 }],
    ['relaypoint.status', {}],
  ])('are borne where they do not: %s %j', (name, told) => {
    expect(of(name, told)).toEqual([]);
  });

  it('that set no limit of deliveries lose what is given back on RabbitMQ 3 alone', () => {
    const told = { 'delivery-limit': -1 };
    expect(of('dp.site.orders', told, '3.13.7')).toEqual([expect.stringContaining('delivery-limit -1')]);
    expect(of('dp.site.orders', told, '4.0.5')).toEqual([]);
  });

  it('that say what overflows count for quorum queues alone: of a classic one the argument does', () => {
    expect(of('relaypoint.status', { overflow: 'drop-head' }, '3.13.7', 'classic')).toEqual([]);
  });

  describe('on a broker', () => {
    let vhost: TestVhost;
    let connection: BrokerConnection;
    const warned: string[] = [];
    const log = { log: () => undefined, warn: (text: string) => warned.push(text), error: () => undefined };
    const look = (url: string): Promise<void> =>
      new QueuePolicies({ url, vhost: vhost.name }, log).onApplicationBootstrap();

    beforeAll(async () => {
      vhost = await createVhost();
      connection = new BrokerConnection(vhost.url, 'test', log);
      const queues = new OrderQueues(connection, new Publisher(connection), 'classic', log);
      await eventually(() => queues.declare('site'));
    });
    afterAll(async () => {
      await connection.close();
      await vhost.drop();
    });

    it('keep a program from starting, by what the broker makes of them', async () => {
      await look(vhost.managementUrl);
      const definition = { 'max-length': 100 };
      await vhost.manage('PUT', `/api/policies/${vhost.name}/short`, { pattern: '.*', definition });
      await eventually(
        () =>
          expect(look(vhost.managementUrl)).rejects.toThrow(
            /environment: the policy "short" gives the queue dp\.site\.orders max-length 100/,
          ),
        { timeoutMs: 20_000 },
      );
    });

    it('are not looked at where the management API is away, which is said', async () => {
      warned.length = 0;
      await look('http://guest:guest@127.0.0.1:9');
      expect(warned).toEqual([expect.stringMatching(/AMQP_MANAGEMENT_URL does not answer/)]);
    });
  });
});
