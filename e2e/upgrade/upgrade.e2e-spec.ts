import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RabbitmqCluster } from '../../tools/peers/rabbitmq-cluster.js';
import {
  BORNE,
  previousVersionMissing,
  takePreviousVersion,
  type PreviousVersion,
} from '../../tools/versions/previous-version.js';
import { misunderstandings, type Shapes } from '../../tools/versions/shapes.js';
import { eventually } from '../../tools/testing/eventually.js';
import { rabbitmqOf } from '../../tools/testing/rabbitmq-choice.js';
import { expectServerErrors } from '../../tools/testing/server-errors.js';
import { ApiWatch, type Availability } from '../support/api-watch.js';
import { Stack } from '../support/stack.js';
import { RealAgent } from './real-agent.js';
import { bring, killBroker, partsOf, replacePart } from './rolling.js';
import { Sites } from './sites.js';

/** Orders altogether; UPGRADE_ORDERS=1000 is the whole. */
const ORDERS = Number(process.env['UPGRADE_ORDERS'] ?? 200);
const SITES = 10;
/** Of all orders, those that wait or are worked on at the beginning; the others are imported on the way up and back. */
const AT_FIRST = Math.round(ORDERS * 0.7);
const ON_THE_WAY = Math.round((ORDERS - AT_FIRST) / 2);
/** Orders that a site works on at once: some of the first ones wait on their queues. */
const CAPACITY = Math.ceil((AT_FIRST / SITES) * 0.7);
/** Computers of each real agent, released by and by. */
const OF_AN_AGENT = 12;
/** Six parts, up and back; three brokers, and two agents that are killed. */
const STEPS = 17;
/** Longer without an answer of the API, in milliseconds: both servers were away at once. What it was is printed. */
const LONGEST_GAP = 30_000;
/** Seconds for which it is looked at beforehand how long answers take here while nothing is replaced. */
const AT_REST_S = 8;
const ROOT = join(__dirname, '..', '..');

/** Skipped where the version before is not in this checkout's history; `npm test` says so. */
const describeUpgrade: jest.Describe = previousVersionMissing() === undefined ? describe : describe.skip;

describeUpgrade('the version before', () => {
  it('understands what this one stores and says, and is understood', () => {
    const before = takePreviousVersion();
    if ('missing' in before) throw new Error(before.missing);
    const found = misunderstandings(shapesOf(before.folder), shapesOf(ROOT));
    const isBorne = ([place]: [string, string]): boolean => BORNE[place] !== undefined;
    expect(Object.entries(found).filter((one) => !isBorne(one))).toEqual([]);
    expect(Object.keys(BORNE).filter((place) => found[place] === undefined)).toEqual([]);
  }, 600_000);
});

/** What the version that was built in a folder stores and says. */
function shapesOf(folder: string): Shapes {
  const args = [join(ROOT, 'tools/versions/print-shapes.mjs'), folder];
  const printed = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return JSON.parse(printed) as Shapes;
}

/**
 * An installation as large ones are: two of each part behind load balancers, three brokers with quorum queues. Orders are
 * under way all the time while every part goes from the version before to this one, and back. Each part is once stopped as
 * people do it and once killed.
 */
