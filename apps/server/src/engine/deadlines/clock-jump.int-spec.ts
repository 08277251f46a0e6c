import { randomUUID } from 'node:crypto';
import { RPC, type ClaimAnswer, type WireOrder } from '#contract';
import type { Computer } from '#domain';
import { EventSender, QUEUES } from '#messaging';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease, rpc } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { DeadlineSweeper } from './deadline-sweeper.js';

const HOUR_MS = 3_600_000;
/** More sweeps than lie between two looks at what computers wait for. */
const SWEEPS = 35;

describe('a machine’s clock that jumps by an hour', () => {
  let server: TestServer;
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '60000' });
    await enabledDp(server, 'north');
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', wish);
    // what is not let in before the jump would be proven by nobody after it
    await installed();
  }, 120_000);
  afterEach(() => jest.useRealTimers());
  afterAll(() => server.stop(), 60_000);

  const jump = (): void => {
    jest.useFakeTimers({
      now: Date.now() + HOUR_MS,
      doNotFake: [
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setInterval',
        'clearInterval',
        'setTimeout',
        'clearTimeout',
      ],
    });
  };
  const leased = async (): Promise<{ computer: Computer; order: WireOrder }> => {
    const computer = await importedComputer(server, `jump-${(count += 1)}`, 'north');
    const { body } = await server.post('/api/v1/computers/release', { computers: [computer.id] });
    const { order } = body.results[0];
    const { orders } = await eventually(async () => {
      const answer = await rpc<ClaimAnswer>(server, RPC.claim, {
        dp: 'north',
        poll: randomUUID(),
        again: false,
        max: 1,
        tickets: [{ order, ticket: 1, kind: 'order' }],
        running: [],
      });
      expect(answer.orders).toHaveLength(1);
      return answer;
    });
    if (!orders[0]) throw new Error('not granted');
    return { computer, order: orders[0].order };
  };
  const report = (order: WireOrder, seq: number, fields: object): Promise<void> =>
    server.app.get(EventSender).send(QUEUES.status, 'report', {
      v: 1,
      dp: 'north',
      receivedAt: new Date().toISOString(),
      correlation: 'c',
      report: {
        report: randomUUID(),
        order: order.order,
        fence: order.fence,
        attempt: order.attempt,
        seq,
        at: new Date().toISOString(),
        ...fields,
      },
    });
  const computerIs = ({ id }: Computer, state: string): Promise<void> =>
    eventually(async () =>
      expect((await server.get(`/api/v1/computers/${id}`)).body).toMatchObject({ state }),
    );
  const installed = async (): Promise<Computer> => {
    const { computer, order } = await leased();
    const account = order.accounts.flatMap((one) => ('account' in one ? one.account : []))[0] ?? 'local';
    await report(order, 1, { state: 'succeeded', result: 'OK', accounts: [{ account, result: 'OK' }] });
    await computerIs(computer, 'awaiting-registration');
    return computer;
  };
  const sweepOften = async (): Promise<void> => {
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) await server.app.get(DeadlineSweeper).sweep();
  };

  it('fails no computer that waits for its registration', async () => {
    const computer = await installed();
    jump();
    await sweepOften();
    jest.useRealTimers();
    await computerIs(computer, 'awaiting-registration');
  }, 120_000);

  it('makes no lease an hour longer, and lets none lapse', async () => {
    const before = await leased();
    jump();
    await sweepOften();
    const after = await leased();
    jest.useRealTimers();
    expect(Date.parse(after.order.leaseUntil)).toBeLessThanOrEqual(Date.now() + 61_000);
    const { body } = await server.get(`/api/v1/orders/${before.order.order}`);
    expect(body).toMatchObject({ state: 'leased', lease: { fence: 1 } });
  }, 120_000);
});
