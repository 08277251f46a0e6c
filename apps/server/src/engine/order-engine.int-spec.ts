import { randomUUID } from 'node:crypto';
import { type ClaimAnswer, type Report, type WireOrder } from '#contract';
import type { Computer, ComputerId, DpId, ImportRunId, ReleaseVersion, TenantId } from '#domain';
import { EventSender, OrderQueues, QUEUES } from '#messaging';
import {
  AccountRepository,
  ClientReleaseRepository,
  ComputerRepository,
  DistributionPointRepository,
  OrderRepository,
} from '#persistence';
import {
  generateSealingKeyPair,
  generateSigningKeyPair,
  publicKeyText,
  sealingKeyId,
  verifyOrder,
  publicKeyFromText,
} from '#sealing';
import { eventually } from '../../../../tools/testing/eventually.js';
import { publishedRelease, registeredClient } from '../../testing/fixtures.js';
import { claimFor, sendReport } from '../../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';
import { ServerKeys } from '../platform/keys/server-keys.js';

const SITE = 'site' as DpId;
const now = new Date();

/** The order engine behind the admin API and the broker; this spec speaks for the gateway. */
describe('the order engine', () => {
  let server: TestServer;
  let events: EventSender;
  let queues: OrderQueues;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer();
    events = server.app.get(EventSender);
    queues = server.app.get(OrderQueues);
    const keys = keysOfDp();
    await server.app.get(DistributionPointRepository).insert({
      id: SITE,
      tenant: null,
      name: 'Site',
      state: 'enabled',
      keys,
      joinToken: null,
      agent: null,
      lastSeen: null,
      createdAt: now,
      revision: 0,
    });
    await queues.declare(SITE);
    await server.app.get(ClientReleaseRepository).insert({
      version: '1.0' as ReleaseVersion,
      state: 'published',
      default: true,
      platforms: { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [] } },
      files: [{ platform: 'linux', name: 'c.tar.gz', size: 3, sha256: 'a'.repeat(64), blob: 'b' }],
      createdAt: now,
      revision: 0,
    });
    await server.app.get(AccountRepository).insert({
      id: 'acc' as never,
      tenant: 'default' as TenantId,
      label: 'a',
      username: 'u',
      domain: null,
      kind: 'password',
      order: 1,
      scope: { dps: 'all' },
      sealed: [{ recipient: SITE, keyId: keys.sealingKeyId, blob: 'x' }],
      // known to work, and not counted: these orders are about something else
      lastUse: { order: 'before' as never, round: 1, at: now, result: 'OK' },
      failures: [],
      createdAt: now,
      revision: 0,
    });
    await server.patch('/api/v1/settings', { accountLogins: 0 });
  }, 60_000);

  afterAll(() => server.stop(), 60_000);

  const newComputer = async (fields: Partial<Computer> = {}): Promise<ComputerId> => {
    const name = `PC${(count += 1)}`;
    const id = randomUUID() as ComputerId;
    await server.app.get(ComputerRepository).insertNew([
      {
        id,
        tenant: 'default' as TenantId,
        name,
        hostName: fields.name ?? name,
        fqdn: null,
        address: null,
        identity: `name:${name}`,
        source: { kind: 'csv', run: 'run' as ImportRunId, row: count, directory: null },
        dp: { fixed: SITE, assigned: null, since: null, liftedAt: null },
        state: 'imported',
        openOrder: null,
        lastOrder: null,
        inventory: {
          os: null,
          version: null,
          description: null,
          location: null,
          ou: null,
          enabled: null,
          lastLogon: null,
        },
        client: null,
        restartDue: false,
        registerBy: null,
        alerts: [],
        status: { at: now, source: 'importer' },
        createdAt: now,
        revision: 0,
        ...fields,
      },
    ]);
    return id;
  };

  const release = async (computer: ComputerId): Promise<string> => {
    const answer = await server.post('/api/v1/computers/release', { computers: [computer] });
    expect(answer.status).toBe(200);
    return answer.body.results[0].order;
  };

  const claim = (orders: readonly string[], fields: Record<string, unknown> = {}): Promise<ClaimAnswer> =>
    claimFor(server, SITE, {
      tickets: orders.map((order) => ({ order, ticket: 1, kind: 'order' })),
      ...fields,
    });

  const claimOne = async (order: string): Promise<WireOrder> => {
    const { orders } = await claim([order]);
    if (!orders[0]) throw new Error('not granted');
    return orders[0].order;
  };
  const report = (
    order: Pick<WireOrder, 'order' | 'fence' | 'attempt'>,
    fields: Partial<Report>,
    dp = 'site',
  ): Promise<void> => sendReport(server, order, dp, fields);

  const orderIs = (id: string, wanted: object): Promise<unknown> =>
    eventually(async () => expect((await server.get(`/api/v1/orders/${id}`)).body).toMatchObject(wanted));
  const computerIs = (id: string, wanted: object): Promise<unknown> =>
    eventually(async () => expect((await server.get(`/api/v1/computers/${id}`)).body).toMatchObject(wanted));

  it('puts one ticket on the DP’s queue, says so, and gives the same order when released twice', async () => {
    const computer = await newComputer();
    const before = (await queues.counts(SITE)).ready;
    const answer = await server.post('/api/v1/computers/release', { computers: [computer, 'nobody'] });
    expect(answer.body).toMatchObject({
      counts: { released: 1, refused: 1 },
      results: [
        { computer, via: 'dp', dp: 'site' },
        { computer: 'nobody', order: null, code: 'NOT_FOUND' },
      ],
    });
    expect(answer.body.results[0].message).toMatch(/queue of distribution point Site,/);
    expect((await queues.counts(SITE)).ready).toBe(before + 1);
    expect(await release(computer)).toBe(answer.body.results[0].order);
    expect((await queues.counts(SITE)).ready).toBe(before + 1);
    await orderIs(answer.body.results[0].order, { state: 'queued', attempt: 0, heldBack: null });
    const ofDp = await server.get('/api/v1/distribution-points/site/orders');
    expect(ofDp.body.items[0]).toMatchObject({ computer });
  });

  it('installs the client release that is named, else that of the DP’s or tenant’s settings, else the default', async () => {
    const versions = { named: '1.0.1', ofTenant: '1.0.2', ofDp: '1.0.3' };
    for (const version of Object.values(versions))
      await publishedRelease(server, version, Buffer.from(version));
    const released = async (body: object = {}) => {
      const answer = await server.post(`/api/v1/computers/${await newComputer()}/release`, body);
      if (answer.status !== 200) return answer.body;
      return (await server.get(`/api/v1/orders/${answer.body.order}`)).body.release;
    };
    const ofTenant = '/api/v1/tenants/default/settings';
    const ofDp = `/api/v1/distribution-points/${SITE}/settings`;
    expect(await released()).toBe('1.0');
    await server.patch(ofTenant, { defaultRelease: versions.ofTenant });
    expect(await released()).toBe(versions.ofTenant);
    await server.patch(ofDp, { defaultRelease: versions.ofDp });
    expect(await released()).toBe(versions.ofDp);
    expect(await released({ release: versions.named })).toBe(versions.named);
    await server.patch(`/api/v1/client-releases/${versions.ofDp}`, { state: 'withdrawn' });
    expect(await released()).toMatchObject({
      code: 'WRONG_STATE',
      detail: 'Client version 1.0.3, which the settings have as the default, is not published any more.',
    });
    await server.patch(ofDp, { defaultRelease: null });
    await server.patch(ofTenant, { defaultRelease: null });
    expect(await released()).toBe('1.0');
  });

  it('refuses a change of the fixed DP, and says why', async () => {
    const computer = await newComputer();
    expect(await server.patch(`/api/v1/computers/${computer}`, { dp: 'server' })).toMatchObject({
      status: 409,
      body: { code: 'DP_FIXED' },
    });
  });

  it('grants a lease once; the repeated poll gets the same order, another poll gets nothing', async () => {
    const order = await release(await newComputer());
    const poll = randomUUID();
    const first = await claim([order], { poll });
    expect(first.orders).toHaveLength(1);
    expect(first.orders[0]?.order).toMatchObject({ order, fence: 1, attempt: 1, dp: 'site', verify: false });
    const key = publicKeyFromText('ed25519', server.app.get(ServerKeys).serverKey);
    expect(key && verifyOrder(key, first.orders[0]?.order, first.orders[0]?.signature ?? '')).toBe(true);
    expect((await claim([order])).orders).toEqual([]);
    const again = await claim([], { poll, again: true });
    expect(again.orders).toEqual(
      first.orders.map(() =>
        expect.objectContaining({ order: expect.objectContaining({ order, fence: 1 }) }),
      ),
    );
    expect(again.orders[0]?.order.registration?.token).toBe(first.orders[0]?.order.registration?.token);
    expect((await claim(['no-such-order'])).orders).toEqual([]);
  });

  it('applies reports once, in whatever order they come, and waits for the registration', async () => {
    const computer = await newComputer();
    const order = await claimOne(await release(computer));
    await report(order, { state: 'succeeded', result: 'RESTART_REQUIRED', seq: 900 });
    await report(order, { state: 'accepted', seq: 800 });
    await report(order, { state: 'succeeded', result: 'RESTART_REQUIRED', seq: 900 });
    await orderIs(order.order, { state: 'succeeded', result: 'RESTART_REQUIRED', attempt: 1, lease: null });
    await computerIs(computer, { state: 'awaiting-registration', openOrder: null, dp: { fixed: 'site' } });
    const timeline = await eventually(async () => {
      const { body } = await server.get(`/api/v1/computers/${computer}/timeline`);
      expect(body.items.filter((e: { kind: string }) => e.kind === 'report-ignored').length).toBeGreaterThan(
        0,
      );
      return body.items;
    });
    expect(timeline.filter((e: { kind: string }) => e.kind === 'order-succeeded')).toHaveLength(1);
  });

  it('lets a computer wait for its restart although its client was faster than the DP', async () => {
    const computer = await newComputer();
    const order = await claimOne(await release(computer));
    await report(order, { state: 'accepted' });
    const found = await server.app.get(ComputerRepository).findById('all', computer);
    if (!found) throw new Error('no computer');
    const client = await registeredClient(server, found, {}, { orderId: order.order });
    await computerIs(computer, { state: 'ready' });
    await report(order, { state: 'succeeded', result: 'RESTART_REQUIRED', seq: 900 });
    await computerIs(computer, { state: 'pending-restart' });
    await orderIs(order.order, { state: 'succeeded', result: 'RESTART_REQUIRED' });
    await client.contact({}, 'boot-2');
    await computerIs(computer, { state: 'ready' });
    // delivered again, it is no news
    await report(order, { state: 'succeeded', result: 'RESTART_REQUIRED', seq: 900 });
    await computerIs(computer, { state: 'ready' });
  });

  it('plans another attempt after a failure that may pass, and ends after one that needs a person', async () => {
    const retried = await claimOne(await release(await newComputer()));
    await report(retried, { state: 'accepted' });
    await report(retried, {
      state: 'failed',
      phase: 'stage',
      failure: { code: 'COPY_FAILED', native: null },
    });
    await orderIs(retried.order, {
      state: 'planned',
      attempt: 1,
      heldBack: { code: 'RETRY' },
      failure: { code: 'COPY_FAILED', retry: 'backoff' },
    });
    const due = await server.post(`/api/v1/orders/${retried.order}/retry`, {});
    expect(due.status).toBe(200);
    const computer = await newComputer();
    const failed = await claimOne(await release(computer));
    await report(failed, {
      state: 'failed',
      phase: 'stage',
      failure: { code: 'DISK_FULL', native: { system: 'sftp', code: '4', text: 'Failure' } },
    });
    await orderIs(failed.order, {
      state: 'failed',
      failure: { code: 'DISK_FULL', native: { text: 'Failure' } },
    });
    await computerIs(computer, { state: 'install-failed' });
    const anew = await server.post(`/api/v1/orders/${failed.order}/retry`, {});
    expect(anew).toMatchObject({ status: 201, body: { retryOf: failed.order } });
    await computerIs(computer, { state: 'releasing', openOrder: { id: anew.body.id } });
  });

  it('knows a DP that does not trust the signature, by the code that it gives it', async () => {
    const order = await claimOne(await release(await newComputer()));
    const text = 'the signature is not by the pinned server key';
    const native = { system: 'dp', code: 'ORDER_REFUSED', text };
    await report(order, { state: 'failed', phase: 'deliver', failure: { code: 'DP_INTERNAL', native } });
    await orderIs(order.order, { state: 'failed', failure: { code: 'ORDER_NOT_TRUSTED', retry: 'fix' } });
  });

  it('keeps a failure code that nobody knows as UNKNOWN with its text, and counts it', async () => {
    const order = await claimOne(await release(await newComputer()));
    await report(order, { state: 'failed', failure: { code: 'MARTIANS', native: null } });
    await orderIs(order.order, { failure: { code: 'UNKNOWN', native: { code: 'MARTIANS' } } });
    await eventually(async () =>
      expect((await server.get('/metrics', { token: null })).text).toMatch(
        /relaypoint_order_failures_total\{[^}]*code="UNKNOWN"[^}]*\} 1\n/,
      ),
    );
  });

  it('lets a DP that has forgotten what it accepted look at the computer first', async () => {
    const poll = randomUUID();
    const computer = await newComputer();
    const [granted] = (await claim([await release(computer)], { poll })).orders;
    if (!granted) throw new Error('not granted');
    await report(granted.order, { state: 'accepted' });
    await orderIs(granted.order.order, { state: 'running', waitsFor: { code: 'REPORT' } });
    await computerIs(computer, { waitsFor: { code: 'REPORT', order: granted.order.order } });
    const { orders } = await claim([], { poll, again: true });
    expect(orders).toMatchObject([{ order: { order: granted.order.order, fence: 1, verify: true } }]);
  });

  it('drops and records a report on an order that was never this DP’s', async () => {
    const order = await claimOne(await release(await newComputer()));
    await report(order, { state: 'succeeded', result: 'OK' }, 'server');
    await report({ ...order, fence: 7 }, { state: 'succeeded', result: 'OK' });
    await report(order, { state: 'accepted' });
    await orderIs(order.order, { state: 'running' });
  });

  it('parks a broken report with the reason; a person puts it back on its queue, or throws it away', async () => {
    const path = '/api/v1/dead-letters';
    const parked = (): Promise<{ id: string; reason: string }> =>
      eventually(async () => {
        const { body } = await server.get(path);
        expect(body).toMatchObject({
          total: 1,
          items: [{ origin: QUEUES.status, queue: expect.any(String) }],
        });
        return body.items[0];
      });
    await events.send(QUEUES.status, 'report', { v: 1, nonsense: true });
    const letter = await parked();
    expect(letter.reason).toMatch(/status report/);
    expect(await server.post(`${path}/${letter.id}/replay`, {})).toMatchObject({ status: 200 });
    // it is as broken as before
    const again = await parked();
    expect((await server.del(`${path}/${again.id}`)).status).toBe(204);
    expect((await server.get(path)).body).toMatchObject({ total: 0, items: [] });
    expect((await server.del(`${path}/${again.id}`)).status).toBe(404);
    expect((await server.post(`${path}/none/replay`, {})).status).toBe(404);
  });

  it('keeps a changed host key as a security event, once', async () => {
    const order = await claimOne(await release(await newComputer()));
    const changed = { state: 'failed', failure: { code: 'HOST_KEY_CHANGED', native: null } } as const;
    await report(order, { ...changed, report: 'host-key-report' });
    await report(order, { ...changed, report: 'host-key-report' });
    await orderIs(order.order, { state: 'failed', failure: { code: 'HOST_KEY_CHANGED', retry: 'never' } });
    const audited = await eventually(async () => {
      const { body } = await server.get('/api/v1/audit?limit=100');
      const found = body.items.filter(({ action }: { action: string }) => action === 'host-key.changed');
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
    expect(audited).toMatchObject([{ data: { order: order.order } }]);
  });

  it('cancels at once what nobody holds, and with a deadline what a DP holds', async () => {
    const waiting = await newComputer();
    const order = await release(waiting);
    expect(await server.post(`/api/v1/orders/${order}/cancel`, {})).toMatchObject({
      status: 200,
      body: { state: 'cancelled' },
    });
    await computerIs(waiting, { state: 'imported', openOrder: null });
    expect((await claim([order])).orders).toEqual([]);

    const held = await newComputer();
    const leased = await claimOne(await release(held));
    await report(leased, { state: 'accepted' });
    await orderIs(leased.order, { state: 'running' });
    const asked = await server.post(`/api/v1/orders/${leased.order}/cancel`, {});
    expect(asked.body).toMatchObject({ state: 'cancelling' });
    expect(Date.parse(asked.body.cancelBy)).toBeGreaterThan(Date.now());
    const told = await claim([], { running: [{ order: leased.order, fence: leased.fence }] });
    expect(told).toMatchObject({ cancel: [{ order: leased.order, fence: 1 }], lost: [] });
    await report(leased, { state: 'cancelled' });
    await orderIs(leased.order, { state: 'cancelled' });
    await computerIs(held, { state: 'install-failed' });
  });

  it('cancels and retries many orders at once, with an answer for each', async () => {
    const computers = [await newComputer(), await newComputer(), await newComputer()];
    const orders: string[] = [];
    for (const computer of computers) orders.push(await release(computer));
    const cancelled = await server.post('/api/v1/orders/cancel', { orders: [...orders, 'none'] });
    expect(cancelled.body).toMatchObject({
      counts: { done: 3, refused: 1 },
      results: [
        ...orders.map((order, i) => ({ order, computer: computers[i], result: { state: 'cancelled' } })),
        { order: 'none', computer: null, code: 'NOT_FOUND' },
      ],
    });
    for (const computer of computers) await computerIs(computer, { state: 'imported' });

    const retried = await server.post('/api/v1/orders/retry', { orders: [...orders, orders[0], 'none'] });
    expect(retried.body).toMatchObject({
      counts: { done: 3, refused: 1 },
      results: [
        ...orders.map((order, i) => ({ order, computer: computers[i], result: { retryOf: order } })),
        { order: 'none', computer: null, code: 'NOT_FOUND' },
      ],
    });
    const made = retried.body.results.flatMap(
      (one: { result: { id: string } | null }) => one.result?.id ?? [],
    );
    const waiting = await server.post('/api/v1/orders/retry', { orders: made });
    expect(waiting.body).toMatchObject({ counts: { done: 3, refused: 0 } });
    for (const id of made) await orderIs(id, { state: 'queued' });
    // the one that ended before has been followed by another one, and a computer has one open order at most
    const again = await server.post('/api/v1/orders/retry', { orders });
    expect(again.body.results.map((one: { result: { id: string } }) => one.result.id)).toEqual(made);
    // one of the two was cancelled already, which is as good
    const byFilter = await server.post('/api/v1/orders/cancel', { filter: { computer: computers[0] } });
    expect(byFilter.body).toMatchObject({ counts: { done: 2, refused: 0 } });
  });

  it('tells a DP which leases it no longer holds', async () => {
    const leased = await claimOne(await release(await newComputer()));
    const told = await claim([], {
      running: [
        { order: leased.order, fence: 99 },
        { order: 'unknown', fence: 1 },
      ],
    });
    expect(told.lost.map((l) => l.order).toSorted()).toEqual([leased.order, 'unknown'].toSorted());
  });

  it('takes a registration, whatever the DP has said: fixed DP lifted, order succeeded, ready after the restart', async () => {
    const computer = await newComputer();
    const order = await claimOne(await release(computer));
    const body = {
      token: order.registration?.token,
      name: order.computer.name,
      os: 'Test',
      version: '1.0',
      bootId: 'boot-1',
      restartRequired: true,
      location: { addresses: [] },
    };
    const post = (path: string, payload: unknown, headers = {}) =>
      server.call('POST', path, { token: null, body: payload, headers });
    expect(await post('/client/v1/register', { ...body, name: 'other' })).toMatchObject({
      status: 409,
      body: { code: 'REGISTER_MISMATCH' },
    });
    expect(
      await post('/client/v1/register', { ...body, token: `${order.order}.${'x'.repeat(43)}` }),
    ).toMatchObject({ status: 401 });
    expect(await post('/client/v1/register', { ...body, extra: 1, os: 5 })).toMatchObject({
      status: 400,
      body: { errors: [expect.anything(), expect.anything()] },
    });
    const registered = await post('/client/v1/register', body);
    expect(registered).toMatchObject({ status: 201, body: { computer } });
    expect((await post('/client/v1/register', body)).body).toEqual(registered.body);
    expect(await post('/client/v1/register', { ...body, bootId: 'boot-9' })).toMatchObject({
      status: 409,
      body: { code: 'REGISTER_TOKEN_SPENT' },
    });
    await computerIs(computer, { state: 'pending-restart', dp: { fixed: null }, openOrder: null });
    await orderIs(order.order, { state: 'succeeded' });
    await report(order, { state: 'failed', failure: { code: 'OUTCOME_UNKNOWN', native: null } });
    const contact = { bootId: 'boot-1', version: '1.0', restartRequired: true, location: { addresses: [] } };
    const authorization = `Bearer ${registered.body.secret}`;
    expect((await post('/client/v1/contact', contact, { authorization })).body).toMatchObject({
      state: 'pending-restart',
    });
    expect(
      (await post('/client/v1/contact', { ...contact, bootId: 'boot-2' }, { authorization })).body,
    ).toMatchObject({ state: 'ready' });
    await orderIs(order.order, { state: 'succeeded' });
    expect(await server.post('/api/v1/computers/release', { computers: [computer] })).toMatchObject({
      body: { results: [{ code: 'WRONG_STATE' }] },
    });
  });

  it('makes an order again whose intent stands on the computer', async () => {
    const computer = await newComputer({
      state: 'releasing',
      openOrder: {
        id: 'intent-1' as never,
        kind: 'install-client',
        dp: SITE,
        release: '1.0' as ReleaseVersion,
        notBefore: now,
        by: 'admin',
        note: null,
        retryOf: null,
        at: new Date(Date.now() - 60_000),
      },
    });
    await eventually(
      async () => {
        const [order] = await server.app.get(OrderRepository).findByIds(['intent-1' as never]);
        expect(order).toMatchObject({ computer, state: 'queued' });
      },
      { timeoutMs: 15_000 },
    );
  }, 20_000);

  it('holds orders back while their DP is disabled, and sends them when it is enabled', async () => {
    const computer = await newComputer();
    const order = await release(computer);
    await server.post('/api/v1/distribution-points/site/disable', {});
    expect((await claim([order])).orders).toEqual([]);
    await orderIs(order, { state: 'planned', heldBack: { code: 'DP_DISABLED' } });
    const refused = await server.post('/api/v1/computers/release', { computers: [await newComputer()] });
    expect(refused.body.results[0]).toMatchObject({ code: 'DP_NOT_ENABLED', order: null });
    expect((await server.post('/api/v1/distribution-points/site/enable', {})).status).toBe(200);
    await orderIs(order, { state: 'queued', heldBack: null });
  });

  it('does not let a DP hold more than its concurrency', async () => {
    await server.patch('/api/v1/distribution-points/site/settings', { concurrency: 1 });
    const orders = [await release(await newComputer()), await release(await newComputer())];
    const open = await server.app.get(OrderRepository).countsHeld([SITE]);
    const { orders: granted } = await claim(orders);
    expect(granted.length).toBe((open.get(SITE) ?? 0) >= 1 ? 0 : 1);
    await orderIs(orders[1] ?? '', { state: 'planned', heldBack: { code: 'DP_CONCURRENCY' } });
    await server.patch('/api/v1/distribution-points/site/settings', { concurrency: null });
  });
});

function keysOfDp() {
  const signing = publicKeyText(generateSigningKeyPair().publicKey);
  const sealing = generateSealingKeyPair().publicKey;
  return {
    signing,
    sealing: publicKeyText(sealing),
    sealingKeyId: sealingKeyId(sealing),
    fingerprint: 'SHA256:test',
    since: now,
  };
}