describeUpgrade('an upgrade with orders in flight, and back', () => {
  let before: PreviousVersion | undefined;
  let missing: string | undefined;
  let cluster: RabbitmqCluster | undefined;
  let stack: Stack | undefined;
  let sites: Sites;
  let older: RealAgent;
  let newer: RealAgent;
  let watch: ApiWatch | undefined;
  let atRest: Availability | undefined;

  // what the load balancer and the gateways answer while a part or a broker is away
  expectServerErrors(502, 503);

  beforeAll(async () => {
    const taken = takePreviousVersion();
    const programs = await rabbitmqOf(process.env['RELAYPOINT_TEST_RABBITMQ'] ?? '4');
    if ('missing' in taken) ({ missing } = taken);
    else if ('missing' in programs) missing = `RabbitMQ cannot be had here (${programs.missing})`;
    else {
      before = taken;
      const folder = mkdtempSync(join(tmpdir(), 'relaypoint-upgrade-'));
      cluster = await RabbitmqCluster.start({ folder, nodes: 3, programs });
      await begin(cluster, taken);
    }
  }, 900_000);

  afterAll(async () => {
    await watch?.stop();
    await sites?.stop();
    await older?.kill();
    await newer?.kill();
    await stack?.stop();
    await cluster?.wipe();
  }, 60_000);

  const begin = async (brokers: RabbitmqCluster, { folder, agent }: PreviousVersion): Promise<void> => {
    stack = await Stack.start({
      cluster: brokers,
      servers: 2,
      gateways: 2,
      importers: 2,
      balanced: true,
      root: folder,
      gatewayEnv: { REGISTER_RATE: '100000', ENROL_MOST: '100000' },
    });
    await stack.publishClient();
    await stack.api.ok('PATCH', '/settings', { concurrency: 1_000, accountLogins: 0, pollInterval: 5 });
    sites = new Sites(SITES, CAPACITY, STEPS);
    await sites.join(stack, stack.gatewayUrl);
    older = new RealAgent(stack, 'older', { packed: agent });
    newer = new RealAgent(stack, 'newer', 'dist');
    for (const one of [older, newer]) await one.join();
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await stack.api.ok('POST', '/accounts', account);
    await bring(stack, namesOf('first', AT_FIRST), (index) => sites.ids[index % SITES] ?? '');
    await bring(stack, namesOf('real', 2 * OF_AN_AGENT), (index) => (index % 2 === 0 ? 'older' : 'newer'));
    sites.start();
    for (const one of [older, newer]) one.start();
    await eventually(() => expect(sites.underWay).toBeGreaterThanOrEqual(SITES * CAPACITY * 0.9), {
      timeoutMs: 120_000,
    });
    const resting = watching(stack);
    await pause(AT_REST_S * 1_000);
    atRest = await resting.stop();
  };

  const watching = ({ api, token }: Stack): ApiWatch =>
    new ApiWatch(`${api.baseUrl}/settings`, { authorization: `Bearer ${token}` });

  const namesOf = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${name}-${index}`);

  /** What all that runs here was taken for; undefined: it was not, which is said. */
  const running = () => {
    if (before && cluster && stack) return { before, cluster, stack };
    console.warn(`not run: ${missing}`);
    return undefined;
  };

  it('goes from the version before to this one, part by part', async () => {
    const all = running();
    if (!all) return;
    watch = watching(all.stack);
    let bringing: Promise<void> | undefined;
    for (const [index, part] of partsOf(all.stack).entries()) {
      await replacePart(all.stack, part, ROOT, index % 2 === 0 ? 'kill' : 'stop');
      sites.next();
      bringing ??= bring(all.stack, namesOf('up', ON_THE_WAY), (row) => sites.ids[row % SITES] ?? '');
      if (index === 2) {
        await killBroker(all.cluster, 0);
        sites.next();
      }
    }
    await older.replace('kill', 'dist');
    sites.next();
    await bringing;
    expectAllRunning(all.stack);
    const programs = partsOf(all.stack).map(async ({ url }) => {
      const { program, protocols } = (await (await fetch(`${url}/version`)).json()) as Record<
        string,
        unknown
      >;
      return { program, protocols };
    });
    const protocols = { dp: 1, messages: 1, adminApi: 1 };
    expect(await Promise.all(programs)).toEqual(
      ['server', 'server', 'importer', 'importer', 'dp-gateway', 'dp-gateway'].map((program) => ({
        program,
        protocols,
      })),
    );
  }, 900_000);

  it('goes back, part by part', async () => {
    const all = running();
    if (!all) return;
    const { folder: root, agent } = all.before;
    await killBroker(all.cluster, 1);
    sites.next();
    await older.replace('stop', { packed: agent });
    await newer.replace('kill');
    sites.next();
    let bringing: Promise<void> | undefined;
    for (const [index, part] of partsOf(all.stack).toReversed().entries()) {
      await replacePart(all.stack, part, root, index % 2 === 0 ? 'kill' : 'stop');
      sites.next();
      bringing ??= bring(all.stack, namesOf('back', ON_THE_WAY), (row) => sites.ids[row % SITES] ?? '');
      if (index === 2) {
        await killBroker(all.cluster, 2);
        sites.next();
      }
    }
    await bringing;
    while (!sites.isOver) sites.next();
    expectAllRunning(all.stack);
  }, 900_000);

  it('ends every order, and installs each computer once', async () => {
    const all = running();
    if (!all) return;
    const simulated = AT_FIRST + 2 * ON_THE_WAY;
    const total = simulated + 2 * OF_AN_AGENT;
    await eventually(
      async () => {
        const states = countOf((await all.stack.ground.find('orders', {})).map(({ state }) => String(state)));
        expect(states).toEqual({ succeeded: total });
        expect(sites.registered.size).toBe(simulated);
      },
      { timeoutMs: 240_000, intervalMs: 1_000 },
    );
    expect(countOf([...sites.installed.values()])).toEqual({ 1: simulated });
    const real = [...older.installed(), ...newer.installed()];
    expect(real.toSorted()).toEqual([...new Set(real)].toSorted());
    expect(real).toHaveLength(2 * OF_AN_AGENT);
    const told = (await all.stack.ground.find('orders', {})).map(({ timeline }) => {
      const kinds = (timeline as { kind: string }[]).map(({ kind }) => kind);
      return kinds.filter((kind) => kind === 'order-succeeded').length;
    });
    expect(countOf(told)).toEqual({ 1: total });
    expect(sites.faults).toEqual([]);
  }, 600_000);

  it('leaves no message over, and is answered all the time', async () => {
    const all = running();
    if (!all) return;
    await eventually(async () => expect(await all.stack.deadLetters()).toEqual({}));
    for (const { name, log } of all.stack.programs().map((one) => ({ name: one.name, log: one.log() }))) {
      expect([name, log.match(/.*StoredDocumentError.*/g) ?? []]).toEqual([name, []]);
    }
    const found = await watch?.stop();
    watch = undefined;
    console.info(
      `${ORDERS} orders; the API before the upgrade: ${JSON.stringify(atRest)}, and from then on: ${JSON.stringify(found)}`,
    );
    expect(found?.longestGap).toBeLessThan(LONGEST_GAP);
  });

  const expectAllRunning = (all: Stack): void => {
    for (const program of all.programs())
      expect([program.name, program.isRunning]).toEqual([program.name, true]);
    expect([older.isRunning, newer.isRunning]).toEqual([true, true]);
  };
});

function countOf(values: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
