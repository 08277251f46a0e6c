import type { Type } from '@nestjs/common';
import type { WireOrder } from '#contract';
import { newNotice, type Computer, type OrderId, type RolloutId, type TenantId } from '#domain';
import {
  ComputerRepository,
  NoticeRepository,
  OrderRepository,
  RolloutMemberRepository,
  RolloutRepository,
} from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import {
  enabledDp,
  importedComputer,
  publishedRelease,
  registeredClient,
  registeredComputer,
  testDp,
} from '../../../testing/fixtures.js';
import { claimFor, sendReport, ticketsOf } from '../../../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 90_000 };
const QUICK = { proof: { settle: 0 } };

/** Rollouts through the admin API, with two servers, reports off the queue and clients that register. */
describe('a rollout', () => {
  let server: TestServer;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '50' });
    // reaches what is registered, as no location rule says otherwise
    const path = '/api/v1/distribution-points/server';
    await testDp(server, 'server').enrol((await server.post(`${path}/join-token`)).body.joinToken);
    await server.post(`${path}/enable`, {});
    for (const dp of ['north', 'south']) {
      await enabledDp(server, dp);
      await server.patch(`/api/v1/distribution-points/${dp}/settings`, {
        concurrency: 100,
        accountLogins: 0,
      });
    }
    await publishedRelease(server, '2.0', Buffer.from('perhaps sound'));
    await server.patch('/api/v1/client-releases/2.0', { default: true });
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    const { body } = await server.post('/api/v1/accounts', wish);
    // an account that is known to work holds nobody up
    const first = await computersAt('north', 1);
    const [order] = await claimed('north', await releasedByHand(first));
    if (!order) throw new Error('not granted');
    const accounts = [{ account: body.id, result: 'OK' as const }];
    await sendReport(server, order, 'north', { state: 'succeeded', result: 'OK', accounts });
    await eventually(async () => {
      const { items } = (await server.get('/api/v1/accounts')).body;
      if (items[0].lastResult !== 'OK') throw new Error('not known to work yet');
    }, PATIENCE);
  }, 180_000);
  afterAll(() => server.stop(), 60_000);

  const computersAt = (dp: string, many: number): Promise<Computer[]> =>
    Promise.all(Array.from({ length: many }, () => importedComputer(server, `roll-${(count += 1)}`, dp)));
  const releasedByHand = async (computers: readonly Computer[]): Promise<string[]> => {
    const ids = computers.map(({ id }) => id);
    const { body } = await server.post('/api/v1/computers/release', { computers: ids });
    return body.results.map(({ order }: { order: string }) => order);
  };
  const started = async (computers: readonly Computer[], wish: object = {}): Promise<string> => {
    const ids = computers.map(({ id }) => id);
    const answer = await server.post('/api/v1/rollouts', {
      name: 'Client 2.0',
      computers: ids,
      ...QUICK,
      ...wish,
    });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body.id;
  };
  const rolloutIs = (id: string, wanted: object): Promise<void> =>
    eventually(
      async () => expect((await server.get(`/api/v1/rollouts/${id}`)).body).toMatchObject(wanted),
      PATIENCE,
    );
  /** Orders that exist of a rollout. */
  const ordersOf = async (computers: readonly Computer[]): Promise<string[]> => {
    const found = await server.app.get(OrderRepository).list('all', {}, { limit: 1000 });
    const own = new Set(computers.map(({ id }) => id));
    return found.items.filter(({ computer }) => own.has(computer)).map(({ id }) => id);
  };
  const startedOrders = (computers: readonly Computer[], many: number): Promise<string[]> =>
    eventually(async () => {
      const orders = await ordersOf(computers);
      expect(orders).toHaveLength(many);
      return orders;
    }, PATIENCE);
  const claimed = async (dp: string, orders: readonly string[]): Promise<WireOrder[]> => {
    for (const id of orders)
      await eventually(async () => {
        const { body } = await server.get(`/api/v1/orders/${id}`);
        expect(body.state !== 'planned' || body.heldBack !== null).toBe(true);
      }, PATIENCE);
    const answer = await claimFor(server, dp, { tickets: await ticketsOf(server, orders) });
    return answer.orders.map(({ order }) => order);
  };
  const fails = async (order: WireOrder, code = 'DISK_FULL'): Promise<void> => {
    const native = { system: 'installer', code: '112', text: 'There is not enough space on the disk.' };
    await sendReport(server, order, order.dp, { state: 'failed', failure: { code, native } });
  };
  const registers = async (order: WireOrder, all: readonly Computer[]): Promise<void> => {
    const [stored] = await server.app.get(OrderRepository).findByIds([order.order as OrderId]);
    const computer = all.find(({ id }) => id === stored?.computer);
    if (!computer) throw new Error('of no computer');
    await registeredClient(server, computer, {}, { orderId: order.order });
  };
  const membersOf = async (id: string, query = ''): Promise<Record<string, unknown>[]> =>
    (await server.get(`/api/v1/rollouts/${id}/members?limit=500${query}`)).body.items;

  /** What happens meanwhile comes to an end before one of its writes, as where the process dies there. */
  const dying = async (target: Type<object>, write: string, times: number, work: () => Promise<void>) => {
    const repository = server.app.get<Record<string, (...all: unknown[]) => Promise<unknown>>>(target);
    const alive = repository[write]?.bind(repository);
    let left = times;
    repository[write] = async (...all) => {
      if (left === 0) return await alive?.(...all);
      left -= 1;
      throw new Error('the process dies here');
    };
    try {
      await work();
      await eventually(() => expect(left).toBe(0), PATIENCE);
    } finally {
      delete repository[write];
    }
  };

  it('stops a bad release within its first wave, and nothing that was queued goes out', async () => {
    const all = await computersAt('north', 40);
    const id = await started(all, {
      waves: [{ count: 10 }],
      stops: [{ share: 30, minimum: 5 }],
    });
    const orders = await startedOrders(all, 10);
    const [first, rest] = [orders.slice(0, 6), orders.slice(6)];
    const granted = await claimed('north', first);
    for (const order of granted.slice(0, 4)) await registers(order, all);
    for (const order of granted.slice(4)) await fails(order);
    await rolloutIs(id, {
      state: 'paused',
      wave: 0,
      cause: { kind: 'stop', by: null, evidence: { rule: 0, failures: 2, results: 6, code: 'DISK_FULL' } },
      counts: { good: 4, bad: 2, underWay: 4, waiting: 30 },
      causes: [{ code: 'DISK_FULL', count: 2, output: expect.stringContaining('not enough space') }],
    });
    const { cause } = (await server.get(`/api/v1/rollouts/${id}`)).body;
    const tenant = 'default' as TenantId;
    const stop = { kind: 'rollout-stopped', tenant, subject: `rollout:${id}` } as const;
    const facts = { rollout: id, name: 'Client 2.0', failed: 2, computers: 40 };
    const notice = newNotice({ ...stop, occurrence: cause.at, facts }, new Date());
    await eventually(async () => {
      const [told] = await server.app.get(NoticeRepository).findByIds([notice.id]);
      expect(told).toMatchObject({ ...stop, facts });
    }, PATIENCE);
    // what lies on the queue already is refused, with the reason
    expect(await claimed('north', rest)).toEqual([]);
    const { body: held } = await server.get(`/api/v1/orders/${rest[0]}`);
    expect(held).toMatchObject({
      state: 'planned',
      heldBack: { code: 'ROLLOUT_PAUSED', hint: { en: expect.any(String) } },
    });

    // a person who has seen it lets it go on: what failed before does not stop it again
    await server.post(`/api/v1/rollouts/${id}/resume`, {});
    const again = await claimed('north', rest);
    expect(again).toHaveLength(4);
    for (const order of again) await registers(order, all);
    // 8 of 10 are not the 90 % that a wave has to reach
    await rolloutIs(id, { state: 'paused', cause: { kind: 'not-proven' }, counts: { good: 8, bad: 2 } });
    expect(await ordersOf(all)).toHaveLength(10);

    const aborted = await server.post(`/api/v1/rollouts/${id}/abort`, { note: 'no good' });
    expect(aborted.body).toMatchObject({ cause: { by: expect.any(String), note: 'no good' } });
    await rolloutIs(id, { state: 'aborted', counts: { skipped: 30, good: 8, bad: 2 } });
    for (const [path, body] of [
      ['resume', {}],
      ['skip', { wave: 1 }],
      ['move', { computers: [all[0]?.id], wave: 1 }],
    ] as const)
      expect((await server.post(`/api/v1/rollouts/${id}/${path}`, body)).body.code).toBe('WRONG_STATE');

    const retried = await server.post(`/api/v1/rollouts/${id}/retry-failed`, {});
    expect(retried.body).toMatchObject({ retryOf: id, size: 2, name: 'Client 2.0' });
    // its first wave takes ten, as that of the first rollout
    await startedOrders(all, 12);
    const { text } = await server.get(`/api/v1/rollouts/${id}/report.csv`);
    expect(text.trim().split('\r\n')).toHaveLength(41);
    expect(text).toContain('DISK_FULL');
    const audit = await server.get(`/api/v1/audit?target=rollout:${id}`);
    expect(audit.body.items.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['rollout.created', 'rollout.paused', 'rollout.resumed', 'rollout.aborted']),
    );
    await server.post(`/api/v1/rollouts/${retried.body.id}/abort`, {});
    await rolloutIs(retried.body.id, { state: 'aborted' });
  }, 300_000);

  it('goes through all its waves by itself, and starts no more a minute than it may', async () => {
    const all = await computersAt('north', 12);
    const id = await started(all, {
      waves: [{ count: 2 }, { percent: 25, gate: 'person' }],
      pace: { perMinute: 8 },
    });
    for (const order of await claimed('north', await startedOrders(all, 2))) await registers(order, all);
    const two = await startedOrders(all, 5);
    for (const order of await claimed('north', two)) await registers(order, all);
    await rolloutIs(id, {
      state: 'running',
      wave: 1,
      waves: [{ passedBy: null }, { provenAt: expect.any(String) }, {}],
    });
    // pressed twice: the wave that was seen is passed on once
    for (const wave of [1, 1])
      expect((await server.post(`/api/v1/rollouts/${id}/next-wave`, { wave })).body).toMatchObject({
        wave: 2,
      });
    const three = await startedOrders(all, 8);
    for (const order of await claimed('north', three)) await registers(order, all);
    await rolloutIs(id, { counts: { good: 8, waiting: 4 } });
    expect(await ordersOf(all)).toHaveLength(8);
    const last = (await membersOf(id, '&state=waiting')).map(({ computer }) => computer);
    // whoever sees its end dies before it is told
    await dying(NoticeRepository, 'insertNew', 1, async () => {
      const { body } = await server.post(`/api/v1/rollouts/${id}/skip`, { computers: last });
      expect(body).toEqual({ changed: 4 });
      await rolloutIs(id, { state: 'finished', counts: { good: 8, skipped: 4 } });
    });
    const { endedAt } = (await server.get(`/api/v1/rollouts/${id}`)).body;
    const end = {
      kind: 'rollout-finished',
      tenant: 'default' as TenantId,
      subject: `rollout:${id}`,
    } as const;
    const facts = { rollout: id, name: 'Client 2.0', failed: 0, computers: 12 };
    const notice = newNotice({ ...end, occurrence: endedAt, facts }, new Date());
    await eventually(async () => {
      expect(await server.app.get(NoticeRepository).findByIds([notice.id])).toMatchObject([end]);
    }, PATIENCE);
  }, 300_000);

  it('says what those wait for whose turn has come', async () => {
    const dayAfterTomorrow = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][
      (new Date().getUTCDay() + 2) % 7
    ];
    const settings = '/api/v1/distribution-points/south/settings';
    const closed = { days: [dayAfterTomorrow], from: '08:00', to: '09:00', timeZone: 'UTC' };
    expect((await server.patch(settings, { windows: [closed] })).status).toBe(200);
    const all = await computersAt('south', 3);
    const id = await started(all, { waves: [] });
    const until = expect.stringMatching(/T08:00:00/);
    await rolloutIs(id, {
      state: 'running',
      counts: { underWay: 3 },
      heldBack: [{ code: 'WINDOW_CLOSED', dp: 'south', count: 3, until }],
    });
    // the window opens, and nothing holds them any more
    await server.patch(settings, { windows: null });
    await rolloutIs(id, { counts: { underWay: 3 }, heldBack: [] });
    await server.post(`/api/v1/rollouts/${id}/abort`, {});
  }, 180_000);

  it('stops at the one DP where it fails, and goes on at the other, with two servers', async () => {
    const beside = await server.another({ SWEEP_INTERVAL_MS: '70' });
    const [good, bad] = [await computersAt('north', 12), await computersAt('south', 12)];
    const all = [...good, ...bad];
    const id = await started(all, { waves: [{ count: 12 }], stops: [{ count: 3, minimum: 4 }] });
    const orders = await startedOrders(all, 12);
    for (const order of await claimed('north', orders)) await registers(order, all);
    const south = await claimed('south', orders);
    expect(south).toHaveLength(6);
    for (const order of south.slice(0, 4)) await fails(order);
    await rolloutIs(id, {
      state: 'running',
      stoppedDps: [{ dp: 'south', evidence: { code: 'DISK_FULL' } }],
      wave: 1,
    });
    // the six of the last wave at north, nobody at south
    for (const order of await claimed('north', await startedOrders(all, 18))) await registers(order, all);
    for (const order of south.slice(4)) await registers(order, all);
    await rolloutIs(id, {
      state: 'paused',
      cause: { kind: 'dps-stopped' },
      counts: { good: 14, bad: 4, waiting: 6 },
    });
    await server.post(`/api/v1/rollouts/${id}/resume`, {});
    for (const order of await claimed('south', await startedOrders(all, 24))) await registers(order, all);
    await rolloutIs(id, { state: 'finished', stoppedDps: [], counts: { good: 20, bad: 4 } });
    await beside.close();
  }, 300_000);

  it('starts nobody twice and nobody beyond its wave, wherever servers die', async () => {
    const all = await computersAt('north', 20);
    const writes: [Type<object>, string][] = [
      [RolloutMemberRepository, 'noteStarted'],
      [RolloutMemberRepository, 'ofComputers'],
      [OrderRepository, 'insertMany'],
      [ComputerRepository, 'replaceMany'],
    ];
    const rollouts: string[] = [];
    for (const [index, [target, write]] of writes.entries()) {
      const own = all.slice(index * 5, index * 5 + 5);
      await dying(target, write, 2, async () => {
        rollouts.push(await started(own, { waves: [{ count: 3 }] }));
      });
      await startedOrders(own, 3);
    }
    for (const id of rollouts) await rolloutIs(id, { state: 'running', counts: { underWay: 3, waiting: 2 } });
    const orders = await ordersOf(all);
    expect(orders).toHaveLength(12);
    // reports come while the note of what they say is lost
    await dying(RolloutMemberRepository, 'noteStandings', 3, async () => {
      for (const order of await claimed('north', orders)) await fails(order);
    });
    for (const id of rollouts) await rolloutIs(id, { state: 'paused', counts: { bad: 3, waiting: 2 } });
    expect(await ordersOf(all)).toHaveLength(12);
    const stored = await server.app.get(RolloutRepository).findByIds('all', rollouts as never[]);
    expect(stored.map(({ grant }) => grant)).toEqual([null, null, null, null]);
    for (const id of rollouts) await server.post(`/api/v1/rollouts/${id}/abort`, {});
  }, 300_000);

  it('cancels the orders of members that were left out while those were made', async () => {
    const all = await computersAt('north', 3);
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const id = await started(all, { startAt, waves: [{ count: 2 }] });
    const members = server.app.get(RolloutMemberRepository);
    const note = members.noteStarted.bind(members);
    const noting = jest.spyOn(members, 'noteStarted').mockImplementationOnce(async (...what) => {
      // another server aborts at this moment
      await server.post(`/api/v1/rollouts/${id}/abort`, {});
      await members.skipWaiting(id as RolloutId, {}, 'ABORTED', new Date());
      return note(...what);
    });
    await server.post(`/api/v1/rollouts/${id}/shift`, { startAt: null });
    await rolloutIs(id, { state: 'aborted', counts: { skipped: 3 } });
    expect(noting).toHaveBeenCalled();
    noting.mockRestore();
    const orders = await startedOrders(all, 2);
    await eventually(async () => {
      const found = await server.app.get(OrderRepository).findByIds(orders as OrderId[]);
      expect(found.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    }, PATIENCE);
  }, 120_000);

  it('takes in whom its filter finds later, also where a server dies over it', async () => {
    await importedComputer(server, 'grow-1', 'north');
    const { body, status } = await server.post('/api/v1/rollouts', {
      name: 'Grows',
      filter: { q: 'grow-' },
      growing: true,
      startAt: new Date(Date.now() + 3_600_000).toISOString(),
      waves: [{ percent: 100 }],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ size: 1, growing: true });
    // its new member is stored by then
    await dying(RolloutRepository, 'replace', 1, async () => {
      await importedComputer(server, 'grow-2', 'north');
    });
    await rolloutIs(body.id, { size: 2, waves: [{ size: 2 }] });
    await importedComputer(server, 'grow-3', 'south');
    await rolloutIs(body.id, { size: 3, waves: [{ size: 3 }] });
    expect((await membersOf(body.id)).map(({ name }) => name)).toEqual(['GROW-1', 'GROW-2', 'GROW-3']);
    await server.post(`/api/v1/rollouts/${body.id}/abort`, {});
  }, 120_000);

  it('installs another version where there is a client, and says so of those that never call again', async () => {
    const all = await computersAt('north', 3);
    const first = await startedOrders(all, (await releasedByHand(all)).length);
    for (const order of await claimed('north', first)) await registers(order, all);
    const fresh = await importedComputer(server, `roll-${(count += 1)}`, 'north');
    const wish = { kind: 'reinstall', computers: [...all, fresh].map(({ id }) => id), waves: [{ count: 1 }] };
    const { body: plan } = await server.post('/api/v1/rollouts/plan', wish);
    expect(plan).toMatchObject({ size: 3, waves: [1, 2] });
    expect(plan.obstacles).toContainEqual(
      expect.objectContaining({ code: 'WRONG_STATE', isLeftOut: true, names: [fresh.name] }),
    );
    const again = await started(all, { ...wish, release: '2.0', stops: [{ share: 100, minimum: 3 }] });
    const orders = async (many: number) =>
      (await startedOrders(all, all.length + many)).filter((id) => !first.includes(id));
    const [one] = await orders(1);
    const { body: order } = await server.get(`/api/v1/orders/${one}`);
    expect(order).toMatchObject({ kind: 'reinstall', release: '2.0', state: 'queued' });
    for (const given of await claimed(order.dp, [order.id])) {
      await sendReport(server, given, given.dp, { state: 'succeeded', result: 'OK' });
      await registers(given, all);
    }
    // the wave has proved itself: the others follow
    const [silent, failing] = (await orders(3)).filter((id) => id !== one);
    const granted = await claimed(order.dp, [silent ?? '', failing ?? '']);
    for (const given of granted)
      if (given.order === failing) await fails(given);
      else await sendReport(server, given, given.dp, { state: 'succeeded', result: 'OK' });
    await eventually(async () => {
      const states = (await membersOf(again)).map(({ state }) => state);
      expect(new Set(states)).toEqual(new Set(['failed', 'installed', 'ready']));
    }, PATIENCE);
    expect((await server.get(`/api/v1/rollouts/${again}`)).body).toMatchObject({ kind: 'reinstall' });
    // those that failed are asked for in the same way
    const retry = await server.post(`/api/v1/rollouts/${again}/retry-failed`, {});
    expect(retry.body).toMatchObject({ kind: 'reinstall', size: 1 });
    for (const id of [again, retry.body.id]) await server.post(`/api/v1/rollouts/${id}/abort`, {});
  }, 120_000);

  it('leaves out who has the version already, and does not wait for a probe', async () => {
    const [there, probed] = [
      await registeredComputer(server, `roll-${(count += 1)}`, 'north', '2.0'),
      await registeredComputer(server, `roll-${(count += 1)}`, 'north'),
    ];
    const probe = await server.post(`/api/v1/computers/${probed.id}/probe`, {});
    const wish = { kind: 'reinstall', computers: [there.id, probed.id] };
    const { body: plan } = await server.post('/api/v1/rollouts/plan', wish);
    expect(plan).toMatchObject({
      size: 1,
      obstacles: [{ code: 'HAS_RELEASE', isLeftOut: true, count: 1, names: [there.name] }],
    });
    const rollout = await started([probed], wish);
    const [order] = (await startedOrders([probed], 2)).filter((id) => id !== probe.body.id);
    expect((await server.get(`/api/v1/orders/${order}`)).body).toMatchObject({ kind: 'reinstall' });
    expect((await server.get(`/api/v1/orders/${probe.body.id}`)).body).toMatchObject({ state: 'cancelled' });
    await server.post(`/api/v1/rollouts/${rollout}/abort`, {});
    // by hand it is installed again all the same
    const path = `/api/v1/computers/${there.id}/actions`;
    expect(await server.post(path, { kind: 'reinstall' })).toMatchObject({ status: 201 });
  }, 120_000);

  it('says beforehand whom it takes, and what is in the way', async () => {
    const all = await computersAt('north', 20);
    const [one, two, ...rest] = all;
    if (!one || !two) throw new Error('none made');
    await releasedByHand([one]);
    const elsewhere = await started([two], { startAt: new Date(Date.now() + 3_600_000).toISOString() });
    const away = await importedComputer(server, `roll-${(count += 1)}`, 'west');
    const ids = [...all, away].map(({ id }) => id);
    const { body, status } = await server.post('/api/v1/rollouts/plan', {
      computers: ids,
      waves: [{ percent: 10 }],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ tenant: 'default', size: rest.length + 1, waves: [2, 17] });
    expect(body.dps).toContainEqual(
      expect.objectContaining({ dp: 'north', accounts: ['a'], windowOpensAt: null }),
    );
    expect(body.obstacles).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'ALREADY_RELEASED', isLeftOut: true, count: 1, names: [one.name] }),
        expect.objectContaining({ code: 'IN_ROLLOUT', isLeftOut: true, count: 1, names: [two.name] }),
        expect.objectContaining({ code: 'DP_NOT_ENABLED', isLeftOut: false, dp: 'west' }),
      ]),
    );
    expect((await server.get(`/api/v1/rollouts/${elsewhere}`)).body.state).toBe('scheduled');
    await server.post(`/api/v1/rollouts/${elsewhere}/shift`, { startAt: null });
    await startedOrders([two], 1);
    await server.post(`/api/v1/rollouts/${elsewhere}/abort`, {});
    const faulty = await server.post('/api/v1/rollouts', {
      name: 'x',
      computers: [one.id],
      growing: true,
      waves: [{}],
      stops: [{}],
    });
    expect(faulty.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'waves[0]',
      'stops[0]',
      'growing',
    ]);
    const none = await server.post('/api/v1/rollouts', { name: 'x', computers: [one.id] });
    expect(none.body).toMatchObject({ status: 400, errors: [{ path: 'computers' }] });
  }, 120_000);
});
