import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import type { Ticket } from '#contract';
import { planOrder, type DpId, type InstallOrder, type OrderId, type TenantId } from '#domain';
import { OrderQueues } from '#messaging';
import { OrderRepository } from '#persistence';
import { inBatches, newId } from '#runtime';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 120_000 };

/** Two servers that sweep all the time, as if they had nothing else to do. */
describe('tickets on order queues', () => {
  let server: TestServer;
  let second: NestFastifyApplication;
  let raw: ChannelModel;
  let channel: Channel;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '50' });
    second = await server.another();
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    for (const dp of ['site', 'many', 'other']) await enabledDp(server, dp);
    await server.post('/api/v1/accounts', wish);
    raw = await connect(server.vhost.url, { noDelay: true });
    channel = await raw.createChannel();
  }, 120_000);

  afterAll(async () => {
    await raw.close();
    await second.close();
    await server.stop();
  }, 60_000);

  const release = async (dp: string, many: number, wish: object = {}): Promise<string[]> => {
    const names = Array.from({ length: many }, () => `ticketed-${(count += 1)}`);
    const made = await inBatches(names, 20, (batch) =>
      Promise.all(batch.map((name) => importedComputer(server, name, dp))),
    );
    const computers = made.map(({ id }) => id);
    const answer = await server.post('/api/v1/computers/release', { computers, ...wish });
    expect(answer.status).toBe(200);
    return answer.body.results.map(({ order }: { order: string }) => order);
  };
  /** The orders of all tickets on a DP's queue, which is empty then. */
  const taken = async (dp: string): Promise<string[]> => {
    const orders: string[] = [];
    for (;;) {
      const message = await channel.get(`dp.${dp}.orders`, { noAck: true });
      if (!message) return orders;
      orders.push((JSON.parse(message.content.toString()) as Ticket).order);
    }
  };
  const queued = (dp: string): Promise<number> =>
    server.app
      .get(OrderRepository)
      .countsQueued(new Date())
      .then((counts) => counts.get(dp as DpId) ?? 0);

  it('are one for each order, however many are released at once', async () => {
    const orders = await release('many', 1200);
    await eventually(async () => expect(await queued('many')).toBe(1200), PATIENCE);
    expect((await taken('many')).toSorted()).toEqual(orders.toSorted());
  }, 180_000);

  it('are one for each order whose time comes later, although both servers look for it', async () => {
    const notBefore = new Date(Date.now() + 4_000).toISOString();
    const orders = await release('site', 100, { notBefore });
    await eventually(async () => expect(await queued('site')).toBe(100), PATIENCE);
    expect((await taken('site')).toSorted()).toEqual(orders.toSorted());
  }, 180_000);

  it('that were lost are put back, whatever waits at another DP', async () => {
    const others = await waiting(server, 'other', 1100);
    const queues = server.app.get(OrderQueues);
    await Promise.all(others.map((order) => queues.putTicket('other', ticketOf(order))));
    await server.app.get(OrderRepository).insertMany(others);
    const [order] = await release('site', 1);
    await eventually(async () => expect((await taken('site')).includes(order ?? '')).toBe(true), PATIENCE);
    const lostAt = Date.now();
    await eventually(async () => expect(await taken('site')).toContain(order), PATIENCE);
    expect(Date.now() - lostAt).toBeLessThan(45_000);
    expect((await channel.checkQueue('dp.other.orders')).messageCount).toBe(1100);
  }, 180_000);
});

const ticketOf = ({ id }: InstallOrder): Ticket => ({
  v: 1,
  order: id,
  ticket: 1,
  kind: 'order',
  correlation: id,
});

/** Orders that wait on a DP's queue since long; not stored yet. */
async function waiting(server: TestServer, dp: string, many: number): Promise<InstallOrder[]> {
  const since = new Date(Date.now() - 3_600_000);
  const one = async (index: number): Promise<InstallOrder> => {
    const id = newId() as OrderId;
    const openOrder = {
      id,
      kind: 'install-client' as const,
      dp: dp as DpId,
      release: null,
      notBefore: since,
      by: 'test',
      note: null,
      retryOf: null,
      at: new Date(),
    };
    const fields = { state: 'releasing' as const, openOrder };
    const { id: computer } = await importedComputer(server, `waiting-${index}`, dp, fields);
    const planned = planOrder({
      id,
      tenant: 'default' as TenantId,
      computer,
      dp: dp as DpId,
      kind: 'install-client',
      release: null,
      requestedBy: 'test',
      note: null,
      retryOf: null,
      notBefore: since,
      attemptsAllowed: 5,
      expiry: 7 * 24 * 3600,
      now: since,
    });
    return { ...planned, state: 'queued', publish: { ticket: 1, due: null, sentAt: since } };
  };
  const indexes = Array.from({ length: many }, (_, index) => index);
  return await inBatches(indexes, 20, (batch) => Promise.all(batch.map(one)));
}
