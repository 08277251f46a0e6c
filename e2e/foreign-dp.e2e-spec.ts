import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { eventually } from '../tools/testing/eventually.js';
import { ForeignDp } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';

/** The chain with a DP that shares no code with the product: the protocol page is enough to write one. */
describe('a DP written by someone else', () => {
  let stack: Stack;
  let dp: ForeignDp;
  const PASSWORD = 'only-the-DP-may-read-this';

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.publishClient();
    dp = new ForeignDp('elsewhere', stack.gatewayUrls[0] ?? '');
  }, 120_000);

  afterAll(async () => {
    await stack?.stop();
  }, 60_000);

  it('enrols once, waits to be enabled, and is refused while disabled', async () => {
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', {
      id: 'elsewhere',
      name: 'Elsewhere',
      tenant: 'default',
    });
    const enrolled = await dp.enrol(joinToken);
    expect(enrolled).toMatchObject({
      status: 201,
      body: { dp: 'elsewhere', status: 'pending', keyFingerprint: dp.fingerprint },
    });
    expect(await dp.enrol(joinToken)).toEqual(enrolled);
    const thief = new ForeignDp('elsewhere', stack.gatewayUrls[0] ?? '');
    expect((await thief.enrol(joinToken)).status).toBe(401);

    expect(await dp.poll()).toMatchObject({ status: 200, body: { status: 'pending', orders: [] } });
    const wrong = await stack.api.call('POST', '/distribution-points/elsewhere/enable', {
      keyFingerprint: 'SHA256:other',
    });
    expect(wrong.status).toBe(409);
    await stack.api.ok('POST', '/distribution-points/elsewhere/enable', { keyFingerprint: dp.fingerprint });
    await eventually(async () => expect((await dp.poll()).body.status).toBe('enabled'));

    await stack.api.ok('POST', '/distribution-points/elsewhere/disable', {});
    await eventually(
      async () => expect(await dp.poll()).toMatchObject({ status: 403, body: { code: 'DP_DISABLED' } }),
      {
        timeoutMs: 1_000,
      },
    );
    await stack.api.ok('POST', '/distribution-points/elsewhere/enable', {});
    await eventually(async () => expect((await dp.poll()).status).toBe(200));
  });

  it('gets a signed order with a sealed account, the file, and brings the computer to ready', async () => {
    await stack.api.ok('POST', '/accounts', {
      label: 'Elsewhere',
      tenant: 'default',
      username: 'installer',
      password: PASSWORD,
      order: 1,
      scope: { dps: ['elsewhere'] },
    });
    await stack.importCsv('name\nfar-01\n', 'elsewhere');
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/computers?q=far-01');
    const computer = items[0]?.id ?? '';

    const waiting = dp.poll({ wait: 20 });
    await stack.api.ok('POST', '/computers/release', { computers: [computer] });
    const answer = await waiting;
    expect(answer.status).toBe(200);
    const order = answer.body.orders[0]?.order;
    if (!order) throw new Error(JSON.stringify(answer));
    expect(order).toMatchObject({
      dp: 'elsewhere',
      attempt: 1,
      kind: 'install-client',
      computer: { name: 'FAR-01' },
    });

    const secret = await dp.open(order.accounts[0] ?? {});
    expect(secret).toMatchObject({ username: 'installer', password: PASSWORD });

    const file = order.release?.files[0];
    const whole = await dp.file(file?.url ?? '');
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file?.sha256);
    expect(bytes.length).toBe(file?.size);
    const rest = await dp.file(file?.url ?? '', 100);
    expect(rest.status).toBe(206);
    expect(Buffer.from(await rest.arrayBuffer())).toEqual(bytes.subarray(100));

    expect(await dp.report([{ order, state: 'accepted' }])).toEqual({ status: 202, body: { accepted: 1 } });
    expect(
      (await dp.report([{ order, state: 'succeeded', result: 'RESTART_REQUIRED', phase: 'install' }])).status,
    ).toBe(202);
    const state = (wanted: string): Promise<unknown> =>
      eventually(async () =>
        expect(await stack.api.ok('GET', `/computers/${computer}`)).toMatchObject({ state: wanted }),
      );
    await state('awaiting-registration');

    const client = (path: string, body: unknown, bearer?: string): ReturnType<ForeignDp['post']> =>
      dp.post(path, body, bearer);
    const location = { addresses: ['192.0.2.7/24'], gateway: null, dnsSuffix: null, adSite: null };
    const registration = {
      token: order.registration?.token,
      name: 'far-01',
      os: 'Test',
      version: '1.0.0',
      bootId: 'boot-1',
      restartRequired: true,
      location,
    };
    expect((await client('/client/v1/register', { ...registration, name: 'other' })).status).toBe(409);
    const registered = await client('/client/v1/register', registration);
    expect(registered).toMatchObject({ status: 201, body: { computer } });
    expect(await client('/client/v1/register', registration)).toEqual(registered);
    await state('pending-restart');
    const contact = { bootId: 'boot-2', version: '1.0.0', restartRequired: false, location };
    const bearer = String(registered.body['secret']);
    expect((await client('/client/v1/contact', contact, `${bearer}x`)).status).toBe(401);
    expect(await client('/client/v1/contact', contact, bearer)).toMatchObject({
      status: 200,
      body: { state: 'ready' },
    });
    await state('ready');
    expect(await stack.deadLetters()).toEqual({});
  }, 60_000);

  it('finds its order behind tickets of orders that have ended, also with a poll that does not wait', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `behind-${String(index).padStart(2, '0')}`);
    await stack.importCsv(`name\n${names.join('\n')}\n`, 'elsewhere');
    const { items } = await stack.api.ok<{ items: { id: string; name: string }[] }>(
      'GET',
      '/computers?q=behind-&limit=100',
    );
    const [last, ...others] = items.map(({ id }) => id);
    const released = await stack.api.ok<{ results: { order: string }[] }>('POST', '/computers/release', {
      computers: others,
    });
    const orders = released.results.map(({ order }) => order);
    expect(orders).toHaveLength(11);
    await stack.api.ok('POST', '/orders/cancel', { orders });
    await stack.api.ok('POST', '/computers/release', { computers: [last] });
    const answer = await dp.poll({ max: 1, wait: 0 });
    expect(answer).toMatchObject({ status: 200, body: { orders: [{ order: { dp: 'elsewhere' } }] } });
    const order = answer.body.orders[0]?.order;
    if (!order) throw new Error(JSON.stringify(answer));
    const end = { order, state: 'failed', phase: 'stage', failure: { code: 'DISK_FULL', native: null } };
    expect((await dp.report([end])).status).toBe(202);
  }, 60_000);

  it('is told in words that it is too old, and may finish what it works on', async () => {
    const want = (minimumAgentVersion: string | null): Promise<unknown> =>
      stack.api.ok('PATCH', '/distribution-points/elsewhere/settings', { minimumAgentVersion });
    const agent = { version: '1.0', os: 'test', hostname: 'foreign' };
    expect((await dp.poll({ agent })).status).toBe(200);
    await want('1.1');
    await eventually(async () =>
      expect(await dp.poll({ agent })).toMatchObject({
        status: 403,
        body: { code: 'AGENT_TOO_OLD', detail: expect.stringMatching(/version 1\.0, .* 1\.1 or later/) },
      }),
    );
    // it need not say again what it is
    await eventually(async () => expect((await dp.poll()).status).toBe(403));
    const { alerts } = await stack.api.ok<{ alerts: { code: string }[] }>(
      'GET',
      '/distribution-points/elsewhere',
    );
    expect(alerts.map(({ code }) => code)).toContain('AGENT_TOO_OLD');
    const running = [{ order: 'of-before', fence: 1 }];
    expect(await dp.poll({ running })).toMatchObject({ status: 200, body: { orders: [], lost: running } });
    // another version of it needs to wait for nobody
    expect((await dp.poll({ agent: { ...agent, version: '1.1' } })).status).toBe(200);
    await eventually(async () => expect((await dp.poll()).status).toBe(200));
    const wrong = await stack.api.call('PATCH', '/settings', { minimumAgentVersion: 'the newest' });
    expect(wrong).toMatchObject({ status: 400, body: { errors: [{ path: 'minimumAgentVersion' }] } });
    await want(null);
  }, 60_000);

  it('names every fault of a malformed request and stays alive', async () => {
    const bodies: [string, unknown, number][] = [
      ['/dp/v1/poll', '{', 400],
      ['/dp/v1/poll', [], 400],
      ['/dp/v1/poll', { poll: 'p', max: '1', wait: -1, running: {}, extra: 1 }, 400],
      ['/dp/v1/reports', { reports: [] }, 400],
      ['/dp/v1/reports', { reports: [{ report: 'r' }] }, 400],
    ];
    for (const [path, body, status] of bodies) {
      const answer = await dp.post(path, body, dp.bearer());
      expect({ path, status: answer.status }).toEqual({ path, status });
      expect(typeof answer.body['code']).toBe('string');
    }
    expect(await announceBody(`${stack.gatewayUrls[0]}/dp/v1/reports`, 6 * 1024 * 1024, dp.bearer())).toBe(
      413,
    );
    const many = await dp.post(
      '/dp/v1/poll',
      { poll: 'p', max: '1', wait: -1, running: {}, extra: 1 },
      dp.bearer(),
    );
    const paths = (many.body['errors'] as { path: string }[]).map((e) => e.path).toSorted();
    expect(paths).toEqual(['extra', 'max', 'running', 'wait']);
    expect((await dp.poll()).status).toBe(200);
  });
});

/** Announces a body of this many bytes and sends none of it; the status of the answer. */
function announceBody(url: string, bytes: number, bearer: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': String(bytes),
      authorization: `Bearer ${bearer}`,
    };
    const sent = request(url, { method: 'POST', headers }, (response) => {
      resolve(response.statusCode ?? 0);
      sent.destroy();
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
}
