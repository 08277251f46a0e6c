import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { type Report, type WireOrder } from '#contract';
import { eventsOf, type Computer, type InstallOrder, type OrderId, type TimelineEvent } from '#domain';
import { EventSender, QUEUES } from '#messaging';
import { ComputerRepository, OrderRepository, TimelineRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { expectServerErrors } from '../../../../../tools/testing/server-errors.js';
import {
  enabledDp,
  importedComputer,
  publishedRelease,
  registeredClient,
} from '../../../testing/fixtures.js';
import { claimFor, sendReport } from '../../../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const PATIENCE = { timeoutMs: 120_000 };
const DP = 'north';

interface Entry {
  id: string;
  kind: string;
  order: string | null;
  from: string | null;
  to: string | null;
}

/** A process may die after each write: no entry of the timeline is lost by that, and none is there twice. */
describe('the timeline, when the process dies anywhere', () => {
  let server: TestServer;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '50' });
    await enabledDp(server, DP);
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', wish);
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  /**
   * What happens meanwhile comes to an end at one of its writes, as it does where the process dies before it.
   *
   * @param write the method of a repository that writes
   * @param dies whether it is this write
   */
  const dyingBefore = async <Repository extends object>(
    repository: Type<Repository>,
    write: keyof Repository & string,
    dies: (argument: never) => boolean,
    work: () => Promise<unknown>,
  ): Promise<void> => {
    const target: Record<string, (...all: unknown[]) => Promise<unknown>> = server.app.get(repository);
    const alive = target[write]?.bind(target);
    let lost = 0;
    // whoever waits for the answer of a process that dies gets none; here it is a fault
    expectServerErrors(500);
    target[write] = async (...all) => {
      if (!dies(all[0] as never)) return await alive?.(...all);
      lost += 1;
      throw new Error('the process dies here');
    };
    try {
      await work();
      await eventually(() => expect(lost).toBeGreaterThan(0), PATIENCE);
    } finally {
      delete target[write];
    }
  };
  /** It dies before what an order has come to is carried over to its computer. */
  const dyingWhileEnding = (order: string, work: () => Promise<unknown>): Promise<void> =>
    dyingBefore(
      ComputerRepository,
      'replaceMany',
      (computers: readonly Computer[]) => computers.some(({ lastOrder }) => lastOrder === order),
      work,
    );
  const dyingWhileTelling = (kind: string, work: () => Promise<unknown>): Promise<void> =>
    dyingBefore(
      TimelineRepository,
      'append',
      (events: readonly TimelineEvent[]) => events.some((event) => event.kind === kind),
      work,
    );
  const released = async (): Promise<{ computer: Computer; order: OrderId }> => {
    const computer = await importedComputer(server, `told-${(count += 1)}`, DP);
    const { body } = await server.post('/api/v1/computers/release', { computers: [computer.id] });
    const order = body.results[0].order;
    await orderIs(order, { state: 'queued' });
    return { computer, order };
  };
  const claimed = async (order: string): Promise<WireOrder> => {
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
  const entries = async ({ id }: Computer, kind: string): Promise<Entry[]> => {
    const { body } = await server.get(`/api/v1/computers/${id}/timeline?limit=100`);
    return body.items.filter((entry: Entry) => entry.kind === kind);
  };
  const tells = (computer: Computer, kind: string, wanted: Partial<Entry>): Promise<void> =>
    eventually(async () => expect(await entries(computer, kind)).toMatchObject([wanted]), PATIENCE);

  it('tells what an administrator did, although nobody asks again', async () => {
    const { computer, order } = await released();
    await dyingWhileEnding(order, async () =>
      expect((await server.post(`/api/v1/orders/${order}/cancel`, {})).status).toBe(500),
    );
    await tells(computer, 'order-cancelled', { order, from: 'queued', to: 'cancelled' });
  }, 300_000);

  it('tells what a report brought, not that its repeat changed nothing', async () => {
    const { computer, order } = await released();
    const wire = await claimed(order);
    await dyingWhileEnding(order, () => report(wire, { state: 'succeeded', result: 'OK' }));
    await tells(computer, 'order-succeeded', { order, from: 'leased', to: 'succeeded' });
    expect(await entries(computer, 'report-ignored')).toEqual([]);
    await eventually(
      async () =>
        expect((await server.get(`/api/v1/computers/${computer.id}`)).body.state).toBe(
          'awaiting-registration',
        ),
      PATIENCE,
    );
  }, 300_000);

  it('tells of a release whose answer nobody got, and its order goes out', async () => {
    const computer = await importedComputer(server, `told-${(count += 1)}`, DP);
    const release = async (): Promise<void> => {
      expect((await server.post(`/api/v1/computers/${computer.id}/release`, {})).status).toBe(500);
    };
    const isIts = (orders: readonly InstallOrder[]): boolean =>
      orders.some((order) => order.computer === computer.id);
    await dyingBefore(OrderRepository, 'insertMany', isIts, release);
    await tells(computer, 'released', { from: null, to: 'releasing' });
    await tells(computer, 'order-queued', { to: 'queued' });
  }, 300_000);

  it('tells of a contact that the client does not repeat, and of what a person changed', async () => {
    const computer = await importedComputer(server, `told-${(count += 1)}`, DP);
    const client = await registeredClient(server, computer, {}, { restartRequired: true });
    await dyingWhileTelling('ready', () => expect(client.contact({}, 'boot-2')).rejects.toThrow());
    await dyingWhileTelling('edited', async () => {
      const path = `/api/v1/computers/${computer.id}`;
      expect((await server.patch(path, { description: 'by the window' })).status).toBe(500);
    });
    await tells(computer, 'ready', { from: 'pending-restart', to: 'ready' });
    await tells(computer, 'edited', { to: 'ready' });
    const computers = server.app.get(ComputerRepository);
    await eventually(async () => {
      const stored = await computers.findById('all', computer.id);
      expect(stored).toMatchObject({ state: 'ready' });
      expect(stored).not.toHaveProperty('untold');
    }, PATIENCE);
    for (const kind of ['registered', 'ready', 'edited'])
      expect(await entries(computer, kind)).toHaveLength(1);
  }, 300_000);

  it('has what an earlier version told beside the order, and what it left untold', async () => {
    const { computer, order } = await released();
    const orders = server.app.get(OrderRepository);
    const [stored] = await orders.findByIds([order]);
    if (!stored) throw new Error('no order');
    // as it stands when such a server has died between its write and the timeline
    const [asked, queued] = eventsOf(stored);
    if (!asked || !queued) throw new Error('an order tells who asked for it, and that it is queued');
    await server.app.get(TimelineRepository).append([asked]);
    const { timeline: _, ...former } = stored;
    const at = new Date(Date.now() - 20_000);
    const left = { ...queued, at };
    await orders.replaceMany([{ ...former, untold: [left] }]);
    await tells(computer, 'released', { order });
    await tells(computer, 'order-queued', { order });
    await eventually(async () => {
      const [now] = await orders.findByIds([order]);
      expect(now).not.toHaveProperty('untold');
      expect(now?.timeline).toMatchObject([{ id: left.id, at }]);
    }, PATIENCE);
    await tells(computer, 'order-queued', { order });
    await tells(computer, 'released', { order });
  }, 300_000);

  it('keeps every entry of an order that outgrows its document', async () => {
    const { computer, order } = await released();
    const wire = await claimed(order);
    const orders = server.app.get(OrderRepository);
    const log = 'x'.repeat(16_000);
    for (let seq = 1; seq <= 20; seq += 1) {
      await report(wire, { state: 'progress', phase: 'install', seq, log });
      await eventually(async () => {
        const [stored] = await orders.findByIds([order]);
        expect(stored?.lastReport?.seq).toBe(seq);
        expect(JSON.stringify(stored?.timeline).length).toBeLessThan(150_000);
      }, PATIENCE);
    }
    const { body } = await server.get(`/api/v1/computers/${computer.id}/timeline?limit=100`);
    const told = body.items.map(({ data }: { data: { seq?: number } }) => data.seq ?? 0);
    expect(told.toReversed().filter((seq: number) => seq > 0)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(body.total).toBe(body.items.length);
    for (const kind of ['released', 'order-queued', 'order-leased'])
      expect(await entries(computer, kind)).toHaveLength(1);
  }, 300_000);

  it('tells reports as their DP has made them, in whichever order they are applied', async () => {
    const { computer, order } = await released();
    const wire = await claimed(order);
    const receivedAt = new Date().toISOString();
    const send = (reports: readonly Partial<Report>[]): Promise<unknown> =>
      Promise.all(
        reports.map((fields) =>
          server.app.get(EventSender).send(QUEUES.status, 'report', {
            v: 1,
            dp: DP,
            receivedAt,
            correlation: 'c',
            report: {
              report: randomUUID(),
              order,
              fence: wire.fence,
              attempt: wire.attempt,
              seq: 0,
              at: receivedAt,
              state: 'progress',
              ...fields,
            },
          }),
        ),
      );
    // as two servers apply one call's reports: each is done before the one before it
    await send([{ seq: 3, phase: 'stage' }]);
    await tells(computer, 'order-progress', {});
    await send([{ seq: 2, phase: 'reach' }, { seq: 1, state: 'accepted' }]); // prettier-ignore
    await send([{ seq: 4, phase: 'install' }]);
    await eventually(async () => expect(await entries(computer, 'order-progress')).toHaveLength(3), PATIENCE);
    await tells(computer, 'order-accepted', {});
    await report(wire, { state: 'succeeded', result: 'OK', seq: 5 });
    await tells(computer, 'order-succeeded', {});
    const { body } = await server.get(`/api/v1/computers/${computer.id}/timeline?limit=100`);
    const told = body.items.filter(({ source }: { source: string }) => source === 'dp');
    const said = told.map(({ kind, data }: { kind: string; data: { seq?: number } }) => [kind, data.seq]);
    expect(said.toReversed().filter(([, number]: [string, number?]) => number !== undefined)).toEqual([
      ['order-accepted', 1],
      ['order-progress', 2],
      ['order-progress', 3],
      ['order-progress', 4],
      ['order-succeeded', 5],
    ]);
    // a page that begins between two of the same moment goes on with the next
    const first = await server.get(`/api/v1/computers/${computer.id}/timeline?limit=3`);
    const rest = await server.get(
      `/api/v1/computers/${computer.id}/timeline?limit=100&after=${first.body.next}`,
    );
    const ids = [...first.body.items, ...rest.body.items].map(({ id }: { id: string }) => id);
    expect(ids).toEqual(body.items.map(({ id }: { id: string }) => id));
  }, 300_000);
});
