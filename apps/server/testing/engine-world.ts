import type { Channel } from 'amqplib';
import type { ClaimAnswer } from '#contract';
import { isFinal, isRegistered, type ComputerId, type DpId, type InstallOrder, type OrderId } from '#domain';
import { Deadline } from '#messaging';
import { ComputerRepository, OrderRepository } from '#persistence';
import type {
  Fence,
  OrderHarness,
  SeenComputer,
  SeenOrder,
  SimReport,
  Told,
} from '../../../tools/testing/order-world.js';
import { forget, type Engine } from './engine.js';
import { enabledDp, importedComputer, registeredComputer } from './fixtures.js';
import { queueOf, settleTickets, takeTickets, type Taken } from './gateway-tickets.js';
import { OWNER_TOKEN, type TestServer } from './test-server.js';

/** Seconds after which the repair looks at what a crash may have left. */
const SETTLED = 20;
/** The server DP: it is the same in all runs. */
const DIRECT = 'server';

interface Response {
  statusCode: number;
  payload: string;
}

/**
 * Two servers, whose real parts do everything; each step is done by one of them, which may die between any two writes. The
 * first computer has a fixed DP; the second is registered, so its orders go to the server DP first, and then to that DP.
 */
export class EngineWorld implements OrderHarness {
  private readonly names = new Map<string, string>();
  private account = '';
  private hung: Taken[] = [];
  private steps = 0;
  private dyingAt = Infinity;
  private nobody = 0;
  isTorn = false;
  computers: string[] = [];
  readonly dps: readonly [string, string];
  deaths = 0;

  private constructor(
    private readonly server: TestServer,
    private readonly engines: readonly [Engine, Engine],
    private readonly channel: Channel,
    private readonly run: number,
    private readonly since: Date,
  ) {
    this.dps = [`site-${run}`, DIRECT];
  }

