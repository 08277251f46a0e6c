import os from 'node:os';
import { getConnectionToken } from '@nestjs/mongoose';
import { connect, type ChannelModel } from 'amqplib';
import type { Connection } from 'mongoose';
import type { Report, WireOrder } from '#contract';
import type { Computer } from '#domain';
import { createDatabase, type TestDatabase } from '../../../../tools/testing/database.js';
import { eventually } from '../../../../tools/testing/eventually.js';
import { CostCounter, monitored, type Cost } from '../../testing/cost-counter.js';
import { engineOf } from '../../testing/engine.js';
import { enabledDp, importedComputer, publishedRelease } from '../../testing/fixtures.js';
import { claimFor, reportOf, sendReport } from '../../testing/test-gateway.js';
import { Background } from '../platform/background/background.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

const DP = 'north';
/** Only the wall clock is moved. */
const TIMERS = [
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
] as const;
const BATCH = 20;

/** Written and read. */
type Documents = readonly [written: number, read: number];

/** What one order may cost in a step; `others`: documents of all other collections. */
interface Limit {
  orders: Documents;
  computers: Documents;
  timeline: Documents;
  others: Documents;
}

/** Exactly what is needed now. Lower it with what is saved; what raises it has to be worth that. */
const LIMITS: Readonly<Record<string, Limit>> = {
  // one of them for the DP's name in the answer
  release: { orders: [1, 0], computers: [1, 1], timeline: [0, 0], others: [1, 7] },
  claim: { orders: [1, 1], computers: [0, 1], timeline: [0, 0], others: [1, 3] },
  accepted: { orders: [1, 1], computers: [0, 0], timeline: [0, 0], others: [0, 0] },
  progress: { orders: [1, 1], computers: [0, 0], timeline: [0, 0], others: [1, 1] },
  succeeded: { orders: [1, 1], computers: [1, 1], timeline: [0, 0], others: [0, 1] },
  registration: { orders: [0, 1], computers: [1, 2], timeline: [1, 0], others: [0, 0] },
  reported: { orders: [1, 1], computers: [1, 1], timeline: [0, 0], others: [1, 2] },
  'nothing is left for later': { orders: [0, 0], computers: [0, 0], timeline: [0, 0], others: [0, 1] },
  later: { orders: [0, 0], computers: [1, 1], timeline: [0, 0], others: [0, 0] },
};
/**
 * Messages published for one order in all steps, also those of its DP: 14, and what is told of others meanwhile. They may
 * go out a step later.
 */
const PUBLISHED = 18;

