import { randomUUID } from 'node:crypto';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { RPC, type ClaimAnswer, type Report, type WireOrder } from '#contract';
import type { DpId } from '#domain';
import { ComputerRepository, DistributionPointRepository, OrderRepository } from '#persistence';
import {
  enabledDp,
  importedComputer,
  publishedRelease,
  registeredClient,
  rpc,
  testDp,
  type TestClient,
} from '../../../testing/fixtures.js';
import { sendReport } from '../../../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 60_000 };
const SITE = { addresses: ['10.1.0.7/24'] };

let server: TestServer;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  const path = '/api/v1/distribution-points/server';
  await testDp(server, 'server').enrol((await server.post(`${path}/join-token`)).body.joinToken);
  await server.post(`${path}/enable`, {});
  await enabledDp(server, 'site');
  await server.post('/api/v1/accounts', { label: 'a', tenant: 'default', username: 'root', password: 'p' });
  await publishedRelease(server, '1.0.0', Buffer.from('client'));
  await server.patch('/api/v1/client-releases/1.0.0', { default: true });
  await server.post('/api/v1/location-rules', { dp: 'site', when: { addressIn: '10.1.0.0/16' } });
}, 60_000);
afterAll(() => server.stop());

const imported = () => importedComputer(server, `pc-${(count += 1)}`, 'site');
const registered = async (location: object = SITE): Promise<TestClient> =>
  registeredClient(server, await imported(), location);
const act = (id: string, body: object) => server.post(`/api/v1/computers/${id}/actions`, body);
const computer = async (id: string) => (await server.get(`/api/v1/computers/${id}`)).body;
const order = async (id: string) => (await server.get(`/api/v1/orders/${id}`)).body;

/** A DP fetches an order that waits for it. */
async function claim(id: string, dp: string): Promise<WireOrder> {
  return eventually(async () => {
    const stored = await server.app.get(OrderRepository).findById('all', id as never);
    const ticket = { order: id, ticket: stored?.publish.ticket ?? 0, kind: 'order' };
    const call = { dp, poll: randomUUID(), again: false, max: 10, tickets: [ticket], running: [] };
    const [granted] = (await rpc<ClaimAnswer>(server, RPC.claim, call)).orders;
    if (!granted) throw new Error(`${dp} gets nothing: ${JSON.stringify(stored)}`);
    return granted.order;
  }, PATIENCE);
}

function report(wire: WireOrder, fields: Partial<Report>, dp = wire.dp): Promise<void> {
  return sendReport(server, wire, dp, fields);
}

const unreachable = (wire: WireOrder): Promise<void> =>
  report(wire, { state: 'failed', phase: 'reach', failure: { code: 'CONNECT_TIMEOUT', native: null } });

const orderIs = (id: string, wanted: object) =>
  eventually(async () => expect(await order(id)).toMatchObject(wanted), PATIENCE);
const computerIs = (id: string, wanted: object) =>
  eventually(async () => expect(await computer(id)).toMatchObject(wanted), PATIENCE);

