import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TcpProxy } from '../../../tools/testing/tcp-gate.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';
import { anyFreePort } from '../../../tools/peers/ports.js';
import { RabbitmqNode } from '../../../tools/peers/rabbitmq-node.js';
import { BrokerConnection } from './broker-connection.js';
import { BrokerUnavailable, QueueRefused } from './errors.js';
import { OrderQueues } from './order-queues.js';
import { Publisher } from './publisher.js';
import { RpcClient } from './rpc-client.js';
import { QUEUES } from './topology.js';

const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };

describe('the connection to the broker', () => {
  let vhost: TestVhost;
  let gate: TcpProxy;
  let through: string;
  const open: { close: () => unknown }[] = [];

  beforeAll(async () => {
    vhost = await createVhost();
    const target = new URL(vhost.url);
    gate = await TcpProxy.open({ host: target.hostname, port: Number(target.port) });
    through = urlWith({ port: String(gate.port) });
  });

  afterEach(async () => {
    gate.release();
    gate.slow(undefined);
    gate.comeBack();
    for (const one of open.splice(0)) await one.close();
  });

  afterAll(async () => {
    await gate.close();
    await vhost.drop();
  });

  const urlWith = (parts: Partial<URL>): string => Object.assign(new URL(vhost.url), parts).href;

  const connectionTo = (urls: string): BrokerConnection => {
    const connection = new BrokerConnection(urls, 'test', quiet);
    open.push(connection);
    return connection;
  };

  const connected = (connection: BrokerConnection): Promise<void> =>
    eventually(() => connection.check(), { timeoutMs: 40_000 });

  it('tries several addresses in turn, and goes on to the next when one is lost', async () => {
    const dead = urlWith({ port: String(await anyFreePort()) });
    const connection = connectionTo(`${dead},${through},${vhost.url}`);
    await connected(connection);
    expect(gate.connections).toBe(1);
    gate.goAway();
    await eventually(() => expect(connection.isConnected).toBe(false));
    await connected(connection);
    expect(gate.connections).toBe(0);
  });

  it.each([
    ['nobody listens', () => urlWith({ port: '1' }), /nobody listens at 127\.0\.0\.1:1$/],
    [
      'the virtual host is missing',
      () => urlWith({ pathname: '/no-such' }),
      /virtual host 'no-such' does not exist .* rabbitmqctl add_vhost 'no-such'/,
    ],
    [
      'the password is wrong',
      () => urlWith({ password: 'wrong' }),
      /refuses the user 'guest': name or password in AMQP_URL are wrong/,
    ],
  ])('says in a sentence of its own that %s', async (_what, url, sentence) => {
    const connection = connectionTo(url());
    await eventually(() => expect(connection.trouble).toMatch(sentence));
    expect(() => connection.check()).toThrow(BrokerUnavailable);
    expect(connection.trouble).not.toContain('wrong@');
  });

  it('says who lacks which permission, and works once it is granted', async () => {
    const said: string[] = [];
    const limited = { user: `limited-${vhost.name}`, password: 'secret' };
    await vhost.manage('PUT', `/api/users/${limited.user}`, { password: limited.password, tags: '' });
    try {
      const connection = new BrokerConnection(
        urlWith({ username: limited.user, password: limited.password }),
        'test',
        { ...quiet, error: (text) => said.push(text) },
      );
      open.push(connection);
      await eventually(() => expect(connection.trouble).toMatch(/has no permissions in the virtual host/));
      const permissions = `/api/permissions/${vhost.name}/${limited.user}`;
      await vhost.manage('PUT', permissions, { configure: '^amq', write: '.*', read: '.*' });
      await connected(connection);
      const declared = jest.fn();
      connection.keepChannel('test', false, async (channel) => {
        await channel.assertQueue('mine');
        declared();
      });
      await eventually(() =>
        expect(said.join('\n')).toMatch(
          /'limited-.*' lacks the permission to (configure|use) the queue 'mine'/,
        ),
      );
      expect(connection.isConnected).toBe(true);
      const queues = new OrderQueues(connection, new Publisher(connection), 'classic', quiet);
      await expect(queues.counts('site')).rejects.toThrow(/refuses queue dp\.site\.orders: ACCESS_REFUSED/);
      await expect(queues.counts('site')).rejects.toBeInstanceOf(QueueRefused);
      await vhost.manage('PUT', permissions, { configure: '.*', write: '.*', read: '.*' });
      await eventually(() => expect(declared).toHaveBeenCalled());
    } finally {
      await vhost.manage('DELETE', `/api/users/${limited.user}`);
    }
  }, 60_000);

  it('comes back by itself when its virtual host is made', async () => {
    const name = `${vhost.name}-later`;
    const connection = connectionTo(urlWith({ pathname: `/${name}` }));
    await eventually(() => expect(connection.trouble).toMatch(/does not exist/));
    await vhost.manage('PUT', `/api/vhosts/${name}`);
    try {
      await vhost.manage('PUT', `/api/permissions/${name}/guest`, {
        configure: '.*',
        write: '.*',
        read: '.*',
      });
      await connected(connection);
    } finally {
      await vhost.manage('DELETE', `/api/vhosts/${name}`);
    }
  }, 60_000);

  it.each([
    ['falls silent', () => ['in', 'out'] as const],
    ['is half open: nothing comes back', () => ['in'] as const],
    ['is half open: nothing gets there', () => ['out'] as const],
  ])(
    'fails everything on it in a few heartbeats when it %s, and comes back',
    async (_kind, directions) => {
      const connection = connectionTo(`${through}?heartbeat=2`);
      connection.keepChannel('status', false, async (channel) => {
        await channel.assertQueue(QUEUES.status);
      });
      const publisher = new Publisher(connection);
      const rpc = new RpcClient(connection);
      open.push(publisher, rpc);
      const publish = (): Promise<void> =>
        publisher.publish({ queue: QUEUES.status, content: Buffer.from('{}') });
      await eventually(publish);
      for (const direction of directions()) gate.hold(direction);
      const calls = [publish(), rpc.ask(QUEUES.rpc, 'none', {}, 60_000), connection.openChannel()];
      for (const call of calls) await expect(call).rejects.toBeInstanceOf(BrokerUnavailable);
      await eventually(() => expect(connection.isConnected).toBe(false), { timeoutMs: 30_000 });
      expect(connection.trouble).toMatch(/has fallen silent|has cut|does not answer/);
      gate.release();
      await eventually(publish, { timeoutMs: 40_000 });
    },
    90_000,
  );

  it('bears resets and a slow network', async () => {
    const connection = connectionTo(through);
    connection.keepChannel('status', false, async (channel) => {
      await channel.assertQueue(QUEUES.status);
    });
    const publisher = new Publisher(connection);
    open.push(publisher);
    const publish = (): Promise<void> =>
      publisher.publish({ queue: QUEUES.status, content: Buffer.from('{}') });
    await eventually(publish);
    for (let i = 0; i < 3; i += 1) {
      const cut = Array.from({ length: 50 }, () => publish().catch((error: unknown) => error));
      gate.reset();
      for (const outcome of await Promise.all(cut))
        if (outcome !== undefined) expect(outcome).toBeInstanceOf(BrokerUnavailable);
      await eventually(publish);
    }
    gate.slow(4_000);
    await Promise.all(Array.from({ length: 20 }, publish));
    gate.slow(undefined);
    await publish();
  }, 60_000);

  it('says that an alarm blocks it, takes nothing meanwhile, and goes on by itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relaypoint-blocked-'));
    const node = await RabbitmqNode.start({ folder, user: 'guest', password: 'guest' });
    try {
      const connection = connectionTo(node.amqpUrl);
      connection.keepChannel('status', false, async (channel) => {
        await channel.assertQueue(QUEUES.status);
      });
      const publisher = new Publisher(connection);
      open.push(publisher);
      const publish = (): Promise<void> =>
        publisher.publish({ queue: QUEUES.status, content: Buffer.from('{}') });
      await eventually(publish);
      await node.ctl('set_vm_memory_high_watermark', '0.000001');
      await eventually(() => expect(publish()).rejects.toThrow(/blocked: low on memory.*alarms/), {
        timeoutMs: 30_000,
      });
      await node.ctl('set_vm_memory_high_watermark', '0.4');
      await eventually(publish, { timeoutMs: 30_000 });
    } finally {
      await node.wipe();
    }
  }, 120_000);
});
