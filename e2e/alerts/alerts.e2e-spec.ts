import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { boards, measuresIn, measuresShown } from '../../tools/prometheus/boards.js';
import { eventually } from '../../tools/testing/eventually.js';
import { expectServerErrors } from '../../tools/testing/server-errors.js';
import { FAULTS_OF_GROUND } from './faults-of-ground.js';
import { FAULTS_OF_TIME } from './faults-of-time.js';
import { FAULTS_OF_WORK } from './faults-of-work.js';
import { Ground, PATIENCE } from './ground.js';
import type { FiringAlert } from './prometheus.js';

/** Not synchronously: the relays to the broker are in this process. */
const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');
/** Looks of Prometheus after a fault's alert in which nothing else may come: longer than any `for` lasts here. */
const FURTHER_LOOKS = 4;
/** Every fault takes its seconds: some in each run, all with ALERT_FAULTS=all. */
const ALL = process.env['ALERT_FAULTS'] === 'all';
const ALL_FAULTS = [...FAULTS_OF_WORK, ...FAULTS_OF_TIME, ...FAULTS_OF_GROUND];
const FAULTS = ALL_FAULTS.filter(({ always }) => ALL || always);

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
    await ground.succeeded(await ground.north.release(ground.names(3)));
    expect(await ground.prometheus.firing()).toEqual([]);
  });

  it.each(FAULTS)('tells of $name, and of nothing else', async ({ alerts, of, plant }) => {
    const begun = new Date();
    const mends: (() => unknown)[] = [];
    // all that come: what is counted over a time ends by itself
    const raised: FiringAlert[] = [];
    const look = async (): Promise<void> => {
      raised.push(...(await ground.prometheus.firing()).filter(({ since }) => since > begun));
    };
    try {
      await plant(ground, (mend) => mends.unshift(mend));
      await eventually(async () => {
        await look();
        expect(named(raised)).toEqual(expect.arrayContaining([...alerts]));
      }, PATIENCE);
      for (let looks = 0; looks < FURTHER_LOOKS; looks += 1) {
        await ground.prometheus.evaluations(1);
        await look();
      }
      expect(named(raised)).toEqual(alerts.toSorted());
      for (const { labels } of raised) expect(labels).toMatchObject(of ?? {});
    } finally {
      for (const mend of mends) await mend();
    }
    await eventually(async () => expect(await ground.prometheus.firing()).toEqual([]), PATIENCE);
  });

  it('is told of by every rule that is shipped, when all faults are planted', () => {
    const rules = readFileSync(join(ROOT, 'deploy/prometheus/rules.yml'), 'utf8');
    const shipped = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name ?? '').toSorted();
    expect([...new Set(ALL_FAULTS.flatMap(({ alerts }) => alerts))].toSorted()).toEqual(shipped);
  });

  it('has what rules and boards ask for, named as Prometheus wants it', async () => {
    // by whichever server runs now
    await ground.succeeded(await ground.north.release(ground.names(1)));
    const shown = new Set<string>();
    for (const url of [...ground.stack.serverUrls, ...ground.stack.gatewayUrls, ground.stack.importerUrl]) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const checked = run('promtool', ['check', 'metrics']);
      checked.child.stdin?.end(metrics);
      await checked;
      for (const name of measuresShown(metrics)) shown.add(name);
    }
    for (const url of brokerPages(ground.brokerUrl)) {
      const page = await fetch(url);
      expect(page.status).toBe(200);
      for (const name of measuresShown(await page.text())) shown.add(name);
    }
    const rules = readFileSync(join(ROOT, 'deploy/prometheus/rules.yml'), 'utf8');
    const queries = boards(ROOT).flatMap(({ panels, templating }) => [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...templating.list.map(({ definition }) => definition),
    ]);
    const asked = new Set([rules, ...queries].flatMap(measuresIn));
    expect(asked.size).toBeGreaterThan(50);
    expect([...asked].filter((name) => !shown.has(name)).toSorted()).toEqual([]);
    expect(asked).not.toContain('relaypoint_nothing');
  });
});

/** What Prometheus reads of the broker by the shipped configuration. */
function brokerPages(base: string): URL[] {
  const { scrape_configs } = parse(readFileSync(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8')) as {
    scrape_configs: { job_name: string; metrics_path?: string; params?: Record<string, string[]> }[];
  };
  const ofBroker = scrape_configs.filter(({ job_name }) => job_name.startsWith('rabbitmq'));
  return ofBroker.map(({ metrics_path = '/metrics', params = {} }) => {
    const url = new URL(metrics_path, base);
    for (const [name, values] of Object.entries(params))
      for (const value of values) url.searchParams.append(name, value);
    return url;
  });
}