describe('an action on a registered computer (R11)', () => {
  it('goes to the server DP first, and by the assigned DP when that cannot reach it, at no cost', async () => {
    const client = await registered();
    const asked = await act(client.computer, { kind: 'restart', note: 'after the update' });
    expect(asked).toMatchObject({
      status: 201,
      headers: { location: `/api/v1/orders/${asked.body.id}` },
      body: {
        kind: 'restart',
        computer: client.computer,
        dp: 'server',
        route: ['server', 'site'],
        via: 'server-dp',
        order: asked.body.id,
      },
    });
    expect(await act(client.computer, { kind: 'restart' })).toMatchObject({
      status: 200,
      body: { id: asked.body.id },
    });
    expect(await act(client.computer, { kind: 'uninstall' })).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE' },
    });

    const direct = await claim(asked.body.id, 'server');
    expect(direct).toMatchObject({ kind: 'restart', registration: null, method: { reachTimeout: 5 } });
    await report(direct, { state: 'accepted' });
    await unreachable(direct);
    await orderIs(asked.body.id, { dp: 'site', attempt: 0, failure: { code: 'CONNECT_TIMEOUT' } });

    const passedOn = await claim(asked.body.id, 'site');
    expect(passedOn).toMatchObject({ attempt: direct.attempt + 1, fence: direct.fence + 1, dp: 'site' });
    expect(passedOn.method.reachTimeout).toBeUndefined();
    await report(passedOn, { state: 'accepted' });
    // What the DP before still says changes nothing, whatever it claims, and is no breach of its rights.
    await report(passedOn, { state: 'failed', failure: { code: 'AUTH_FAILED', native: null } }, 'server');
    await report(passedOn, { state: 'succeeded', result: 'RESTART_STARTED', phase: 'restart' });
    await orderIs(asked.body.id, {
      state: 'succeeded',
      result: 'RESTART_STARTED',
      attempt: 1,
      failure: null,
    });
    await computerIs(client.computer, { state: 'ready', openOrder: null, dp: { assigned: 'site' } });

    const timeline = await server.get(`/api/v1/computers/${client.computer}/timeline?limit=100`);
    const kinds = timeline.body.items.map((one: { kind: string }) => one.kind);
    expect(kinds).toEqual(expect.arrayContaining(['action-asked', 'order-passed-on', 'report-ignored']));
    expect(timeline.body.items).toContainEqual(
      expect.objectContaining({
        kind: 'order-passed-on',
        dp: 'site',
        text: 'Server DP could not do it: The computer does not answer (CONNECT_TIMEOUT). Distribution point DP site tries it now.',
      }),
    );
    const audit = await server.get('/api/v1/audit?limit=200');
    const actions = audit.body.items.map((one: { action: string }) => one.action);
    expect(actions).toContain('computer.restart');
    expect(actions).not.toContain('report.foreign');
  });

  it('does not move on after a failure later than reach', async () => {
    const client = await registered();
    const asked = await act(client.computer, { kind: 'uninstall' });
    const direct = await claim(asked.body.id, 'server');
    await report(direct, {
      state: 'failed',
      phase: 'auth',
      failure: { code: 'NOT_ADMIN', native: null },
    });
    await orderIs(asked.body.id, {
      state: 'failed',
      dp: 'server',
      failure: { code: 'NOT_ADMIN', phase: 'auth' },
    });
    await computerIs(client.computer, { state: 'ready', openOrder: null, alerts: [] });
    const again = await server.post(`/api/v1/orders/${asked.body.id}/retry`);
    expect(again).toMatchObject({
      status: 201,
      body: { kind: 'uninstall-client', retryOf: asked.body.id, route: ['server', 'site'] },
    });
    const second = await claim(again.body.id, 'server');
    await report(second, { state: 'succeeded', result: 'OK' });
    await computerIs(client.computer, { state: 'ready', alerts: [{ code: 'CLIENT_UNINSTALLED' }] });
  });

  it('passes on when the server DP is disabled meanwhile, and leaves it out while it is', async () => {
    const client = await registered();
    await server.post('/api/v1/distribution-points/server/disable');
    const asked = await act(client.computer, { kind: 'probe' });
    expect(asked).toMatchObject({ status: 201, body: { route: ['site'], via: 'dp' } });
    await server.post(`/api/v1/orders/${asked.body.id}/cancel`);
    await server.post('/api/v1/distribution-points/server/enable', {});
    await computerIs(client.computer, { openOrder: null });

    const direct = await act(client.computer, { kind: 'restart' });
    expect(direct.body.route).toEqual(['server', 'site']);
    await server.post('/api/v1/distribution-points/server/disable');
    // The gateway of the disabled DP still brings the ticket: the claim passes the order on.
    const stored = await server.app.get(OrderRepository).findById('all', direct.body.id);
    const ticket = { order: direct.body.id, ticket: stored?.publish.ticket ?? 0, kind: 'order' };
    const call = { dp: 'server', poll: randomUUID(), again: false, max: 1, tickets: [ticket], running: [] };
    expect((await rpc<ClaimAnswer>(server, RPC.claim, call)).orders).toEqual([]);
    await server.post('/api/v1/distribution-points/server/enable', {});
    const wire = await claim(direct.body.id, 'site');
    await report(wire, {
      state: 'failed',
      phase: 'reach',
      failure: { code: 'HOST_UNREACHABLE', native: null },
    });
    // Nobody expects a restart in two days: the last DP's failure ends it.
    await orderIs(direct.body.id, { state: 'failed', failure: { code: 'HOST_UNREACHABLE', dp: 'site' } });
  });

  it('goes on to the assigned DP when the server DP does not fetch it', async () => {
    const client = await registered();
    const asked = await act(client.computer, { kind: 'restart' });
    expect(asked.body).toMatchObject({ dp: 'server', waitsFor: { code: 'POLL' } });
    await eventually(async () => {
      const orders = server.app.get(OrderRepository);
      const stored = await orders.findById('all', asked.body.id);
      if (stored?.dp === 'site') return;
      // Its time has come
      if (stored) await orders.replaceMany([{ ...stored, passOnAt: new Date(0) }]);
      throw new Error('not passed on yet');
    }, PATIENCE);
    await report(await claim(asked.body.id, 'site'), { state: 'succeeded', result: 'RESTART_STARTED' });
    await orderIs(asked.body.id, { state: 'succeeded', dp: 'site' });
  });

  it('goes straight to the assigned DP when the setting says so, but for computers in the server’s network', async () => {
    await server.patch('/api/v1/settings', { directFirst: false });
    const client = await registered();
    const away = await act(client.computer, { kind: 'probe' });
    expect(away.body).toMatchObject({ route: ['site'], via: 'dp' });
    await server.post(`/api/v1/orders/${away.body.id}/cancel`);
    const rule = await server.post('/api/v1/location-rules', {
      dp: 'server',
      tenant: 'default',
      priority: -1,
      when: { addressIn: '10.1.0.0/24' },
    });
    await computerIs(client.computer, { openOrder: null });
    expect((await act(client.computer, { kind: 'probe' })).body.route).toEqual(['server', 'site']);
    await server.del(`/api/v1/location-rules/${rule.body.id}`);
    await server.patch('/api/v1/settings', { directFirst: null });
    const nowhere = await registered({ addresses: ['192.0.2.9/24'] });
    expect((await act(nowhere.computer, { kind: 'probe' })).body).toMatchObject({
      route: ['server'],
      via: 'server-dp',
    });
  });

  it('reinstalls: the client registers anew with the order’s own token', async () => {
    const client = await registered();
    const asked = await act(client.computer, { kind: 'reinstall', release: '1.0.0' });
    expect(asked.body).toMatchObject({ kind: 'reinstall', release: '1.0.0' });
    const direct = await claim(asked.body.id, 'server');
    const token = direct.registration?.token;
    expect(token).toBeDefined();
    await report(direct, { state: 'succeeded', result: 'RESTART_REQUIRED' });
    await computerIs(client.computer, { state: 'ready', openOrder: null, lastOrder: asked.body.id });
    const { name } = await computer(client.computer);
    const body = {
      token,
      name,
      os: 'Test',
      version: '1.0.0',
      bootId: 'boot-1',
      restartRequired: true,
      location: { addresses: [] },
    };
    const post = (fields: object = {}) =>
      server.call('POST', '/client/v1/register', { token: null, body: { ...body, ...fields } });
    const first = await post();
    expect(first).toMatchObject({ status: 201, body: { computer: client.computer, dp: 'site' } });
    expect((await post()).body).toEqual(first.body);
    expect(first.body.secret).not.toBe(client.registered.secret);
    expect(await post({ bootId: 'boot-7' })).toMatchObject({
      status: 409,
      body: { code: 'REGISTER_TOKEN_SPENT' },
    });
    await computerIs(client.computer, { state: 'pending-restart', dp: { assigned: 'site', fixed: null } });
    await expect(client.contact(SITE)).rejects.toThrow(/UNAUTHENTICATED/);
  });

  it('raises an alert when a reinstalled client does not register, and leaves the state alone', async () => {
    const client = await registered();
    const asked = await act(client.computer, { kind: 'reinstall' });
    await server.patch('/api/v1/settings', { registrationTimeout: 1 });
    await report(await claim(asked.body.id, 'server'), { state: 'succeeded', result: 'OK' });
    await computerIs(client.computer, { state: 'ready', alerts: [{ code: 'REGISTER_TIMEOUT' }] });
    await server.patch('/api/v1/settings', { registrationTimeout: null });
  });

  it('is refused with the reason', async () => {
    const fresh = await imported();
    for (const kind of ['restart', 'reinstall', 'uninstall']) {
      expect(await act(fresh.id, { kind })).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    }
    expect(await act(fresh.id, { kind: 'format', disk: 1 })).toMatchObject({
      status: 400,
      body: { errors: [expect.anything(), expect.anything()] },
    });
    expect(await act('nobody', { kind: 'probe' })).toMatchObject({ status: 404 });
    const client = await registered();
    expect(await act(client.computer, { kind: 'reinstall', release: '9' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'release' }] },
    });
    for (const dp of ['server', 'site']) await server.post(`/api/v1/distribution-points/${dp}/disable`);
    expect(await act(client.computer, { kind: 'restart' })).toMatchObject({
      status: 409,
      body: { code: 'DP_NOT_ENABLED' },
    });
    for (const dp of ['server', 'site']) await server.post(`/api/v1/distribution-points/${dp}/enable`, {});
    expect(await server.post(`/api/v1/computers/${client.computer}/retire`)).toMatchObject({ status: 200 });
    expect(await act(client.computer, { kind: 'probe' })).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE' },
    });
  });
});