describe('an order', () => {
  let server: TestServer;
  let database: TestDatabase;
  let broker: ChannelModel;
  let costs: CostCounter;

  beforeAll(async () => {
    // the sweep is called by hand, after the time that it waits for
    jest.useFakeTimers({ now: Date.now(), doNotFake: [...TIMERS] });
    jest.spyOn(os, 'uptime').mockImplementation(() => Date.now() / 1000);
    database = createDatabase();
    server = await startTestServer({ MONGODB_URI: monitored(database.uri), SWEEP_INTERVAL_MS: '60000' });
    await enabledDp(server, DP);
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', account);
    await server.patch(`/api/v1/distribution-points/${DP}/settings`, {
      concurrency: BATCH,
      accountLogins: BATCH,
    });
    broker = await connect(server.vhost.url, { noDelay: true });
    const connection = server.app.get<Connection>(getConnectionToken(), { strict: false });
    costs = new CostCounter(connection, await broker.createChannel());
    // the account is known to work, and what is read once is read
    await wayOf(1, 'first');
  }, 120_000);
  afterAll(async () => {
    jest.useRealTimers();
    await broker.close();
    await server.stop();
    await database.drop();
  }, 60_000);

  it('costs so many documents and messages in each step, and not more', async () => {
    const steps = await wayOf(1, 'one');
    demandWithin(steps, 1);
  }, 120_000);

  it(`costs no more as one of ${BATCH}`, async () => {
    const steps = await wayOf(BATCH, 'many');
    demandWithin(steps, BATCH);
  }, 120_000);

  it('costs five of its own written and five read when its reports are applied together', async () => {
    const steps = await shortWayOf(BATCH, 'short');
    demandWithin(steps, BATCH);
    const own = [...steps.values()].flatMap(({ documents }) =>
      ['orders', 'computers', 'timeline'].map((name) => sumOf(documents, name as 'orders')),
    );
    const total = (what: 'read' | 'written'): number => own.reduce((sum, one) => sum + one[what], 0) / BATCH;
    expect([total('written'), total('read')]).toEqual([5, 5]);
  }, 120_000);

  /** Does one thing after the other, and counts what each of them costs. */
  class Steps extends Map<string, Cost> {
    async take(what: string, work: () => Promise<unknown>): Promise<void> {
      costs.take();
      await work();
      await server.app.get(Background, { strict: false }).settled();
      this.set(what, costs.take());
    }
  }

  const handedOut = async (
    count: number,
    name: string,
    steps: Steps,
  ): Promise<{ computers: Computer[]; wires: WireOrder[] }> => {
    const computers = await Promise.all(
      Array.from({ length: count }, (_, index) => importedComputer(server, `${name}-${index}`, DP)),
    );
    const ids = computers.map(({ id }) => id);
    let orders: string[] = [];
    await steps.take('release', async () => {
      const { body } = await server.post('/api/v1/computers/release', { computers: ids });
      orders = body.results.map(({ order }: { order: string }) => order);
    });
    let wires: WireOrder[] = [];
    await steps.take('claim', async () => {
      const tickets = orders.map((order) => ({ order, ticket: 1, kind: 'order' as const }));
      const answer = await claimFor(server, DP, { tickets });
      wires = answer.orders.map(({ order }) => order);
      await acked(1);
    });
    expect(wires).toHaveLength(count);
    return { computers, wires };
  };

  /** From release to registration, each report by itself. */
  const wayOf = async (count: number, name: string): Promise<Steps> => {
    const steps = new Steps();
    const { computers, wires } = await handedOut(count, name, steps);
    const reports: [string, Partial<Report>][] = [
      ['accepted', { state: 'accepted', seq: 1 }],
      ['progress', { state: 'progress', phase: 'install', seq: 2 }],
      ['succeeded', { state: 'succeeded', result: 'OK', seq: 3 }],
    ];
    for (const [what, fields] of reports)
      await steps.take(what, async () => {
        await Promise.all(wires.map((wire) => sendReport(server, wire, DP, fields)));
        await acked(count);
      });
    await steps.take('registration', () =>
      Promise.all(wires.map((wire, index) => register(wire, computers[index]?.name ?? ''))),
    );
    await steps.take('later', later);
    return steps;
  };

  /** From release to installed, by reports that are applied together. */
  const shortWayOf = async (count: number, name: string): Promise<Steps> => {
    const steps = new Steps();
    const { wires } = await handedOut(count, name, steps);
    const { processor } = engineOf(server.app);
    await steps.take('reported', () =>
      Promise.all(
        wires.flatMap((wire) => [
          processor.apply(reportOf(wire, DP, { state: 'accepted', seq: 1 })),
          processor.apply(reportOf(wire, DP, { state: 'succeeded', result: 'OK', seq: 2 })),
        ]),
      ),
    );
    await steps.take('nothing is left for later', later);
    return steps;
  };

  const later = async (): Promise<void> => {
    jest.setSystemTime(Date.now() + 20_000);
    const { sweeper, reconciler } = engineOf(server.app);
    await sweeper.sweep();
    await reconciler.run();
  };

  /** Looks at no document, so nothing is counted by it. */
  const acked = (messages: number): Promise<void> =>
    eventually(() => expect(costs.acked).toBeGreaterThanOrEqual(messages));

  const register = async (wire: WireOrder, name: string): Promise<void> => {
    const body = {
      token: wire.registration?.token,
      name,
      os: 'Test',
      version: '1.0',
      bootId: 'boot-1',
      restartRequired: false,
      location: { addresses: [] },
    };
    expect((await server.call('POST', '/client/v1/register', { token: null, body })).status).toBe(201);
  };
});

const COLLECTIONS = ['orders', 'computers', 'timeline', 'others'] as const;

/** @throws a table of all that was counted, when a step has cost more than it may */
function demandWithin(steps: ReadonlyMap<string, Cost>, count: number): void {
  let isOver = false;
  const lines = [...steps].map(([step, { documents, broker }]) => {
    const limit = LIMITS[step];
    const counted = COLLECTIONS.map((name) => [name, sumOf(documents, name)] as const);
    const over = counted.some(
      ([name, { written, read }]) =>
        written > count * (limit?.[name][0] ?? 0) || read > count * (limit?.[name][1] ?? 0),
    );
    isOver ||= over;
    const cells = counted.map(([name, { written, read }]) => `${name} ${written}/${read}`.padEnd(16));
    const others = othersOf(documents).map(([name, { written, read }]) => `${name} ${written}/${read}`);
    const operations = [...broker].map(([name, times]) => `${name} ${times}`);
    return `${over ? '>' : ' '} ${step.padEnd(26)}${cells.join('')} ${[...operations, ...others].join(', ')}`;
  });
  const published = [...steps.values()].reduce((sum, { broker }) => sum + (broker.get('publish') ?? 0), 0);
  isOver ||= published > count * PUBLISHED;
  if (isOver)
    throw new Error(
      `written/read documents of ${count} orders, ${published} messages published:\n${lines.join('\n')}`,
    );
}

function othersOf(documents: Cost['documents']): [string, { written: number; read: number }][] {
  // settings are read when two seconds have passed, whatever happens meanwhile
  return [...documents].filter(([name]) => ![...COLLECTIONS, 'settings'].includes(name));
}

function sumOf(
  documents: Cost['documents'],
  name: (typeof COLLECTIONS)[number],
): { written: number; read: number } {
  const nothing = { written: 0, read: 0 };
  if (name !== 'others') return documents.get(name) ?? nothing;
  return othersOf(documents).reduce(
    (sum, [, { written, read }]) => ({ written: sum.written + written, read: sum.read + read }),
    nothing,
  );
}
