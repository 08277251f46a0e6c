import { randomUUID } from 'node:crypto';
import { RPC, type ClaimAnswer, type Report, type WireOrder } from '#contract';
import type { Computer, OrderId } from '#domain';
import { EventSender, QUEUES } from '#messaging';
import { ComputerRepository, OrderRepository, TimelineRepository } from '#persistence';
import { eventually } from '../../../../tools/testing/eventually.js';
import {
  enabledDp,
  importedComputer,
  publishedRelease,
  registeredClient,
  rpc,
} from '../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

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
describe('the timeline, when the process dies before it has added its entries', () => {
  let server: TestServer;
  let count = 0;
  let seq = 0;

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
   * What happens meanwhile comes to an end before the timeline has its entries: adding them fails, as it does where the
   * process dies.
   *
   * @param dies whether this entry is to be lost
   */
  const dyingWhile = async (dies: (event: { kind: string }) => boolean, work: () => Promise<unknown>) => {
    const timeline = server.app.get(TimelineRepository);
    const append = timeline.append.bind(timeline);
    let lost = 0;
    timeline.append = (events) => {
      if (!events.some(dies)) return append(events);
      lost += 1;
      return Promise.reject(new Error('the process dies here'));
    };
    try {
      await work();
      await eventually(() => expect(lost).toBeGreaterThan(0), PATIENCE);
    } finally {
      timeline.append = append;
    }
  };
  const released = async (): Promise<{ computer: Computer; order: OrderId }> => {
    const computer = await importedComputer(server, `told-${(count += 1)}`, DP);
    const { body } = await server.post('/api/v1/computers/release', { computers: [computer.id] });
    const order = body.results[0].order;
    await orderIs(order, { state: 'queued' });
    return { computer, order };
  };
  const claimed = async (order: string): Promise<WireOrder> => {
    const { orders } = await rpc<ClaimAnswer>(server, RPC.claim, {
      dp: DP,
      poll: randomUUID(),
      again: false,
      max: 1,
      tickets: [{ order, ticket: 1, kind: 'order' }],
      running: [],
    });
    if (!orders[0]) throw new Error('not granted');
    return orders[0].order;
  };
  const report = (order: WireOrder, fields: Partial<Report>): Promise<void> =>
    server.app.get(EventSender).send(QUEUES.status, 'report', {
      v: 1,
      dp: order.dp,
      receivedAt: new Date().toISOString(),
      correlation: 'c',
      report: {
        report: randomUUID(),
        order: order.order,
        fence: order.fence,
        attempt: order.attempt,
        seq: (seq += 1),
        at: new Date().toISOString(),
        state: 'progress',
        ...fields,
      },
    });
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
    await dyingWhile(
      ({ kind }) => kind === 'order-cancelled',
      async () => expect((await server.post(`/api/v1/orders/${order}/cancel`, {})).status).toBe(500),
    );
    await tells(computer, 'order-cancelled', { order, from: 'queued', to: 'cancelled' });
  }, 300_000);

  it('tells what a report brought, not that its repeat changed nothing', async () => {
    const { computer, order } = await released();
    const wire = await claimed(order);
    await dyingWhile(
      ({ kind }) => kind === 'order-succeeded',
      () => report(wire, { state: 'succeeded', result: 'OK' }),
    );
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

  it('tells all of it in its order when more happens before it is made up for', async () => {
    const { computer, order } = await released();
    const wire = await claimed(order);
    await dyingWhile(
      ({ kind }) => kind === 'order-accepted',
      () => report(wire, { state: 'accepted' }),
    );
    await report(wire, { state: 'failed', phase: 'stage', failure: { code: 'DISK_FULL', native: null } });
    await tells(computer, 'order-failed', { order, to: 'failed' });
    await tells(computer, 'order-accepted', { order, from: 'leased', to: 'running' });
  }, 300_000);

  it('tells of a release whose answer nobody got, and its order goes out', async () => {
    const computer = await importedComputer(server, `told-${(count += 1)}`, DP);
    await dyingWhile(
      ({ kind }) => kind === 'released',
      async () => {
        const answer = await server.post(`/api/v1/computers/${computer.id}/release`, {});
        expect(answer.status).toBe(500);
      },
    );
    await tells(computer, 'released', { from: null, to: 'releasing' });
    await tells(computer, 'order-queued', { to: 'queued' });
  }, 300_000);

  it('tells of a contact that the client does not repeat, and of what a person changed', async () => {
    const computer = await importedComputer(server, `told-${(count += 1)}`, DP);
    const client = await registeredClient(server, computer, {}, { restartRequired: true });
    await dyingWhile(
      ({ kind }) => kind === 'ready',
      () => expect(client.contact({}, 'boot-2')).rejects.toThrow(),
    );
    await dyingWhile(
      ({ kind }) => kind === 'edited',
      async () => {
        const path = `/api/v1/computers/${computer.id}`;
        expect((await server.patch(path, { description: 'by the window' })).status).toBe(500);
      },
    );
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

  it('is carried by an order only until it is told', async () => {
    const { computer, order } = await released();
    const orders = server.app.get(OrderRepository);
    expect(await entries(computer, 'order-queued')).toHaveLength(1);
    await eventually(async () => {
      const [stored] = await orders.findByIds([order]);
      expect(stored).toMatchObject({ state: 'queued' });
      expect(stored).not.toHaveProperty('untold');
    }, PATIENCE);
    expect(await entries(computer, 'order-queued')).toHaveLength(1);
  }, 300_000);
});