describe('a probe before release', () => {
  it('goes to the DP that would install, shows what it found, and changes nothing', async () => {
    const fresh = await imported();
    const asked = await server.post(`/api/v1/computers/${fresh.id}/probe`);
    expect(asked).toMatchObject({ status: 201, body: { kind: 'probe', dp: 'site', route: ['site'] } });
    expect(await server.post(`/api/v1/computers/${fresh.id}/probe`)).toMatchObject({
      status: 200,
      body: { id: asked.body.id },
    });
    const wire = await claim(asked.body.id, 'site');
    await unreachable(wire);
    await orderIs(asked.body.id, { state: 'failed', failure: { code: 'CONNECT_TIMEOUT' } });
    await computerIs(fresh.id, {
      state: 'imported',
      openOrder: null,
      lastOrder: null,
      dp: { fixed: 'site' },
      lastProbe: { order: asked.body.id, dp: 'site', result: 'CONNECT_TIMEOUT' },
    });
    const second = await server.post(`/api/v1/computers/${fresh.id}/probe`);
    await report(await claim(second.body.id, 'site'), { state: 'succeeded', result: 'OK' });
    await computerIs(fresh.id, { state: 'imported', lastProbe: { result: 'OK' }, openOrder: null });
    expect(await server.post(`/api/v1/computers/${fresh.id}/release`, {})).toMatchObject({ status: 200 });
  });

  it('gives way to a release, wherever it is', async () => {
    const waiting = await imported();
    const held = await imported();
    const probe = await server.post(`/api/v1/computers/${waiting.id}/probe`);
    const running = await server.post(`/api/v1/computers/${held.id}/probe`);
    const wire = await claim(running.body.id, 'site');
    await report(wire, { state: 'accepted' });
    await orderIs(running.body.id, { state: 'running' });
    const released = await server.post('/api/v1/computers/release', { computers: [waiting.id, held.id] });
    expect(released.body).toMatchObject({ counts: { released: 2, refused: 0 } });
    for (const [index, { id }] of [waiting, held].entries()) {
      const { order: made } = released.body.results[index];
      await computerIs(id, { state: 'releasing', openOrder: { id: made, kind: 'install-client' } });
      await orderIs(made, { kind: 'install-client', state: 'queued' });
    }
    await orderIs(probe.body.id, { state: 'cancelled' });
    await report(wire, { state: 'succeeded', result: 'OK' });
    await computerIs(held.id, { state: 'releasing', lastProbe: null });
  });

  it('needs no account, but an enabled DP', async () => {
    const dps = server.app.get(DistributionPointRepository);
    await server.post('/api/v1/distribution-points', { id: 'new', name: 'New', tenant: 'default' });
    expect(await dps.findById('all', 'new' as DpId)).not.toBeNull();
    const waiting = await importedComputer(server, 'pc-waiting', 'new');
    expect(await server.post(`/api/v1/computers/${waiting.id}/probe`)).toMatchObject({
      status: 409,
      // by its name, not its id
      body: { code: 'DP_NOT_ENABLED', detail: expect.stringContaining('Distribution point New ') },
    });
    const stored = await server.app.get(ComputerRepository).findById('all', waiting.id);
    expect(stored?.openOrder).toBeNull();
  });
});

