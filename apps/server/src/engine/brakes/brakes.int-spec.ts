import { type Report, type WireOrder } from '#contract';
import type { Account, AccountId, OrderId, TenantId } from '#domain';
import { AccountRepository, OrderRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { Background } from '../../platform/background/background.js';
import { enabledDp, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { claimFor, sendReport, ticketsOf } from '../../../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 60_000 };

/** Brakes and what else stands between an order and its DP, through the admin API and the queues. */
describe('what holds orders back', () => {
  let server: TestServer;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer();
    for (const dp of ['north', 'south']) await enabledDp(server, dp);
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  const account = async (username: string, order: number, tenant = 'default'): Promise<string> => {
    const wish = { label: username, tenant, username, password: 'p', order, scope: 'all' };
    const { body, status } = await server.post('/api/v1/accounts', wish);
    expect(status).toBe(201);
    return body.id;
  };
  const release = async (dp: string, body: object = {}, tenant = 'default'): Promise<string> => {
    const fields = { tenant: tenant as TenantId };
    const { id } = await importedComputer(server, `held-${(count += 1)}`, dp, fields);
    const answer = await server.post('/api/v1/computers/release', { computers: [id], ...body });
    return answer.body.results[0].order;
  };
  const claim = async (dp: string, orders: readonly string[], max = 100): Promise<WireOrder[]> => {
    // once its ticket is on the queue, or it is known why not
    for (const id of orders)
      await eventually(async () => {
        const { body } = await server.get(`/api/v1/orders/${id}`);
        expect(body.state === 'queued' || body.heldBack !== null).toBe(true);
      }, PATIENCE);
    const tickets = await ticketsOf(server, orders);
    const answer = await claimFor(server, dp, { max, tickets });
    return answer.orders.map(({ order }) => order);
  };
  const report = (order: WireOrder, fields: Partial<Report>): Promise<void> =>
    sendReport(server, order, order.dp, fields);
  const fails = (order: WireOrder, code: string, accounts: Report['accounts'] = []): Promise<void> =>
    report(order, { state: 'failed', failure: { code, native: null }, accounts });
  const orderIs = (id: string, wanted: object): Promise<void> =>
    eventually(
      async () => expect((await server.get(`/api/v1/orders/${id}`)).body).toMatchObject(wanted),
      PATIENCE,
    );
  const openBrakes = async (): Promise<{ id: string; scope: object; cause: string; reason: string }[]> =>
    (await server.get('/api/v1/brakes?open=true')).body.items;
  const accountsOf = (order: WireOrder | undefined): (string | undefined)[] | undefined =>
    order?.accounts.map((one) => ('account' in one ? one.account : undefined));

  it('after two failures in a row nobody uses an account any more, until a person lifts the brake', async () => {
    const [first, second] = [await account('first', 1), await account('second', 2)];
    const failed = (id: string) => [{ account: id, result: 'AUTH_FAILED' }];
    const [one, other] = await claim('north', [await release('north'), await release('north')]);
    if (!one || !other) throw new Error('not granted');
    expect(accountsOf(one)).toEqual([first, second]);
    // one failure is no brake, nor are two with a success in between, nor one that is told twice
    await fails(one, 'DISK_FULL', [...failed(first), { account: second, result: 'OK' }]);
    await orderIs(one.order, { state: 'failed' });
    await fails(one, 'DISK_FULL', [...failed(first), { account: second, result: 'OK' }]);
    await report(other, { state: 'accepted' });
    await orderIs(other.order, { state: 'running' });
    expect(await openBrakes()).toEqual([]);

    await fails(other, 'DISK_FULL', [...failed(first), { account: second, result: 'OK' }]);
    const brake = await eventually(async () => {
      const [found] = await openBrakes();
      if (!found) throw new Error('no brake');
      return found;
    }, PATIENCE);
    expect(brake).toMatchObject({
      tenant: 'default',
      scope: { account: first, release: null, dp: null },
      cause: 'AUTH_FAILED',
      evidence: [{ order: one.order }, { order: other.order }],
      openedBy: 'server',
      lifted: null,
    });
    expect((await server.get('/api/v1/overview')).body.brakes).toBe(1);

    // the other account goes on; when it is stopped too, the order waits and says for what
    const [third] = await claim('south', [await release('south')]);
    expect(accountsOf(third)).toEqual([second]);
    const byHand = await server.post('/api/v1/brakes', {
      scope: { account: second },
      reason: 'being changed',
    });
    expect(byHand.status).toBe(201);
    const waits = await release('north');
    await orderIs(waits, { state: 'planned', heldBack: { code: 'BRAKE', until: null } });
    const held = await server.get(`/api/v1/orders/${waits}`);
    const listed = await server.get(`/api/v1/orders?brake=${held.body.heldBack.brake}`);
    expect(listed.body.items).toMatchObject([{ id: waits }]);

    for (const { id } of await openBrakes()) {
      const lifted = await server.post(`/api/v1/brakes/${id}/lift`, { reason: 'password corrected' });
      expect(lifted).toMatchObject({
        status: 200,
        body: { lifted: { by: expect.any(String), reason: 'password corrected' } },
      });
    }
    await orderIs(waits, { state: 'queued', heldBack: null });
    const [goes] = await claim('north', [waits]);
    expect(accountsOf(goes)).toEqual([first, second]);
    expect(await server.post(`/api/v1/brakes/${brake.id}/lift`, { reason: 'again' })).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE' },
    });
    if (goes)
      await report(goes, { state: 'succeeded', result: 'OK', accounts: [{ account: first, result: 'OK' }] });
    if (third) await report(third, { state: 'succeeded', result: 'OK' });
  }, 180_000);

  it('an account that nobody knows to work is tried by few DPs at once, until it has worked', async () => {
    const tenant = 'newcomers';
    await server.post('/api/v1/tenants', { id: tenant, name: 'Newcomers' });
    const dps = ['east-1', 'east-2', 'east-3', 'east-4', 'east-5'];
    for (const dp of [...dps, 'east-6']) await enabledDp(server, dp, null);
    const id = await account('mistyped', 1, tenant);
    const orders = new Map<string, string>();
    for (const dp of dps) orders.set(dp, await release(dp, {}, tenant));
    const claimed = await Promise.all(dps.map((dp) => claim(dp, [orders.get(dp) ?? ''])));
    const stored = async (): Promise<Account> => {
      const [found] = await server.app.get(AccountRepository).findByIds([id as AccountId]);
      if (!found) throw new Error('no account');
      return found;
    };
    expect(claimed.flat()).toHaveLength(2);
    expect((await stored()).logins).toHaveLength(2);

    // refused once: nobody else tries it while the other one is under way
    const [tried, other] = claimed.flat();
    if (!tried || !other) throw new Error('nobody got an order');
    await fails(tried, 'AUTH_FAILED', [{ account: id, result: 'AUTH_FAILED' }]);
    await eventually(async () => expect((await stored()).failures).toHaveLength(1), PATIENCE);
    const waits = await release('east-6', {}, tenant);
    await orderIs(waits, {
      state: 'planned',
      heldBack: { code: 'ACCOUNT_UNPROVEN', until: expect.any(String) },
      waitsFor: { code: 'ACCOUNT_UNPROVEN' },
    });
    expect(await claim('east-6', [waits])).toEqual([]);

    // it works after all, as the DP says while it is still at work: everybody goes on
    await report(other, { state: 'progress', phase: 'stage', accounts: [{ account: id, result: 'OK' }] });
    await orderIs(waits, { state: 'queued', heldBack: null });
    expect(await claim('east-6', [waits], 2)).toMatchObject([{ order: waits }]);
    expect(await stored()).toMatchObject({ failures: [] });
  }, 300_000);

  it('an account that turns out to work calls as many orders as may log in, and each of them once', async () => {
    const tenant = 'callers';
    await server.post('/api/v1/tenants', { id: tenant, name: 'Callers' });
    await enabledDp(server, 'calls', null);
    const id = await account('calls', 1, tenant);
    const all: string[] = [];
    for (let index = 0; index < 8; index += 1) all.push(await release('calls', {}, tenant));
    const [first, ...others] = await claim('calls', all);
    if (!first) throw new Error('none went');
    expect(others).toHaveLength(1);
    const waiting = async () => {
      const orders = await server.app.get(OrderRepository).findByIds(all as OrderId[]);
      return orders.flatMap(({ heldBack, publish }) =>
        heldBack?.code === 'ACCOUNT_UNPROVEN' ? [publish.ticket] : [],
      );
    };
    const before = await waiting();
    expect(before).toHaveLength(6);
    await report(first, { state: 'progress', phase: 'stage', accounts: [{ account: id, result: 'OK' }] });
    await eventually(async () => expect((await waiting()).length).toBeLessThan(6), PATIENCE);
    // four places, one of them taken
    await server.app.get(Background).settled();
    const left = await waiting();
    expect(left).toHaveLength(3);
    expect(before).toEqual(expect.arrayContaining(left));
  }, 120_000);

  it('getting past the login proves the only account, also by a DP that does not name it', async () => {
    const tenant = 'silent';
    await server.post('/api/v1/tenants', { id: tenant, name: 'Silent' });
    await enabledDp(server, 'west', null);
    const id = await account('unnamed', 1, tenant);
    const [order] = await claim('west', [await release('west', {}, tenant)]);
    if (!order) throw new Error('not granted');
    await report(order, { state: 'succeeded', result: 'OK' });
    await eventually(async () => {
      const { body } = await server.get('/api/v1/accounts?limit=100');
      const shown = body.items.find((one: { id: string }) => one.id === id);
      expect(shown).toMatchObject({ lastResult: 'OK' });
    }, PATIENCE);
  }, 120_000);

  const liftAll = async (): Promise<void> => {
    for (const { id } of await openBrakes())
      await server.post(`/api/v1/brakes/${id}/lift`, { reason: 'end of the test' });
  };

  it('two refusals brake the only account, also by a DP that does not name it', async () => {
    const tenant = 'mute';
    await server.post('/api/v1/tenants', { id: tenant, name: 'Mute' });
    await enabledDp(server, 'east', null);
    const id = await account('unnamed-too', 1, tenant);
    const orders = await claim('east', [
      await release('east', {}, tenant),
      await release('east', {}, tenant),
    ]);
    expect(orders).toHaveLength(2);
    for (const order of orders)
      await report(order, { state: 'failed', failure: { code: 'AUTH_FAILED', native: null } });
    await eventually(async () => {
      const found = (await openBrakes()).map(({ scope }) => scope);
      expect(found).toContainEqual({ account: id, release: null, dp: null });
    }, PATIENCE);
    await liftAll();
  }, 120_000);

  it('no more logins with an account that works are under way than the setting says, over all DPs', async () => {
    const tenant = 'changed';
    await server.post('/api/v1/tenants', { id: tenant, name: 'Changed' });
    const dps = ['dp-1', 'dp-2', 'dp-3', 'dp-4'];
    for (const dp of dps) await enabledDp(server, dp, null);
    const id = await account('changed', 1, tenant);
    const [proves] = await claim('dp-1', [await release('dp-1', {}, tenant)]);
    if (!proves) throw new Error('not granted');
    await report(proves, { state: 'succeeded', result: 'OK', accounts: [{ account: id, result: 'OK' }] });
    await orderIs(proves.order, { state: 'succeeded' });

    const orders: [string, string[]][] = [];
    for (const dp of dps) orders.push([dp, [await release(dp, {}, tenant), await release(dp, {}, tenant)]]);
    const all = orders.flatMap(([, ids]) => ids);
    const gone = (await Promise.all(orders.map(([dp, ids]) => claim(dp, ids)))).flat();
    expect(gone).toHaveLength(4);
    const waiting = all.filter((order) => !gone.some((one) => one.order === order));
    for (const order of waiting) await orderIs(order, { heldBack: { code: 'ACCOUNT_UNPROVEN' } });

    // one login that worked lets another one go
    const [first, ...others] = gone;
    if (!first) throw new Error('none');
    await report(first, { state: 'progress', phase: 'stage', accounts: [{ account: id, result: 'OK' }] });
    const freed = await eventually(async () => {
      const states = await Promise.all(
        waiting.map(async (order) => (await server.get(`/api/v1/orders/${order}`)).body),
      );
      const [ready] = states.filter(({ state }) => state === 'queued');
      if (!ready) throw new Error('nobody goes on');
      return ready as { id: string; dp: string };
    }, PATIENCE);
    const [fifth] = await claim(freed.dp, [freed.id]);
    if (!fifth) throw new Error('not granted');

    // the password was changed: after the first refusal nobody else begins while one login is under way
    await fails(fifth, 'AUTH_FAILED', [{ account: id, result: 'AUTH_FAILED' }]);
    await orderIs(fifth.order, { state: 'failed' });
    for (const order of others) await report(order, { state: 'progress', phase: 'auth' });
    expect(await claim('dp-2', [await release('dp-2', {}, tenant)])).toEqual([]);
    const [second] = others;
    if (second) await fails(second, 'AUTH_FAILED', [{ account: id, result: 'AUTH_FAILED' }]);
    await eventually(async () => {
      expect((await openBrakes()).map(({ scope }) => scope)).toContainEqual({
        account: id,
        release: null,
        dp: null,
      });
    }, PATIENCE);
    await liftAll();
  }, 300_000);

  it('a broken release stops everywhere, a damaged copy only at its DP, until a second DP sees it', async () => {
    await publishedRelease(server, '2.0', Buffer.from('broken'));
    const granted = async (dp: string): Promise<WireOrder> => {
      const [order] = await claim(dp, [await release(dp, { release: '2.0' })]);
      if (!order) throw new Error('not granted');
      return order;
    };
    const [north, south, later] = [await granted('north'), await granted('south'), await granted('south')];
    await fails(north, 'DIGEST_MISMATCH');
    await eventually(
      async () => expect(await openBrakes()).toMatchObject([{ scope: { release: '2.0', dp: 'north' } }]),
      PATIENCE,
    );
    const waits = await release('north', { release: '2.0' });
    await orderIs(waits, { heldBack: { code: 'BRAKE' } });
    await orderIs(await release('north', { release: '1.0' }), { state: 'queued' });
    await orderIs(await release('south', { release: '2.0' }), { state: 'queued' });
    await fails(south, 'DIGEST_MISMATCH');
    await eventually(
      async () => expect(await openBrakes()).toMatchObject([{ scope: { release: '2.0', dp: null } }, {}]),
      PATIENCE,
    );
    await orderIs(await release('south', { release: '2.0' }), { heldBack: { code: 'BRAKE' } });
    await fails(later, 'INSTALLER_REJECTED');
    await orderIs(later.order, { state: 'failed' });
    expect(await openBrakes()).toHaveLength(2);
    // lifting one of two leaves what the other holds back
    const [everywhere, atNorth] = await openBrakes();
    await server.post(`/api/v1/brakes/${atNorth?.id}/lift`, { reason: 'copied anew' });
    await orderIs(waits, { heldBack: { code: 'BRAKE', brake: everywhere?.id } });
    await server.post(`/api/v1/brakes/${everywhere?.id}/lift`, { reason: 'uploaded anew' });
    await orderIs(waits, { state: 'queued' });
  }, 180_000);

  it('names all faults of a brake by hand', async () => {
    expect(await server.post('/api/v1/brakes', { scope: {}, reason: 'x' })).toMatchObject({ status: 400 });
    const unknown = { scope: { account: 'none', dp: 'nowhere', release: '9' }, reason: 'x' };
    const answer = await server.post('/api/v1/brakes', unknown);
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'scope.account',
      'scope.dp',
      'scope.release',
    ]);
    expect((await server.post('/api/v1/brakes/none/lift', { reason: 'x' })).status).toBe(404);
  });

  it('outside its maintenance windows an order waits for the next one', async () => {
    const now = Date.now();
    const hour = (ahead: number): string => new Date(now + ahead * 3_600_000).toISOString().slice(11, 16);
    const opens = hour(2);
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    const windows = [{ days, from: opens, to: hour(3), timeZone: 'UTC' }];
    const path = '/api/v1/distribution-points/south/settings';
    expect((await server.patch(path, { windows })).status).toBe(200);
    const waits = await release('south');
    const held = await eventually(async () => {
      const { body } = await server.get(`/api/v1/orders/${waits}`);
      expect(body).toMatchObject({ state: 'planned', heldBack: { code: 'WINDOW_CLOSED' } });
      return body.heldBack.until;
    }, PATIENCE);
    expect((await server.patch(path, { windows: null })).status).toBe(200);
    await orderIs(waits, { state: 'queued', heldBack: null, waitsFor: { code: 'POLL' } });
    expect(held.slice(11, 16)).toBe(opens);
  }, 120_000);

  it('a paused DP gets no order until somebody lets it go on', async () => {
    const paused = await server.post('/api/v1/brakes', { scope: { dp: 'south' }, reason: 'line is down' });
    const waits = await release('south');
    await orderIs(waits, { heldBack: { code: 'BRAKE', until: null, brake: paused.body.id } });
    const { body } = await server.get(`/api/v1/orders/${waits}`);
    expect(body.waitsFor).toEqual({ code: 'BRAKE', until: body.expiresAt });
    await orderIs(await release('north'), { state: 'queued' });
    await server.post(`/api/v1/brakes/${paused.body.id}/lift`, { reason: 'line is up' });
    await orderIs(waits, { state: 'queued' });
  }, 120_000);

  it('beyond the concurrency of its DP an order waits', async () => {
    const path = '/api/v1/distribution-points/south/settings';
    const { body } = await server.get('/api/v1/distribution-points/south');
    expect((await server.patch(path, { concurrency: body.orders.running + 1 })).status).toBe(200);
    const [one, other] = [await release('south'), await release('south')];
    const got = await eventually(async () => {
      const orders = await claim('south', [one, other]);
      expect(orders.length).toBeLessThanOrEqual(1);
      return orders;
    }, PATIENCE);
    const rest = [one, other].filter((id) => !got.some(({ order }) => order === id));
    for (const id of rest) await orderIs(id, { state: 'planned', heldBack: { code: 'DP_CONCURRENCY' } });
    expect(rest.length).toBeGreaterThan(0);
    // a place is free as soon as the DP has finished something
    const [working] = got;
    if (working) await report(working, { state: 'succeeded', result: 'OK' });
    await eventually(async () => {
      const states = await Promise.all(rest.map((id) => server.get(`/api/v1/orders/${id}`)));
      expect(states.map((answer) => answer.body.state)).toContain('queued');
    }, PATIENCE);
  }, 120_000);
});
