import { randomUUID } from 'node:crypto';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { RPC, type ClaimAnswer, type Ticket } from '#contract';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { hangingQueue } from '../../../../../tools/testing/hanging-queue.js';
import { enabledDp, importedComputer, publishedRelease, rpc } from '../../../testing/fixtures.js';
import { startServerWithBroker, type ServerWithBroker } from '../../../testing/own-broker.js';
import type { TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 60_000 };
/** Far below the ten seconds after which a ticket is given up. */
const PROMPT_MS = 4_000;

/** A queue that takes tickets and confirms none, as a quorum queue without a majority: nobody else waits for it. */
describe('a DP whose queue hangs', () => {
  let running: ServerWithBroker;
  let server: TestServer;
  let raw: ChannelModel;
  let channel: Channel;
  let count = 0;

  beforeAll(async () => {
    running = await startServerWithBroker({ SWEEP_INTERVAL_MS: '100', ORDER_QUEUE_TYPE: 'quorum' });
    ({ server } = running);
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    for (const dp of ['sound', 'hanging']) await enabledDp(server, dp);
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', wish);
    raw = await connect(server.vhost.url, { noDelay: true });
    channel = await raw.createChannel();
  }, 120_000);

  afterAll(async () => {
    await raw.close();
    await running.stop();
  }, 60_000);

  const released = async (dp: string): Promise<string> => {
    const { id } = await importedComputer(server, `hangs-${(count += 1)}`, dp);
    const { body } = await server.post('/api/v1/computers/release', { computers: [id] });
    return body.results[0].order;
  };
  const orderIs = (id: string, wanted: object, options = PATIENCE): Promise<void> =>
    eventually(
      async () => expect((await server.get(`/api/v1/orders/${id}`)).body).toMatchObject(wanted),
      options,
    );
  const ticketOf = (dp: string): Promise<Ticket> =>
    eventually(async () => {
      const message = await channel.get(`dp.${dp}.orders`, { noAck: true });
      if (!message) throw new Error('no ticket');
      return JSON.parse(message.content.toString()) as Ticket;
    }, PATIENCE);

  it('holds up neither who gives its leases back, nor tickets and deadlines of another, and gets its ticket later', async () => {
    const order = await released('hanging');
    const { ticket, kind } = await ticketOf('hanging');
    const { orders } = await rpc<ClaimAnswer>(server, RPC.claim, {
      dp: 'hanging',
      poll: randomUUID(),
      again: false,
      max: 1,
      tickets: [{ order, ticket, kind }],
      running: [],
    });
    const leases = orders.map(({ order: { order: id, fence } }) => ({ order: id, fence }));
    expect(leases).toHaveLength(1);

    const queue = await hangingQueue(running.node, server.vhost.name, 'dp.hanging.orders');
    try {
      const since = performance.now();
      await rpc(server, RPC.returnLeases, { dp: 'hanging', leases });
      expect(performance.now() - since).toBeLessThan(PROMPT_MS);
      // longer than a ticket is waited for
      for (const end = performance.now() + 15_000; performance.now() < end;) {
        const begun = performance.now();
        const other = await released('sound');
        await orderIs(other, { state: 'queued' }, { timeoutMs: PROMPT_MS });
        expect(performance.now() - begun).toBeLessThan(PROMPT_MS);
        await server.post(`/api/v1/orders/${other}/cancel`, {});
      }
      await server.patch('/api/v1/distribution-points/sound/settings', { orderExpiry: 1 });
      await orderIs(await released('sound'), { state: 'expired' }, { timeoutMs: 2 * PROMPT_MS });
    } finally {
      await queue.goOn();
    }
    await orderIs(order, { state: 'queued', waitsFor: { code: 'POLL' } });
    const again = await ticketOf('hanging');
    expect(again).toMatchObject({ order, kind: 'order' });
    expect(again.ticket).toBeGreaterThan(ticket);
  }, 180_000);
});