describe('a guarded step', () => {
  const release = async (id: string): Promise<string> =>
    (await server.post(`/api/v1/computers/${id}/release`, {})).body.order;

  it('deletes a computer whose order waits, but one in a DP’s hands only by force', async () => {
    const waiting = await imported();
    const order1 = await release(waiting.id);
    expect(await server.del(`/api/v1/computers/${waiting.id}`)).toMatchObject({ status: 204 });
    await orderIs(order1, { state: 'cancelled' });
    expect(await server.get(`/api/v1/computers/${waiting.id}`)).toMatchObject({ status: 404 });

    const held = await imported();
    const order2 = await release(held.id);
    const wire = await claim(order2, 'site');
    expect(await server.del(`/api/v1/computers/${held.id}`)).toMatchObject({
      status: 409,
      body: {
        code: 'WRONG_STATE',
        detail: expect.stringContaining('distribution point DP site is in state "fetched"'),
      },
    });
    await report(wire, { state: 'accepted' });
    await orderIs(order2, { state: 'running' });
    const bulk = await server.post('/api/v1/computers/delete', { computers: [held.id] });
    expect(bulk.body).toMatchObject({ results: [{ deleted: false, code: 'WRONG_STATE' }] });
    const forced = await server.post('/api/v1/computers/delete', { computers: [held.id], force: true });
    expect(forced.body).toMatchObject({ counts: { deleted: 1, refused: 0 } });
    await orderIs(order2, { state: 'outcome-unknown' });
    // What the DP says later is harmless, and its client cannot register
    await report(wire, { state: 'succeeded', result: 'OK' });
    const body = { token: wire.registration?.token, name: held.name, os: 'T', version: '1', bootId: 'b' };
    const registration = { ...body, restartRequired: false, location: { addresses: [] } };
    expect(
      await server.call('POST', '/client/v1/register', { token: null, body: registration }),
    ).toMatchObject({ status: 401 });
    const timeline = await server.get(`/api/v1/computers/${held.id}/timeline`);
    expect(timeline.body.items.map((one: { kind: string }) => one.kind)).toContain('deleted');
  });

  it('deletes and imports again with another DP, unless the order is in a DP’s hands', async () => {
    const fresh = await imported();
    const id = await release(fresh.id);
    const wire = await claim(id, 'site');
    const reimport = (dp: string | null) => server.post(`/api/v1/computers/${fresh.id}/reimport`, { dp });
    expect(await reimport(null)).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    await report(wire, { state: 'failed', phase: 'auth', failure: { code: 'NOT_ADMIN', native: null } });
    await computerIs(fresh.id, { state: 'install-failed', dp: { fixed: 'site' } });
    expect(await server.patch(`/api/v1/computers/${fresh.id}`, { dp: 'server' })).toMatchObject({
      status: 409,
      body: { code: 'DP_FIXED' },
    });
    const second = await release(fresh.id);
    expect(await reimport(null)).toMatchObject({
      status: 200,
      body: { state: 'imported', dp: { fixed: null }, openOrder: null, lastOrder: null },
    });
    await orderIs(second, { state: 'cancelled' });
    const third = await server.post(`/api/v1/computers/${fresh.id}/release`, {});
    expect(third.body).toMatchObject({ via: 'server-dp', dp: 'server' });
    const timeline = await server.get(`/api/v1/computers/${fresh.id}/timeline?limit=100`);
    const kinds = timeline.body.items.map((one: { kind: string }) => one.kind);
    expect(kinds.filter((kind: string) => kind === 'released')).toHaveLength(3);
    expect(kinds).toContain('reimported');
  });

  it('retires a ready computer with nothing under way, and only then it can be deleted', async () => {
    const client = await registered();
    const asked = await act(client.computer, { kind: 'probe' });
    const path = `/api/v1/computers/${client.computer}`;
    expect(await server.post(`${path}/retire`)).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    expect(await server.del(path)).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    await server.post(`/api/v1/orders/${asked.body.id}/cancel`);
    await computerIs(client.computer, { openOrder: null });
    expect(await server.post(`${path}/retire`)).toMatchObject({ status: 200, body: { state: 'retired' } });
    await expect(client.contact(SITE)).rejects.toThrow(/WRONG_STATE/);
    expect(await server.post(`${path}/reimport`, { dp: null })).toMatchObject({ status: 409 });
    expect(await server.del(path)).toMatchObject({ status: 204 });
  });
});
