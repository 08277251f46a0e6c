import { EventSender, QUEUES } from '#messaging';
import type { RabbitmqNode } from '../../../../../tools/peers/rabbitmq-node.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { startServerWithBroker, type ServerWithBroker } from '../../../testing/own-broker.js';
import type { TestServer } from '../../../testing/test-server.js';

const DPS = '/api/v1/distribution-points';
const PATIENCE = { timeoutMs: 60_000 };
/** Seconds; the shortest that may be set. */
const POLL_INTERVAL = 5;

/** A DP says that it is there over the broker: while that takes nothing, nobody can say whether a DP is silent. */
describe('distribution points while the broker is blocked', () => {
  let running: ServerWithBroker;
  let node: RabbitmqNode;
  let server: TestServer;

  beforeAll(async () => {
    running = await startServerWithBroker();
    ({ server, node } = running);
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    for (const dp of ['there', 'gone']) {
      await enabledDp(server, dp);
      await server.patch(`${DPS}/${dp}/settings`, { pollInterval: POLL_INTERVAL });
    }
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', wish);
  }, 120_000);

  afterAll(() => running.stop(), 60_000);

  const seen = (dp: string, at: Date): Promise<void> =>
    server.app.get(EventSender).send(QUEUES.status, 'sightings', {
      v: 1,
      sightings: [{ dp, at: at.toISOString(), address: '192.0.2.7', running: 0 }],
    });
  const dpIs = (dp: string, wanted: object): Promise<void> =>
    eventually(async () => expect((await server.get(`${DPS}/${dp}`)).body).toMatchObject(wanted), PATIENCE);

  it('are not overdue for it, nor for a poll interval after; one that was overdue before still is', async () => {
    const { id } = await importedComputer(server, 'waits', 'there');
    await server.post('/api/v1/computers/release', { computers: [id] });
    await seen('gone', new Date(Date.now() - 60_000));
    await seen('there', new Date());
    await dpIs('gone', { overdue: true, unheardSince: null });
    await dpIs('there', { overdue: false, unheardSince: null });
    // it comes until it cannot be heard, however long the broker takes to block
    const comes = setInterval(() => void seen('there', new Date()).catch(() => undefined), 1000);
    try {
      await node.ctl('set_vm_memory_high_watermark', '0.000001');
      await dpIs('there', { unheardSince: expect.any(String) });
    } finally {
      clearInterval(comes);
    }
    const { lastSeen, unheardSince } = (await server.get(`${DPS}/there`)).body;

    const wouldBeOverdue = Date.parse(lastSeen) + 4 * POLL_INTERVAL * 1000;
    const looks = async (): Promise<void> => {
      expect((await server.get(`${DPS}/there`)).body).toMatchObject({
        overdue: false,
        alerts: [],
        unheardSince,
      });
      expect((await server.get(`${DPS}?overdue=true`)).body.items).toMatchObject([{ id: 'gone' }]);
      expect((await server.get('/api/v1/overview')).body.distributionPoints.overdue).toBe(1);
      expect((await server.get(`/api/v1/computers/${id}`)).body.alerts).toEqual([]);
    };
    await eventually(() => expect(Date.now()).toBeGreaterThan(wouldBeOverdue), PATIENCE);
    // long enough for the sweep to look for overdue DPs
    for (const end = Date.now() + 15_000; Date.now() < end;) {
      await looks();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const { distributionPoints } = (await server.get('/api/v1/overview')).body;
    expect(distributionPoints).toMatchObject({ unheardSince });

    const healed = Date.now();
    await node.ctl('set_vm_memory_high_watermark', '0.4');
    await eventually(
      async () =>
        expect((await server.get('/api/v1/overview')).body.distributionPoints.unheardSince).toBeNull(),
      PATIENCE,
    );
    // it has its poll interval, and does not come
    await dpIs('there', { overdue: true, unheardSince: null, alerts: [{ code: 'OVERDUE_WITH_ORDERS' }] });
    expect(Date.now() - healed).toBeGreaterThanOrEqual(POLL_INTERVAL * 1000);
    await eventually(async () => {
      const { alerts } = (await server.get(`/api/v1/computers/${id}`)).body;
      expect(alerts).toMatchObject([{ code: 'DP_OVERDUE' }]);
    }, PATIENCE);
    await seen('there', new Date());
    await dpIs('there', { overdue: false });
  }, 180_000);
});
