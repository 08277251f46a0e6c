import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { boards, measuresIn, measuresShown } from '../../tools/prometheus/boards.js';
import { eventually } from '../../tools/testing/eventually.js';
import { expectServerErrors } from '../../tools/testing/server-errors.js';
import { FAULTS_OF_GROUND } from './faults-of-ground.js';
import { FAULTS_OF_WORK } from './faults-of-work.js';
import { Ground, PATIENCE } from './ground.js';
import type { FiringAlert } from './prometheus.js';

/** Not synchronously: the relays to the broker are in this process. */
const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');
/** Measures of RabbitMQ's own plugin (rabbitmq_prometheus, per object). */
const OF_THE_BROKER = [
  'rabbitmq_queue_consumers',
  'rabbitmq_queue_messages_ready',
  'rabbitmq_queue_messages_unacked',
];
/** Looks of Prometheus after a fault's alert in which nothing else may come: longer than any `for` lasts here. */
const FURTHER_LOOKS = 4;
/** Every fault takes its seconds: some in each run, all with ALERT_FAULTS=all. */
const ALL = process.env['ALERT_FAULTS'] === 'all';
const FAULTS = [...FAULTS_OF_WORK, ...FAULTS_OF_GROUND].filter(({ always }) => ALL || always);

// while broker or database are away, and for the document that is spoilt
expectServerErrors(500, 503);
jest.setTimeout(300_000);

/** Everything is real but the times: programs, broker, database, Prometheus, and the rules as they are shipped. */
describe('an installation that is watched', () => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await Ground.start();
    await ground.prometheus.allUp();
  });
  afterAll(() => ground?.stop());

  const named = (alerts: readonly FiringAlert[]): string[] =>
    [...new Set(alerts.map(({ name }) => name))].toSorted();

  it('raises nothing while everything works', async () => {
    await ground.north.release(ground.names(3));
    await eventually(async () => {
      const { items } = await ground.stack.api.ok<{ items: object[] }>('GET', '/orders?state=succeeded');
      expect(items).toHaveLength(3);
    }, PATIENCE);
    expect(await ground.prometheus.firing()).toEqual([]);
  });

  it.each(FAULTS)('tells of $name, and of nothing else', async ({ alerts, of, plant }) => {
    const begun = new Date();
    const mends: (() => unknown)[] = [];
    const raised = async (): Promise<FiringAlert[]> =>
      (await ground.prometheus.firing()).filter(({ since }) => since > begun);
    try {
      await plant(ground, (mend) => mends.unshift(mend));
      await eventually(async () => {
        expect(named(await raised())).toEqual(expect.arrayContaining([...alerts]));
      }, PATIENCE);
      await ground.prometheus.evaluations(FURTHER_LOOKS);
      const seen = await raised();
      expect(named(seen)).toEqual(alerts.toSorted());
      for (const { labels } of seen) expect(labels).toMatchObject(of ?? {});
    } finally {
      for (const mend of mends) await mend();
    }
    await eventually(async () => expect(await ground.prometheus.firing()).toEqual([]), PATIENCE);
  });

  it('has what rules and boards ask for, named as Prometheus wants it', async () => {
    const shown = new Set<string>();
    for (const url of [...ground.stack.serverUrls, ...ground.stack.gatewayUrls, ground.stack.importerUrl]) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const checked = run('promtool', ['check', 'metrics']);
      checked.child.stdin?.end(metrics);
      await checked;
      for (const name of measuresShown(metrics)) shown.add(name);
    }
    const rules = readFileSync(join(ROOT, 'deploy/prometheus/rules.yml'), 'utf8');
    const queries = boards(ROOT).flatMap(({ panels, templating }) => [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...templating.list.map(({ definition }) => definition),
    ]);
    const asked = new Set([rules, ...queries].flatMap(measuresIn));
    expect(asked.size).toBeGreaterThan(50);
    expect([...asked].filter((name) => !shown.has(name)).toSorted()).toEqual(OF_THE_BROKER);
    expect(asked).not.toContain('relaypoint_nothing');
  });
});
