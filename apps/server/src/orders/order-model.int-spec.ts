import { connect, type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import * as fc from 'fast-check';
import { RPC, type ClaimAnswer, type ReportMessage, type Ticket } from '#contract';
import { isFinal, isRegistered, type ComputerId, type DpId, type InstallOrder, type OrderId } from '#domain';
import { EventSender, QUEUES } from '#messaging';
import { ComputerRepository, OrderRepository } from '#persistence';
import { eventually } from '../../../../tools/testing/eventually.js';
import { play, runOf } from '../../../../tools/testing/order-commands.js';
import type {
  Fence,
  Handed,
  OrderWorld,
  SeenComputer,
  SeenOrder,
  SimReport,
} from '../../../../tools/testing/order-world.js';
import { enabledDp, importedComputer, publishedRelease, rpc } from '../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';
import type { OrderClock } from './order-clock.js';
import type { StatusIntake } from './status-intake.js';
import type { WireOrders } from './wire-orders.service.js';

const RUNS = 50;
const STEPS = 50;
const PATIENCE = { timeoutMs: 120_000, intervalMs: 2 };

/** Parts of the server that the test looks at. */
interface Parts {
  channel: Channel;
  clock: OrderClock;
  wire: WireOrders;
  /** Ids of reports whose consequences are durable. */
  applied: ReadonlySet<string>;
}

/** The server behind its API, with the tickets, claims and reports of a gateway going through the broker. */
class BrokerWorld implements OrderWorld {
  private names = new Map<string, string>();
  computers: string[] = [];

  private constructor(
    private readonly server: TestServer,
    private readonly parts: Parts,
    readonly dp: string,
  ) {}

  static async open(server: TestServer, parts: Parts, run: number): Promise<BrokerWorld> {
    const world = new BrokerWorld(server, parts, `site-${run}`);
    await enabledDp(server, world.dp);
    for (const which of ['a', 'b']) {
      const { id, name } = await importedComputer(server, `run-${run}-${which}`, world.dp);
      world.computers.push(id);
      world.names.set(name, id);
    }
    return world;
  }

  release = async (computer: string): Promise<void> => {
    await this.demand(await this.server.post('/api/v1/computers/release', { computers: [computer] }), 200);
  };

  cancel = async (computer: string): Promise<void> => {
    const open = (await this.orders()).find((one) => one.computer === computer && !isFinal(one.state));
    if (open) await this.demand(await this.server.post(`/api/v1/orders/${open.id}/cancel`, {}), 200);
  };

  retry = async (computer: string): Promise<void> => {
    const newest = (await this.orders()).findLast((one) => one.computer === computer);
    if (newest)
      await this.demand(await this.server.post(`/api/v1/orders/${newest.id}/retry`, {}), 200, 201, 409);
  };

  enableDp = async (enabled: boolean): Promise<void> => {
    const path = `/api/v1/distribution-points/${this.dp}/${enabled ? 'enable' : 'disable'}`;
    await this.demand(await this.server.post(path, {}), 200);
  };

  advance = async (seconds: number): Promise<void> => {
    jest.setSystemTime(Date.now() + seconds * 1000);
    await this.parts.clock.sweep();
  };

  poll = async (
    poll: string,
    again: boolean,
    running: readonly Fence[],
  ): Promise<{ orders: Handed[]; cancel: Fence[]; lost: Fence[] }> => {
    const taken: GetMessage[] = [];
    for (;;) {
      const message = await this.parts.channel.get(`dp.${this.dp}.orders`);
      if (!message) break;
      taken.push(message);
    }
    const tickets = taken
      .map(({ content }) => JSON.parse(content.toString()) as Ticket)
      .map(({ order, ticket, kind }) => ({ order, ticket, kind }));
    const call = { dp: this.dp, poll: `${this.dp}-${poll}`, again, max: 100, tickets, running };
    const { orders, cancel, lost } = await rpc<ClaimAnswer>(this.server, RPC.claim, call);
    for (const message of taken) this.parts.channel.ack(message);
    const handed = orders.map(({ order }) => ({
      order: order.order,
      computer: this.names.get(order.computer.name) ?? '',
      round: order.attempt,
      fence: order.fence,
      verify: order.verify ?? false,
    }));
    return { orders: handed, cancel, lost };
  };

  report = async ({ report, order, round, fence, seq, state, code }: SimReport): Promise<void> => {
    const at = new Date().toISOString();
    const id = `${this.dp}-${report}`;
    const failure = code ? { failure: { code, native: null } } : {};
    await this.server.app.get(EventSender).send(QUEUES.status, 'report', {
      v: 1,
      dp: this.dp,
      receivedAt: at,
      correlation: 'c',
      report: { report: id, order, fence, attempt: round, seq, at, state, ...failure },
    });
    await eventually(() => {
      if (!this.parts.applied.has(id)) throw new Error(`report ${id} was not applied`);
    }, PATIENCE);
  };

  register = async (order: string, computer: string): Promise<void> => {
    const found = await this.server.app.get(OrderRepository).findById('all', order as OrderId);
    const name = [...this.names].find(([, id]) => id === computer)?.[0];
    if (!found) throw new Error(`no order ${order}`);
    const body = {
      token: this.parts.wire.registrationToken(found),
      name,
      os: 'Test',
      version: '1.0',
      bootId: 'boot-1',
      restartRequired: true,
      location: { addresses: [] },
    };
    const answer = await this.server.call('POST', '/client/v1/register', { token: null, body });
    await this.demand(answer, 201, 409);
  };

  look = async (): Promise<{ computers: SeenComputer[]; orders: SeenOrder[] }> => {
    const ids = this.computers as ComputerId[];
    const computers = await this.server.app.get(ComputerRepository).findByIds('all', ids);
    const orders = await this.orders();
    return {
      computers: computers.map(({ id, dp, state, openOrder }) => ({
        id,
        fixedDp: dp.fixed,
        isRegistered: isRegistered(state),
        openOrder: openOrder?.id ?? null,
      })),
      orders: orders.map(({ id, computer, state, attempt }) => ({
        id,
        computer,
        state,
        attempt,
        isFinal: isFinal(state),
      })),
    };
  };

  /** Those of this run, the oldest first. */
  private async orders(): Promise<InstallOrder[]> {
    const found = await this.server.app
      .get(OrderRepository)
      .list('all', { dp: this.dp as DpId }, { limit: 500, sort: [] });
    return found.items.toReversed();
  }

  private async demand(answer: { status: number; text: string }, ...wanted: number[]): Promise<void> {
    if (!wanted.includes(answer.status)) throw new Error(`${answer.status} ${answer.text}`);
  }
}

describe('the order engine behind the broker', () => {
  let server: TestServer;
  let connection: ChannelModel;
  let parts: Parts;

  beforeAll(async () => {
    // only the wall clock is moved; timers go on by themselves
    jest.useFakeTimers({
      now: new Date('2026-03-02T08:00:00Z'),
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
    server = await startTestServer({ SWEEP_INTERVAL_MS: '60000' });
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', wish);
    connection = await connect(server.vhost.url, { noDelay: true });
    // loaded late: the server's modules read the environment
    const { OrderClock: clock } = await import('./order-clock.js');
    const { WireOrders: wire } = await import('./wire-orders.service.js');
    const { StatusIntake: intakeToken } = await import('./status-intake.js');
    const intake = server.app.get<StatusIntake>(intakeToken, { strict: false });
    const applied = new Set<string>();
    const apply = intake.apply.bind(intake);
    intake.apply = async (message: ReportMessage) => {
      await apply(message);
      applied.add(message.report.report);
    };
    parts = {
      channel: await connection.createChannel(),
      clock: server.app.get<OrderClock>(clock, { strict: false }),
      wire: server.app.get<WireOrders>(wire, { strict: false }),
      applied,
    };
  }, 120_000);

  afterAll(async () => {
    jest.useRealTimers();
    await connection.close();
    await server.stop();
  }, 60_000);

  it(`keeps the rules in ${RUNS} runs of ${STEPS} steps in any order`, async () => {
    let runs = 0;
    const property = fc.asyncProperty(runOf(STEPS), async (run) => {
      await play(await BrokerWorld.open(server, parts, (runs += 1)), run);
    });
    await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true, endOnFailure: true });
    expect(runs).toBe(RUNS);
    expect(parts.applied.size).toBeGreaterThan(RUNS);
  }, 1_200_000);
});
