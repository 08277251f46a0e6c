import { randomUUID } from 'node:crypto';
import { RPC, type ClaimAnswer, type WireOrder } from '#contract';
import type { DpId, OrderId } from '#domain';
import { DistributionPointRepository, OrderRepository } from '#persistence';
import { generateSealingKeyPair, generateSigningKeyPair, publicKeyText } from '#sealing';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease, rpc, testDp } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

/** No order goes out to a DP that has nothing to log in with: accounts are sealed to the keys of their time of entry. */
describe('an order whose DP can open no account', () => {
  let server: TestServer;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer();
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  const enter = async (dps: string[], order = 1): Promise<string> => {
    const wish = { label: `on ${dps.join()}`, tenant: 'default', username: 'root', password: 'p', order };
    const { body, status } = await server.post('/api/v1/accounts', { ...wish, scope: { dps } });
    expect(status).toBe(201);
    return body.id;
  };
  const joined = async (id: string) => {
    const dp = testDp(server, id);
    const made = await server.post('/api/v1/distribution-points', { id, name: id, tenant: 'default' });
    await dp.enrol(made.body.joinToken);
    return dp;
  };
  const release = async (dp: string) => {
    const { id } = await importedComputer(server, `sealed-${(count += 1)}`, dp);
    const { status, body } = await server.post(`/api/v1/computers/${id}/release`, {});
    expect(status).toBe(200);
    return body;
  };
  const claim = async (dp: string, order: string, poll: string = randomUUID(), again = false) => {
    const [stored] = await server.app.get(OrderRepository).findByIds([order as OrderId]);
    const tickets = [{ order, ticket: stored?.publish.ticket ?? 1, kind: 'order' }];
    const answer = await rpc<ClaimAnswer>(server, RPC.claim, {
      dp,
      poll,
      again,
      max: 9,
      tickets,
      running: [],
    });
    return answer.orders.map((one) => one.order);
  };
  const orderIs = (id: string, wanted: object): Promise<void> =>
    eventually(async () => expect((await server.get(`/api/v1/orders/${id}`)).body).toMatchObject(wanted), {
      timeoutMs: 30_000,
    });
  const rotate = (dp: string): Promise<unknown> =>
    rpc(server, RPC.keys, {
      dp,
      jti: randomUUID(),
      signingKey: publicKeyText(generateSigningKeyPair().publicKey),
      sealingKey: publicKeyText(generateSealingKeyPair().publicKey),
    });
  const accountsOf = (orders: readonly WireOrder[]) =>
    orders.map(({ accounts }) => accounts.map((one) => ('account' in one ? one.account : 'local')));
  const NOT_SEALED = { state: 'planned', heldBack: { code: 'ACCOUNT_NOT_SEALED', until: null } };

  it('waits without end, and is said at the release, on the DP and on the overview, until one is entered', async () => {
    await joined('late');
    const account = await enter(['late']);
    const enabled = await server.post('/api/v1/distribution-points/late/enable', {});
    expect(enabled.body.accountsToEnter).toEqual([{ id: account, label: 'on late', tenant: 'default' }]);

    const released = await release('late');
    expect(released).toMatchObject({
      heldBack: 'ACCOUNT_NOT_SEALED',
      message: expect.stringContaining('Enter the password or key of one again'),
    });
    await orderIs(released.order, NOT_SEALED);
    const { heldBack } = (await server.get(`/api/v1/orders/${released.order}`)).body;
    expect(heldBack.hint).toEqual({
      en: expect.stringContaining('enter the password'),
      de: expect.stringContaining('neu eingeben'),
    });
    expect(await claim('late', released.order)).toEqual([]);
    const dp = await server.get('/api/v1/distribution-points/late');
    expect(dp.body).toMatchObject({
      alerts: [{ code: 'ACCOUNT_NOT_SEALED' }],
      accountsToEnter: [{ id: account }],
    });
    const listed = await server.get('/api/v1/distribution-points?withoutAccount=true');
    expect(listed.body.items).toMatchObject([{ id: 'late' }]);
    expect((await server.get('/api/v1/overview')).body.distributionPoints.withoutAccount).toBe(1);

    await server.patch(`/api/v1/accounts/${account}`, { password: 'entered again' });
    // soon, not only at the next look of the repair
    await eventually(
      async () =>
        expect((await server.get(`/api/v1/orders/${released.order}`)).body).toMatchObject({
          state: 'queued',
        }),
      { timeoutMs: 5_000 },
    );
    expect(accountsOf(await claim('late', released.order))).toEqual([[account]]);
    const after = await server.get('/api/v1/distribution-points/late');
    expect(after.body).toMatchObject({ alerts: [], accountsToEnter: [] });
    expect((await server.get('/api/v1/overview')).body.distributionPoints.withoutAccount).toBe(0);
  }, 120_000);

  it('waits when its keys changed while the ticket was on the queue', async () => {
    await enabledDp(server, 'turned');
    await enter(['turned']);
    const { order } = await release('turned');
    await orderIs(order, { state: 'queued' });
    await rotate('turned');
    expect(await claim('turned', order)).toEqual([]);
    await orderIs(order, NOT_SEALED);
  }, 120_000);

  it('is not handed out a second time without its account when keys changed after the first', async () => {
    await enabledDp(server, 'again');
    const account = await enter(['again']);
    const { order } = await release('again');
    await orderIs(order, { state: 'queued' });
    const poll = randomUUID();
    expect(accountsOf(await claim('again', order, poll))).toEqual([[account]]);
    expect(accountsOf(await claim('again', order, poll, true))).toEqual([[account]]);
    await rotate('again');
    expect(await claim('again', order, poll, true)).toEqual([]);
  }, 120_000);

  it('waits for the brake when that is on the only account that opens, beside one that does not', async () => {
    await joined('braked');
    await enter(['braked'], 2);
    await server.post('/api/v1/distribution-points/braked/enable', {});
    const opens = await enter(['braked'], 1);
    await server.post('/api/v1/brakes', { scope: { account: opens }, reason: 'being changed' });
    const { order } = await release('braked');
    await orderIs(order, { state: 'planned', heldBack: { code: 'BRAKE' } });
    expect(await claim('braked', order)).toEqual([]);
  }, 120_000);

  it('goes out when the DP has accounts of its own', async () => {
    await joined('own');
    await enter(['own']);
    await server.post('/api/v1/distribution-points/own/enable', {});
    const dps = server.app.get(DistributionPointRepository);
    const dp = await dps.findById('all', 'own' as DpId);
    if (!dp?.agent) throw new Error('own has not joined');
    await dps.replace({ ...dp, agent: { ...dp.agent, localAccounts: 1 } });
    const { order, heldBack } = await release('own');
    expect(heldBack).toBeUndefined();
    await orderIs(order, { state: 'queued' });
    expect(accountsOf(await claim('own', order))).toEqual([['local']]);
  }, 120_000);
});
