import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RabbitmqCluster } from '../tools/peers/rabbitmq-cluster.js';
import type { RabbitmqNode } from '../tools/peers/rabbitmq-node.js';
import { eventually } from '../tools/testing/eventually.js';
import { rabbitmqOf } from '../tools/testing/rabbitmq-choice.js';
import { ForeignDp, type ForeignOrder } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';
import { expectServerErrors } from '../tools/testing/server-errors.js';

/** How often a leader is killed or paused; `npm run test:brokers -- --runs 100` takes 100. */
const RUNS = Number(process.env['RELAYPOINT_TEST_KILL_RUNS'] ?? 6);
/** `3` or `4`; RabbitMQ 4 comes from Debian 13, where that can be fetched. */
const VERSION = process.env['RELAYPOINT_TEST_RABBITMQ'] ?? '4';

/** When the leader of which queue goes, within the way of one order. */
const PHASES = [
  { when: 'before the ticket is published', queue: 'dp.site.orders' },
  { when: 'while the ticket lies on its queue', queue: 'dp.site.orders' },
  { when: 'while a poll waits for the ticket', queue: 'dp.site.orders' },
  { when: 'while the order is claimed', queue: 'relaypoint.rpc.server' },
  { when: 'while its start is reported', queue: 'relaypoint.status' },
  { when: 'after its end was taken', queue: 'relaypoint.status' },
] as const;
const FAULTS = ['killed', 'paused'] as const;

/**
 * Three brokers with quorum queues. The node with a queue's leader dies, or falls silent for a while, in every phase of an
 * order: every order ends exactly once, nothing is left over, and nothing is given up.
 */
describe(`a cluster of three RabbitMQ ${VERSION}`, () => {
  let cluster: RabbitmqCluster | undefined;
  let stack: Stack | undefined;
  let dp: ForeignDp;
  let missing: string | undefined;

  // the gateway's answer while a queue looks for a new leader
  expectServerErrors(503);

  beforeAll(async () => {
    const programs = await rabbitmqOf(VERSION);
    if ('missing' in programs) {
      missing = programs.missing;
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'relaypoint-cluster-'));
    cluster = await RabbitmqCluster.start({ folder, nodes: 3, programs });
    stack = await Stack.start({ cluster });
    await stack.publishClient();
    dp = new ForeignDp('site', stack.gatewayUrls[0] ?? '');
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', {
      id: 'site',
      name: 'Site',
      tenant: 'default',
    });
    await dp.enrol(joinToken);
    await stack.api.ok('POST', '/distribution-points/site/enable', { keyFingerprint: dp.fingerprint });
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await stack.api.ok('POST', '/accounts', account);
    const names = Array.from({ length: RUNS }, (_, i) => nameOf(i));
    await stack.importCsv(['name', ...names, ''].join('\n'), 'site');
  }, 900_000);

  afterAll(async () => {
    await stack?.stop();
    await cluster?.wipe();
  }, 60_000);

  const nameOf = (run: number): string => `node-${String(run).padStart(3, '0')}`;
  const patient = { timeoutMs: 120_000 };

  const computerOf = (running: Stack, run: number): Promise<string> =>
    eventually(async () => {
      const path = `/computers?q=${nameOf(run)}`;
      const { items } = await running.api.ok<{ items: { id: string }[] }>('GET', path);
      if (!items[0]) throw new Error('no such computer');
      return items[0].id;
    });

  /** Polls until the order comes; a poll without an answer is repeated under its id. */
  const fetched = (order: string): Promise<ForeignOrder> => {
    let unanswered: string | undefined;
    return eventually(async () => {
      const again = unanswered === undefined ? {} : ({ again: true } as const);
      const poll = (unanswered ??= randomUUID());
      const answer = await dp.poll({ poll, wait: 5, ...again });
      if (answer.status === 200) unanswered = undefined;
      expect([200, 503]).toContain(answer.status);
      const found = answer.body.orders?.find((one) => one.order.order === order)?.order;
      if (!found) throw new Error(`poll: ${answer.status} ${JSON.stringify(answer.body)}`);
      return found;
    }, patient);
  };

  const reported = (order: ForeignOrder, state: string, more: object = {}): Promise<void> =>
    eventually(async () => {
      const { status } = await dp.report([{ order, state, ...more }]);
      expect([202, 503]).toContain(status);
      if (status !== 202) throw new Error('not taken yet');
    }, patient);

  const endedOnce = async (running: Stack, order: string, computer: string): Promise<void> => {
    await eventually(async () => {
      const view = await running.api.ok('GET', `/orders/${order}`);
      expect(view).toMatchObject({ state: 'succeeded', lease: null });
      const { items } = await running.api.ok<{ items: { kind: string }[] }>(
        'GET',
        `/computers/${computer}/timeline`,
      );
      expect(items.filter(({ kind }) => kind === 'order-succeeded')).toHaveLength(1);
      expect(items.filter(({ kind }) => kind === 'order-accepted')).toHaveLength(1);
    }, patient);
  };

  const wayOfAnOrder = async (running: Stack, run: number, strike: () => Promise<void>): Promise<void> => {
    const phase = run % PHASES.length;
    const computer = await computerOf(running, run);
    const release = (): Promise<string> =>
      eventually(async () => {
        const body = { computers: [computer] };
        const { results } = await running.api.ok<{ results: { order: string | null }[] }>(
          'POST',
          '/computers/release',
          body,
        );
        const view = await running.api.ok<{ openOrder: { id: string } | null }>(
          'GET',
          `/computers/${computer}`,
        );
        const order = results[0]?.order ?? view.openOrder?.id;
        if (!order) throw new Error(`not released: ${JSON.stringify(results)}`);
        return order;
      }, patient);
    if (phase === 0) await strike();
    const waiting = phase === 2 ? dp.poll({ wait: 5 }).catch(() => undefined) : undefined;
    if (phase === 2) await strike();
    const order = await release();
    await waiting;
    if (phase === 1) await strike();
    const fetching = fetched(order);
    if (phase === 3) await strike();
    const taken = await fetching;
    const accepting = reported(taken, 'accepted');
    if (phase === 4) await strike();
    await accepting;
    await reported(taken, 'succeeded', { result: 'OK' });
    if (phase === 5) await strike();
    await endedOnce(running, order, computer);
  };

  const strikeAt = async (node: RabbitmqNode, fault: (typeof FAULTS)[number]): Promise<void> => {
    if (fault === 'killed') await node.kill();
    else node.pause();
  };

  for (let run = 0; run < RUNS; run += 1) {
    const phase = PHASES[run % PHASES.length] ?? PHASES[0];
    const fault = FAULTS[Math.floor(run / PHASES.length + run) % FAULTS.length] ?? 'killed';
    it(`run ${run + 1}: the leader of ${phase.queue} is ${fault} ${phase.when}`, async () => {
      if (!cluster || !stack) {
        console.warn(`not run: RabbitMQ ${VERSION} cannot be had here (${missing})`);
        return;
      }
      const leader = await cluster.leaderOf(stack.ground.vhost, phase.queue);
      try {
        await wayOfAnOrder(stack, run, () => strikeAt(leader, fault));
      } finally {
        // A node that was frozen stays apart from the others (mnesia: "running_partitioned_network") until it is restarted
        leader.resume();
        await leader.restart();
        await cluster.whole();
      }
      await eventually(async () => expect(await stack?.deadLetters()).toEqual({}), patient);
      for (const program of stack.programs()) expect(program.isRunning).toBe(true);
    }, 400_000);
  }
});
