import { randomUUID } from 'node:crypto';
import { RPC, type ClaimAnswer, type OrderFence, type Report, type Ticket, type WireOrder } from '#contract';
import type { DpId, OrderId, TenantId } from '#domain';
import { Deadline, OrderQueues } from '#messaging';
import { AccountRepository, OrderRepository } from '#persistence';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { eventually } from '../../../../../tools/testing/eventually.js';
import {
  enabledDp,
  forgetLogins,
  importedComputer,
  publishedRelease,
  rpc,
} from '../../../testing/fixtures.js';
import { claimFor, sendReport } from '../../../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { ClaimService } from './claim.service.js';

const PATIENCE = { timeoutMs: 60_000 };
const DP = 'site';

/** What a DP is told about its orders is one story, whatever happens between two polls. */
describe('answers to claims', () => {
  let server: TestServer;
  let raw: ChannelModel;
  let channel: Channel;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '100' });
    await enabledDp(server, DP);
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', wish);
    // it works, so that orders which earlier tests left behind hold up nobody
    const accounts = server.app.get(AccountRepository);
    for (const account of await accounts.list(['default'] as TenantId[]))
      await accounts.replace({
        ...account,
        lastUse: { order: 'before' as OrderId, round: 1, at: new Date(), result: 'OK' },
      });
    await server.patch(`/api/v1/distribution-points/${DP}/settings`, { accountLogins: 0 });
    raw = await connect(server.vhost.url, { noDelay: true });
    channel = await raw.createChannel();
  }, 120_000);

  beforeEach(() => forgetLogins(server));

  afterAll(async () => {
    await raw.close();
    await server.stop();
  }, 60_000);

  const released = async (): Promise<{ computer: string; order: string }> => {
    const { id } = await importedComputer(server, `claimed-${(count += 1)}`, DP);
    const { body } = await server.post('/api/v1/computers/release', { computers: [id] });
    return { computer: id, order: body.results[0].order };
  };
  const tickets = async (): Promise<Ticket[]> => {
    const taken: Ticket[] = [];
    for (;;) {
      const message = await channel.get(`dp.${DP}.orders`, { noAck: true });
      if (!message) return taken;
      taken.push(JSON.parse(message.content.toString()) as Ticket);
    }
  };
  const claim = async (fields: {
    poll?: string;
    again?: boolean;
    tickets?: readonly Ticket[];
    running?: OrderFence[];
  }): Promise<ClaimAnswer> =>
    claimFor(server, DP, {
      ...fields,
      tickets: (fields.tickets ?? []).map(({ order, ticket, kind }) => ({ order, ticket, kind })),
    });
  const handed = async (poll = randomUUID()): Promise<{ computer: string; order: WireOrder }> => {
    const { computer } = await released();
    const { orders } = await claim({ poll, tickets: await tickets() });
    if (!orders[0]) throw new Error('not granted');
    return { computer, order: orders[0].order };
  };
  const report = (order: WireOrder, fields: Partial<Report>): Promise<void> =>
    sendReport(server, order, DP, fields);
  const orderIs = (id: string, wanted: object): Promise<void> =>
    eventually(
      async () => expect((await server.get(`/api/v1/orders/${id}`)).body).toMatchObject(wanted),
      PATIENCE,
    );
  const fenceOf = ({ order, fence }: WireOrder): OrderFence => ({ order, fence });

  it('tell a DP to stop that comes back after its cancel has ended without it', async () => {
    await server.patch(`/api/v1/distribution-points/${DP}/settings`, { pollInterval: 5 });
    const { order } = await handed();
    await report(order, { state: 'accepted' });
    await orderIs(order.order, { state: 'running' });
    expect((await server.post(`/api/v1/orders/${order.order}/cancel`, {})).status).toBe(200);
    await tickets();
    await orderIs(order.order, { state: 'outcome-unknown' });
    const told = await claim({ running: [fenceOf(order)] });
    expect(told).toMatchObject({ orders: [], cancel: [], lost: [fenceOf(order)] });
    await server.patch(`/api/v1/distribution-points/${DP}/settings`, { pollInterval: null });
  }, 120_000);

  it('tell it to stop, and wake it, when the computer is deleted by force', async () => {
    const { computer, order } = await handed();
    await report(order, { state: 'accepted' });
    await orderIs(order.order, { state: 'running' });
    expect((await server.del(`/api/v1/computers/${computer}?force=true`)).status).toBe(204);
    const wake = await tickets();
    expect(wake).toMatchObject([{ order: order.order, kind: 'cancel' }]);
    expect(await claim({ tickets: wake })).toMatchObject({ orders: [], lost: [fenceOf(order)] });
    expect(await claim({ running: [fenceOf(order)] })).toMatchObject({ lost: [fenceOf(order)] });
  }, 120_000);

  it('do not hand out by a repeated poll what is being cancelled', async () => {
    const poll = randomUUID();
    const { order } = await handed(poll);
    expect((await server.post(`/api/v1/orders/${order.order}/cancel`, {})).body.state).toBe('cancelling');
    const told = await claim({ poll, again: true, tickets: await tickets() });
    expect(told).toMatchObject({ orders: [], cancel: [fenceOf(order)], lost: [] });
    const only = await claim({ poll, again: true });
    expect(only).toMatchObject({ orders: [], cancel: [fenceOf(order)], lost: [] });
    await report(order, { state: 'cancelled' });
    await orderIs(order.order, { state: 'cancelled' });
    // it has said so itself
    expect(await claim({ running: [fenceOf(order)] })).toMatchObject({ orders: [], cancel: [], lost: [] });
  }, 120_000);

  it('do not call lost what they hand out under a new fence', async () => {
    const { order } = await handed();
    await report(order, { state: 'accepted' });
    await orderIs(order.order, { state: 'running' });
    await lapse(order.order);
    const again = await eventually(async () => {
      const found = await tickets();
      expect(found).toHaveLength(1);
      return found;
    }, PATIENCE);
    const poll = randomUUID();
    const told = await claim({ poll, tickets: again, running: [fenceOf(order)] });
    expect(told).toMatchObject({
      orders: [{ order: { order: order.order, fence: 2 } }],
      cancel: [],
      lost: [],
    });
    // its answer was lost
    const repeated = await claim({ poll, again: true, running: [fenceOf(order)] });
    expect(repeated).toMatchObject({ orders: [{ order: { fence: 2 } }], cancel: [], lost: [] });
    // somebody who was away all the time has lost the old one
    expect(await claim({ running: [fenceOf(order)] })).toMatchObject({ orders: [], lost: [fenceOf(order)] });
  }, 120_000);

  it('are not made for gateways that have given up: neither before nor after the leases are written', async () => {
    const claims = server.app.get(ClaimService, { strict: false });
    const { order } = await released();
    const call = {
      dp: DP,
      poll: randomUUID(),
      again: false,
      max: 1,
      running: [],
      tickets: (await tickets()).map(({ order: id, ticket, kind }) => ({ order: id, ticket, kind })),
    };
    await expect(claims.claim(call, Deadline.in(0))).rejects.toThrow('nobody waits');
    await orderIs(order, { state: 'queued', lease: null });
    // one that passes between the grant and the answer
    let looks = 0;
    const passing = { get isOver() { return (looks += 1) > 1; } } as Deadline; // prettier-ignore
    await expect(claims.claim(call, passing)).rejects.toThrow('nobody waits');
    await orderIs(order, { state: 'queued', lease: null });
    const [ticket, ...others] = await eventually(async () => {
      const found = await tickets();
      expect(found).not.toEqual([]);
      return found;
    }, PATIENCE);
    expect([ticket, others]).toMatchObject([{ order, ticket: 2 }, []]);
    const { orders } = await claim({ tickets: ticket ? [ticket] : [] });
    expect(orders).toMatchObject([{ order: { order, fence: 2 } }]);
  }, 120_000);

  it('that reach nobody are given back, once, and only before they were accepted', async () => {
    const { order } = await handed();
    const leases = [fenceOf(order)];
    await rpc(server, RPC.returnLeases, { dp: 'server', leases });
    await orderIs(order.order, { state: 'leased' });
    await rpc(server, RPC.returnLeases, { dp: DP, leases });
    await orderIs(order.order, { state: 'queued', lease: null });
    const { orders } = await claim({ tickets: await tickets() });
    await report(orders[0]?.order ?? order, { state: 'accepted' });
    await orderIs(order.order, { state: 'running' });
    await rpc(server, RPC.returnLeases, { dp: DP, leases: [{ order: order.order, fence: 2 }] });
    await orderIs(order.order, { state: 'running', lease: { fence: 2 } });
    expect(await server.app.get(OrderQueues).ready(DP as DpId)).toBe(0);
  }, 120_000);

  it('and what is said of accounts is put in order by when it came, not by the DPs’ clocks', async () => {
    const accounts = server.app.get(AccountRepository);
    const [account] = await accounts.list(['default'] as TenantId[]);
    if (!account) throw new Error('no account');
    const failures = async (): Promise<number> =>
      (await accounts.findByIds([account.id])).flatMap((one) => one.failures).length;
    const refused = await handed();
    await report(refused.order, {
      state: 'failed',
      at: new Date(Date.now() + 4 * 60_000).toISOString(),
      failure: { code: 'AUTH_FAILED', native: null },
      accounts: [{ account: account.id, result: 'AUTH_FAILED' }],
    });
    await eventually(async () => expect(await failures()).toBe(1), PATIENCE);
    const worked = await handed();
    await report(worked.order, {
      state: 'succeeded',
      result: 'OK',
      accounts: [{ account: account.id, result: 'OK' }],
    });
    await eventually(async () => expect(await failures()).toBe(0), PATIENCE);
  }, 120_000);

  /** The lease of an order runs out now. */
  async function lapse(id: string): Promise<void> {
    const orders = server.app.get(OrderRepository);
    await eventually(async () => {
      const found = await orders.findByIds([id as OrderId]);
      const { written } = await orders.replaceMany(
        found.map((order) => ({
          ...order,
          lease: order.lease && { ...order.lease, until: new Date(Date.now() - 1) },
        })),
      );
      expect(written).toHaveLength(1);
    });
    await orderIs(id, { state: 'queued' });
  }
});
