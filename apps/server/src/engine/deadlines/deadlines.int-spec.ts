import { type Report, type WireOrder } from '#contract';
import type { Computer, DpId } from '#domain';
import { DistributionPointRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, forgetLogins, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { claimFor, sendReport } from '../../../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 120_000 };
const DP = 'north';

/** Nothing waits without a deadline: each is set short here, and what follows from it is looked at. */
describe('deadlines', () => {
  let server: TestServer;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '50' });
    await enabledDp(server, DP);
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    await enabledDp(server, 'late');
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', wish);
  }, 120_000);
  beforeEach(() => forgetLogins(server));
  afterAll(() => server.stop(), 60_000);

  const settings = async (change: object, dp = DP): Promise<void> => {
    const answer = await server.patch(`/api/v1/distribution-points/${dp}/settings`, change);
    expect(answer.status).toBe(200);
  };
  const released = async (dp = DP): Promise<{ computer: Computer; order: string }> => {
    const computer = await importedComputer(server, `watched-${(count += 1)}`, dp);
    const { body } = await server.post('/api/v1/computers/release', { computers: [computer.id] });
    expect(body.results[0].order).not.toBeNull();
    return { computer, order: body.results[0].order };
  };
  const claimed = async (order: string): Promise<WireOrder> => {
    await orderIs(order, { state: 'queued' });
    const { orders } = await claimFor(server, DP, { max: 1, tickets: [{ order, ticket: 1, kind: 'order' }] });
    if (!orders[0]) throw new Error('not granted');
    return orders[0].order;
  };
  const report = (order: WireOrder, fields: Partial<Report>): Promise<void> =>
    sendReport(server, order, order.dp, fields);
  const orderIs = (id: string, wanted: object): Promise<void> =>
    eventually(
      async () => expect((await server.get(`/api/v1/orders/${id}`)).body).toMatchObject(wanted),
      PATIENCE,
    );
  const computerIs = ({ id }: Computer, wanted: object): Promise<void> =>
    eventually(
      async () => expect((await server.get(`/api/v1/computers/${id}`)).body).toMatchObject(wanted),
      PATIENCE,
    );
  const told = async ({ id }: Computer): Promise<string[]> => {
    const { body } = await server.get(`/api/v1/computers/${id}/timeline`);
    return body.items.map(({ kind }: { kind: string }) => kind);
  };
  const registers = (order: WireOrder, name: string): ReturnType<TestServer['call']> =>
    server.call('POST', '/client/v1/register', {
      token: null,
      body: {
        token: order.registration?.token,
        name,
        os: 'Test',
        version: '1.0',
        bootId: 'boot-1',
        restartRequired: true,
        location: { addresses: [] },
      },
    });

  it('an order that nobody fetches expires', async () => {
    await settings({ orderExpiry: 1 });
    const { computer, order } = await released();
    await settings({ orderExpiry: null });
    await orderIs(order, { state: 'expired', waitsFor: null, failure: { code: 'DELIVERY_EXPIRED' } });
    await computerIs(computer, { state: 'install-failed', openOrder: null });
  }, 300_000);

  it('an installation that takes too long is tried again, with a look at the computer first', async () => {
    const { order } = await released();
    await settings({ installTimeout: 1 });
    const wire = await claimed(order);
    await report(wire, { state: 'accepted' });
    await orderIs(order, {
      state: 'planned',
      attempt: 1,
      failure: { code: 'INSTALL_TIMEOUT', hint: { de: expect.any(String) } },
      heldBack: { code: 'RETRY', until: expect.any(String) },
    });
    await settings({ installTimeout: null });
  }, 300_000);

  it('a cancel ends although the DP says nothing: cancelled when it never accepted, else unknown', async () => {
    await settings({ pollInterval: 5 });
    const [silent, begun] = [await released(), await released()];
    await claimed(silent.order);
    await report(await claimed(begun.order), { state: 'accepted' });
    await orderIs(begun.order, { state: 'running' });
    const orders = [silent.order, begun.order];
    const { body } = await server.post('/api/v1/orders/cancel', { orders });
    for (const { result } of body.results)
      expect(result).toMatchObject({
        state: 'cancelling',
        waitsFor: { code: 'CANCEL', until: result.cancelBy },
      });
    await orderIs(silent.order, { state: 'cancelled' });
    await computerIs(silent.computer, { state: 'imported', openOrder: null });
    await orderIs(begun.order, { state: 'outcome-unknown', failure: { code: 'OUTCOME_UNKNOWN' } });
    await computerIs(begun.computer, { state: 'install-failed', openOrder: null });
    await settings({ pollInterval: null });
  }, 300_000);

  it('an installed computer that never registers, or under another name, has an alert until it is right', async () => {
    await settings({ registrationTimeout: 1 });
    const { computer, order } = await released();
    const wire = await claimed(order);
    expect(await registers(wire, 'other')).toMatchObject({
      status: 409,
      body: { code: 'REGISTER_MISMATCH' },
    });
    await computerIs(computer, { alerts: [{ code: 'REGISTER_MISMATCH' }] });
    await report(wire, { state: 'succeeded', result: 'OK' });
    await computerIs(computer, {
      state: 'install-failed',
      alerts: [{ code: 'REGISTER_MISMATCH' }, { code: 'REGISTER_TIMEOUT' }],
    });
    // late, but true
    expect((await registers(wire, computer.name)).status).toBe(201);
    await computerIs(computer, { state: 'pending-restart', alerts: [] });
    await settings({ registrationTimeout: null });
  }, 300_000);

  it('a restart that is long due raises an alert', async () => {
    const { computer, order } = await released();
    const wire = await claimed(order);
    expect((await registers(wire, computer.name)).status).toBe(201);
    const path = '/api/v1/tenants/default/settings';
    expect((await server.patch(path, { restartAlert: 1 })).status).toBe(200);
    await computerIs(computer, { state: 'pending-restart', alerts: [{ code: 'RESTART_OVERDUE' }] });
    // its timeline follows it
    await eventually(async () => expect(await told(computer)).toContain('alert-raised'));
    expect((await server.patch(path, { restartAlert: null })).status).toBe(200);
  }, 300_000);

  it('orders that wait for a DP that does not ask are alerts on computer and DP, until it asks again', async () => {
    const { computer } = await released('late');
    await settings({ pollInterval: 5 }, 'late');
    await computerIs(computer, { alerts: [{ code: 'DP_OVERDUE' }] });
    const listed = await server.get('/api/v1/computers?alert=DP_OVERDUE');
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(computer.id);
    const { body } = await server.get('/api/v1/distribution-points/late');
    expect(body).toMatchObject({ overdue: true, alerts: [{ code: 'OVERDUE_WITH_ORDERS' }] });
    await settings({ pollInterval: 3600 }, 'late');
    const sighting = { at: new Date(), address: '10.0.0.1', running: 0 };
    await server.app.get(DistributionPointRepository).noteSightings([{ id: 'late' as DpId, sighting }]);
    await computerIs(computer, { alerts: [] });
    expect(await told(computer)).toEqual(expect.arrayContaining(['alert-raised', 'alert-cleared']));
    const back = await server.get('/api/v1/distribution-points/late');
    expect(back.body).toMatchObject({ overdue: false, alerts: [] });
  }, 300_000);
});
