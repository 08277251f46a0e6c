import { connect, type ChannelModel } from 'amqplib';
import type { DpId } from '#domain';
import { BrokerConnection } from '#messaging';
import { OrderRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 60_000 };
const QUEUE = 'dp.broken.orders';

/** What is wrong with one DP's queue is that DP's trouble alone. */
describe('a broken queue of one DP', () => {
  let server: TestServer;
  let raw: ChannelModel;
  let count = 0;
  let cuts = 0;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '50' });
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await enabledDp(server, 'sound');
    await enabledDp(server, 'broken');
    await server.post('/api/v1/accounts', wish);
    server.app.get(BrokerConnection).onDisconnect(() => {
      cuts += 1;
    });
    raw = await connect(server.vhost.url, { noDelay: true });
    const channel = await raw.createChannel();
    await channel.deleteQueue(QUEUE);
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-max-length': 5 } });
  }, 120_000);

  afterAll(async () => {
    await raw.close();
    await server.stop();
  }, 60_000);

  const imported = async (dp: string): Promise<string> =>
    (await importedComputer(server, `isolated-${(count += 1)}`, dp)).id;
  const release = async (...computers: string[]): Promise<string[]> => {
    const answer = await server.post('/api/v1/computers/release', { computers });
    expect(answer.status).toBe(200);
    return answer.body.results.map(({ order }: { order: string }) => order);
  };
  const orderIs = (id: string | undefined, wanted: object): Promise<void> =>
    eventually(
      async () => expect((await server.get(`/api/v1/orders/${id}`)).body).toMatchObject(wanted),
      PATIENCE,
    );

  it('is an alert on that DP that names the fault; looking at it cuts no connection', async () => {
    for (let look = 0; look < 3; look += 1) {
      const all = await server.get('/api/v1/distribution-points');
      expect(all.status).toBe(200);
      const found = all.body.items.find(({ id }: { id: string }) => id === 'broken');
      expect(found).toMatchObject({ queue: null, alerts: [{ code: 'QUEUE_TOPOLOGY' }] });
      expect(found.alerts[0].text).toMatch(/^Topology fault: its queue dp\.broken\.orders .*'x-max-length'/);
      const sound = all.body.items.find(({ id }: { id: string }) => id === 'sound');
      expect(sound).toMatchObject({ queue: { ready: 0 }, alerts: [] });
    }
    const german = { headers: { 'accept-language': 'de' } };
    const { body } = await server.get('/api/v1/distribution-points/broken', german);
    expect(body.alerts[0].text).toMatch(/^(Topology fault|Topologiefehler)/);
    expect((await server.post('/api/v1/distribution-points/broken/enable', {})).status).toBe(200);
    expect(cuts).toBe(0);
  }, 60_000);

  it('stops no deadline and no ticket of another one', async () => {
    const [waiting] = await release(await imported('broken'));
    // so long ago that the repair looks at its queue
    await server.app.get(OrderRepository).replaceMany(
      (await server.app.get(OrderRepository).findByIds([waiting as never])).map((order) => ({
        ...order,
        state: 'queued' as const,
        publish: { ...order.publish, due: null, sentAt: new Date(Date.now() - 3_600_000) },
      })),
    );
    for (let round = 0; round < 3; round += 1) {
      await server.patch('/api/v1/distribution-points/sound/settings', { orderExpiry: 1 });
      const [order] = await release(await imported('sound'));
      await server.patch('/api/v1/distribution-points/sound/settings', { orderExpiry: null });
      await orderIs(order, { state: 'expired' });
    }
    expect(cuts).toBe(0);
  }, 120_000);

  it('lets a release of many go on: each order is released, and the good DP gets each ticket once', async () => {
    await manage(server, 'PUT', `/api/vhost-limits/${server.vhost.name}/max-queues`, { value: 1 });
    try {
      const channel = await raw.createChannel();
      await channel.deleteQueue(QUEUE);
      await channel.purgeQueue('dp.sound.orders');
      const [first, second, third] = await release(
        await imported('sound'),
        await imported('broken'),
        await imported('sound'),
      );
      await orderIs(first, { state: 'queued' });
      await orderIs(third, { state: 'queued' });
      await orderIs(second, { state: 'planned', waitsFor: { code: 'DISPATCH' } });
      const { body } = await server.get('/api/v1/distribution-points/broken');
      expect(body.alerts).toMatchObject([{ code: 'QUEUE_REFUSED' }]);
      const found = await server.app.get(OrderRepository).countsQueued(new Date());
      expect(found.get('sound' as DpId)).toBe(2);
      expect((await channel.checkQueue('dp.sound.orders')).messageCount).toBe(2);
      await manage(server, 'DELETE', `/api/vhost-limits/${server.vhost.name}/max-queues`);
      await orderIs(second, { state: 'queued' });
      expect((await channel.checkQueue('dp.sound.orders')).messageCount).toBe(2);
    } finally {
      await manage(server, 'DELETE', `/api/vhost-limits/${server.vhost.name}/max-queues`);
    }
    expect(cuts).toBe(0);
  }, 120_000);
});

async function manage(server: TestServer, method: string, path: string, body?: unknown): Promise<void> {
  const url = new URL(path, server.vhost.managementUrl);
  const basic = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  url.username = '';
  url.password = '';
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}