  static async open(
    server: TestServer,
    engines: readonly [Engine, Engine],
    channel: Channel,
    run: number,
  ): Promise<EngineWorld> {
    const world = new EngineWorld(server, engines, channel, run, new Date());
    const [site] = world.dps;
    await enabledDp(server, site);
    await channel.purgeQueue(queueOf(DIRECT));
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1 };
    const made = await server.post('/api/v1/accounts', { ...account, scope: { dps: [...world.dps] } });
    world.account = made.body.id;
    for (const which of ['fixed', 'routed']) await world.import(`run-${run}-${which}`);
    return world;
  }

  /** What would count in the next run, too. */
  async close(): Promise<void> {
    await this.server.del(`/api/v1/accounts/${this.account}`);
    const { body } = await this.server.get('/api/v1/brakes?open=true&limit=500');
    for (const { id } of body.items) await this.server.post(`/api/v1/brakes/${id}/lift`, { reason: 'over' });
  }

  dieAt = (write: number): void => {
    this.dyingAt = write;
  };

  release = async (computer: string): Promise<void> => {
    const [found] = await this.computerRepository.findByIds('all', [computer as ComputerId]);
    if (found && isRegistered(found.state))
      await this.call('POST', `/api/v1/computers/${computer}/actions`, { kind: 'reinstall' }, 200, 201, 409);
    else await this.call('POST', '/api/v1/computers/release', { computers: [computer] }, 200);
  };

  cancel = async (computer: string): Promise<void> => {
    const open = (await this.orders()).find((one) => one.computer === computer && !isFinal(one.state));
    if (open) await this.call('POST', `/api/v1/orders/${open.id}/cancel`, {}, 200);
  };

  retry = async (computer: string): Promise<void> => {
    const newest = (await this.orders()).findLast((one) => one.computer === computer);
    if (newest) await this.call('POST', `/api/v1/orders/${newest.id}/retry`, {}, 200, 201, 409);
  };

  remove = async (computer: string): Promise<void> => {
    await this.call('DELETE', `/api/v1/computers/${computer}?force=true`, undefined, 204, 409);
    const [left] = await this.computerRepository.findByIds('all', [computer as ComputerId]);
    if (left) return;
    this.computers = this.computers.filter((one) => one !== computer);
    const [name] = [...this.names].find(([, id]) => id === computer) ?? [];
    await this.import(name ?? '');
  };

  enableDp = async (enabled: boolean): Promise<void> => {
    const path = `/api/v1/distribution-points/${this.dps[0]}/${enabled ? 'enable' : 'disable'}`;
    await this.call('POST', path, {}, 200);
    // whoever enabled it may have died before he had told its orders
  };

  advance = async (seconds: number): Promise<void> => {
    jest.setSystemTime(Date.now() + seconds * 1000);
    const died = await this.next(async ({ sweeper, reconciler }) => {
      await sweeper.sweep();
      await reconciler.run();
    });
    const other = await this.next(async ({ sweeper, reconciler }) => {
      await reconciler.run();
      await sweeper.sweep();
    });
    if (died && other && seconds >= SETTLED) this.isTorn = false;
  };

  poll = async (
    dp: string,
    poll: string,
    again: boolean,
    running: readonly Fence[],
  ): Promise<Told | null> => {
    const taken = await takeTickets(this.channel, dp);
    const answer = await this.claim(taken, poll, again, running);
    return answer && this.toldBy(answer.value);
  };

  hang = async (dp: string): Promise<void> => {
    this.hung.push(await takeTickets(this.channel, dp));
  };

  goOn = async (): Promise<void> => {
    for (const taken of this.hung.splice(0)) {
      const { dp } = taken;
      const answer = await this.claim(taken, `${dp}/nobody-${(this.nobody += 1)}`, false, []);
      const leases = answer?.value.orders.map(({ order: { order, fence } }) => ({ order, fence })) ?? [];
      // every other one dies before it has given back what it cannot pass on
      if (leases.length > 0 && this.nobody % 2 === 0)
        await this.next(({ claims }) => claims.returnLeases({ dp, leases }, new Date()));
    }
  };

  loseTickets = async (dp: string): Promise<void> => {
    await this.channel.purgeQueue(queueOf(dp));
  };

  report = async ({ dp, report, order, round, fence, seq, state, code }: SimReport): Promise<void> => {
    const at = new Date().toISOString();
    const failure = code ? { failure: { code, native: null } } : {};
    const message = {
      v: 1 as const,
      dp,
      receivedAt: at,
      correlation: 'c',
      report: { report: `${report}@${this.run}`, order, fence, attempt: round, seq, at, state, ...failure },
    };
    // not acked, it is delivered again
    while (!(await this.next(({ processor }) => processor.apply(message))));
  };

  register = async (order: string, computer: string): Promise<void> => {
    const found = await this.server.app.get(OrderRepository).findById('all', order as OrderId);
    const name = [...this.names].find(([, id]) => id === computer)?.[0];
    if (!found) throw new Error(`no order ${order}`);
    const body = {
      token: this.engines[0].wire.registrationToken(found),
      name,
      os: 'Test',
      version: '1.0',
      bootId: 'boot-1',
      restartRequired: true,
      location: { addresses: [] },
    };
    await this.call('POST', '/client/v1/register', body, 201, 409);
  };

  look = async (): Promise<{ computers: SeenComputer[]; orders: SeenOrder[] }> => {
    const computers = await this.computerRepository.findByIds('all', this.computers as ComputerId[]);
    const orders = await this.orders();
    return {
      computers: computers.map(({ id, dp, state, openOrder }) => ({
        id,
        fixedDp: dp.fixed,
        isRegistered: isRegistered(state),
        openOrder: openOrder?.id ?? null,
      })),
      orders: orders.map(({ id, computer, state, attempt, dp, lease }) => ({
        id,
        computer,
        state,
        attempt,
        isFinal: isFinal(state),
        dp,
        holder: lease?.poll.split('/')[0] || null,
      })),
    };
  };

  private get computerRepository(): ComputerRepository {
    return this.server.app.get(ComputerRepository);
  }

  /** One server does something, the other one the next. @returns null when it has died */
  private async next<T>(work: (engine: Engine) => Promise<T>): Promise<{ value: T } | null> {
    const engine = this.engines[(this.steps += 1) % 2 === 0 ? 0 : 1];
    const dyingAt = this.dyingAt;
    this.dyingAt = Infinity;
    const done = await engine.life.until(dyingAt, () => work(engine));
    if (!done) {
      this.isTorn = true;
      this.deaths += 1;
      forget(engine);
    }
    return done;
  }

  private async call(
    method: 'POST' | 'DELETE',
    url: string,
    body: unknown,
    ...wanted: number[]
  ): Promise<void> {
    const headers = { authorization: `Bearer ${OWNER_TOKEN}`, 'content-type': 'application/json' };
    const done = await this.next(async ({ app }): Promise<Response> =>
      body === undefined
        ? await app.inject({ method, url, headers: { authorization: headers.authorization } })
        : await app.inject({ method, url, headers, payload: JSON.stringify(body) }),
    );
    if (done && !wanted.includes(done.value.statusCode))
      throw new Error(`${method} ${url}: ${done.value.statusCode} ${done.value.payload}`);
  }

  private async import(name: string): Promise<void> {
    const [site] = this.dps as unknown as [DpId];
    const made = name.endsWith('fixed') ? importedComputer : registeredComputer;
    const computer = await made(this.server, name, site);
    this.computers.push(computer.id);
    this.names.set(computer.name, computer.id);
  }

  private async claim(
    taken: Taken,
    poll: string,
    again: boolean,
    running: readonly Fence[],
  ): Promise<{ value: ClaimAnswer } | null> {
    const { dp, tickets } = taken;
    const call = {
      dp,
      // the server DP of an earlier run counted its polls from one as well
      poll: `${poll}@${this.run}`,
      again,
      max: 100,
      tickets: tickets.map(({ order, ticket, kind }) => ({ order, ticket, kind })),
      running: [...running],
    };
    const answer = await this.next(({ claims }) => claims.claim(call, Deadline.in(60_000)));
    settleTickets(this.channel, taken, answer !== null);
    return answer;
  }

  private toldBy({ orders, cancel, lost }: ClaimAnswer): Told {
    const handed = orders.map(({ order }) => ({
      order: order.order,
      computer: this.names.get(order.computer.name) ?? '',
      round: order.attempt,
      fence: order.fence,
      verify: order.verify ?? false,
    }));
    return { orders: handed, cancel, lost };
  }

  /** Those of this run, the oldest first. */
  private async orders(): Promise<InstallOrder[]> {
    const found = await this.server.app
      .get(OrderRepository)
      .list('all', { since: this.since }, { limit: 500, sort: [] });
    return found.items.toReversed();
  }
}
