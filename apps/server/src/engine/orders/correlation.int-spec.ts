import { randomUUID } from 'node:crypto';
import { connect, type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import type { Ticket } from '#contract';
import type { DpId, OpenOrder, OrderId } from '#domain';
import { OrderRepository } from '#persistence';
import { newId } from '#runtime';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { claimFor, ticketsOf } from '../../../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 60_000 };
const TRACE = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;

describe('the correlation of an order', () => {
  let server: TestServer;
  let raw: ChannelModel;
  let channel: Channel;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '50' });
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    await enabledDp(server, 'site');
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', account);
    raw = await connect(server.vhost.url, { noDelay: true });
    channel = await raw.createChannel();
  }, 120_000);
  afterAll(async () => {
    await raw.close();
    await server.stop();
  }, 60_000);

  /** The ticket of an order; others on the queue are thrown away. */
  const ticketOf = (order: string): Promise<{ ticket: Ticket; message: GetMessage }> =>
    eventually(async () => {
      const message = await channel.get('dp.site.orders', { noAck: true });
      if (!message) throw new Error('the queue is empty');
      const ticket = JSON.parse(message.content.toString()) as Ticket;
      if (ticket.order !== order) throw new Error('a ticket of another order');
      return { ticket, message };
    }, PATIENCE);
  const handedOut = async (order: string) => {
    const { orders } = await claimFor(server, 'site', { tickets: await ticketsOf(server, [order]) });
    return orders.find((one) => one.order.order === order)?.order;
  };
  /** A computer whose server has died before it made the order of its intent. */
  const half = async (name: string, more: Partial<OpenOrder>): Promise<string> => {
    const at = new Date(Date.now() - 60_000);
    const id = newId() as OrderId;
    const base = { kind: 'install-client', dp: 'site' as DpId, release: null, notBefore: at } as const;
    const openOrder: OpenOrder = { ...base, id, by: 'test', note: null, retryOf: null, at, ...more };
    await importedComputer(server, name, 'site', { state: 'releasing', openOrder });
    return id;
  };

  it('is the id of the request that released it, in its ticket and on the way to its DP', async () => {
    const { id } = await importedComputer(server, 'asked-for', 'site');
    const headers = { 'x-request-id': 'asked-by-me', traceparent: TRACE };
    const answer = await server.post('/api/v1/computers/release', { computers: [id] }, { headers });
    const { order } = answer.body.results[0];
    const { ticket, message } = await ticketOf(order);
    expect(ticket.correlation).toBe('asked-by-me');
    expect(message.properties.correlationId).toBe('asked-by-me');
    // nobody traces here
    expect(message.properties.headers).not.toHaveProperty('traceparent');
    const wire = await handedOut(order);
    expect(wire).toMatchObject({ order, correlation: 'asked-by-me' });
    expect(wire).not.toHaveProperty('traceparent');
  });

  it('survives a crash between the release and its order, and so does the trace', async () => {
    const correlation = randomUUID();
    const order = await half('half-released', { correlation, trace: TRACE });
    expect((await ticketOf(order)).ticket.correlation).toBe(correlation);
    const [stored] = await server.app.get(OrderRepository).findByIds([order as OrderId]);
    expect(stored).toMatchObject({ correlation, trace: TRACE });
  });

  it('is the order in the ticket of what an earlier version released, and missing elsewhere', async () => {
    const order = await half('released-before', {});
    expect((await ticketOf(order)).ticket.correlation).toBe(order);
    const wire = await handedOut(order);
    expect(wire?.order).toBe(order);
    expect(wire).not.toHaveProperty('correlation');
  });
});
