import os from 'node:os';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import * as fc from 'fast-check';
import type { InstallOrder, OrderId } from '#domain';
import { OrderRepository } from '#persistence';
import { eventually } from '../../../../tools/testing/eventually.js';
import { play, runOf } from '../../../../tools/testing/order-commands.js';
import { engineOf, type Engine } from '../../testing/engine.js';
import { EngineWorld } from '../../testing/engine-world.js';
import { enabledDp, importedComputer, publishedRelease, testDp } from '../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

const RUNS = 25;
const STEPS = 50;
/** Orders that wait for a DP that never asks. */
const CROWD = 20;
const YEARS_MS = 20 * 365 * 24 * 3_600_000;

describe('the order engine, on a database and a broker', () => {
  let server: TestServer;
  let second: NestFastifyApplication;
  let connection: ChannelModel;
  let channel: Channel;
  let engines: readonly [Engine, Engine];

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
    // and time passes by it: this is no clock that jumps
    jest.spyOn(os, 'uptime').mockImplementation(() => Date.now() / 1000);
    server = await startTestServer({ SWEEP_INTERVAL_MS: '60000' });
    second = await server.another();
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    connection = await connect(server.vhost.url, { noDelay: true });
    channel = await connection.createChannel();
    await enableServerDp(server);
    await crowd(server);
    engines = [engineOf(server.app), engineOf(second)];
  }, 120_000);

  afterAll(async () => {
    jest.useRealTimers();
    await connection.close();
    await second.close();
    await server.stop();
  }, 60_000);

  it(`keeps the rules in ${RUNS} runs of ${STEPS} steps in any order, by two servers that die anywhere`, async () => {
    let runs = 0;
    let deaths = 0;
    const property = fc.asyncProperty(runOf(STEPS), async (run) => {
      const world = await EngineWorld.open(server, engines, channel, (runs += 1));
      await play(world, run);
      await world.close();
      deaths += world.deaths;
    });
    await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true, endOnFailure: true });
    expect(runs).toBe(RUNS);
    expect(deaths).toBeGreaterThan(RUNS / 2);
  }, 1_200_000);
});

async function enableServerDp(server: TestServer): Promise<void> {
  const path = '/api/v1/distribution-points/server';
  const { body } = await server.post(`${path}/join-token`);
  await testDp(server, 'server').enrol(body.joinToken);
  await server.post(`${path}/enable`, {});
}

/** Orders older than those of all runs lie at a DP that never asks: they stand in nobody's way. */
async function crowd(server: TestServer): Promise<void> {
  await enabledDp(server, 'crowd');
  const account = { label: 'crowd', tenant: 'default', username: 'u', password: 'p', order: 1 };
  await server.post('/api/v1/accounts', { ...account, scope: { dps: ['crowd'] } });
  const computers: string[] = [];
  for (let i = 0; i < CROWD; i += 1)
    computers.push((await importedComputer(server, `crowd-${i}`, 'crowd')).id);
  const { body } = await server.post('/api/v1/computers/release', { computers });
  const ids: OrderId[] = body.results.map(({ order }: { order: OrderId }) => order);
  const repository = server.app.get(OrderRepository);
  const waiting = await eventually(async (): Promise<InstallOrder[]> => {
    const found = await repository.findByIds(ids);
    expect(found.map(({ state }) => state)).toEqual(Array.from({ length: CROWD }, () => 'queued'));
    return found;
  });
  const expiresAt = new Date(Date.now() + YEARS_MS);
  await repository.replaceMany(waiting.map((order) => ({ ...order, expiresAt })));
  // this clock stands still by itself
  jest.setSystemTime(Date.now() + 60_000);
}
