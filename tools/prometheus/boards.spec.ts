/** @needs peers */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { boards, measuresIn, measuresShown } from './boards.ts';

const ROOT = join(__dirname, '..', '..');
const read = (path: string): unknown => parse(readFileSync(join(ROOT, path), 'utf8'));
const all = boards(ROOT);

/** Grafana itself is not among Debian's packages: the boards are not rendered. That their measures exist, e2e/alerts looks. */
describe('the boards for Grafana', () => {
  it('are there for everything that is watched', () => {
    expect(all.map(({ uid }) => uid).toSorted()).toEqual([
      'relaypoint-dp',
      'relaypoint-gateway',
      'relaypoint-importer',
      'relaypoint-overview',
      'relaypoint-queues',
    ]);
  });

  it('ask the source of data that is provisioned', () => {
    const { datasources } = read('deploy/grafana/provisioning/datasources/prometheus.yml') as {
      datasources: { uid: string; type: string }[];
    };
    const sources = datasources.map(({ uid, type }) => ({ type, uid }));
    for (const { panels } of all)
      for (const { datasource } of panels) expect(sources).toContainEqual(datasource);
  });

  it('are brought to Grafana, as the rules are to Prometheus, from files that exist', () => {
    const { services, volumes } = read('docker-compose.monitoring.yml') as {
      services: Record<string, { volumes?: string[] }>;
      volumes: object;
    };
    for (const volume of Object.values(services).flatMap((service) => service.volumes ?? [])) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect(existsSync(join(ROOT, source))).toBe(true);
      else expect(Object.keys(volumes)).toContain(source);
    }
    const { scrape_configs } = read('deploy/prometheus/prometheus.yml') as {
      scrape_configs: { job_name: string }[];
    };
    expect(scrape_configs.map(({ job_name }) => job_name)).toEqual([
      'relaypoint-server',
      'relaypoint-gateway',
      'relaypoint-importer',
      'rabbitmq',
      'rabbitmq-queues',
    ]);
  });

  it.each(all)('$title: each panel has its place, its name and its queries', ({ panels, schemaVersion }) => {
    expect(schemaVersion).toBeGreaterThanOrEqual(36);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, targets, gridPos, id } of panels) {
      expect(title).not.toBe('');
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      const covered = panels.filter(
        (other) =>
          other.id !== id &&
          other.gridPos.x < gridPos.x + gridPos.w &&
          gridPos.x < other.gridPos.x + other.gridPos.w &&
          other.gridPos.y < gridPos.y + gridPos.h &&
          gridPos.y < other.gridPos.y + other.gridPos.h,
      );
      expect(covered.map((other) => other.title)).toEqual([]);
    }
  });

  it('have queries that Prometheus understands', () => {
    const rules = all
      .flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))
      .map((expr, index) => ({
        record: `query:${index}`,
        expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$dp', 'north'),
      }));
    const folder = mkdtempSync(join(tmpdir(), 'relaypoint-boards-'));
    try {
      const file = join(folder, 'rules.yml');
      writeFileSync(file, stringify({ groups: [{ name: 'boards', rules }] }));
      const { stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
      expect(`${stdout}${stderr}`).toContain(`SUCCESS: ${rules.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('names of measures are found in queries and at /metrics', () => {
  expect(
    measuresIn('max by (dp) (relaypoint_dp_orders{dp="relaypoint_x"}) / rate(process_a_total[5m])'),
  ).toEqual(['relaypoint_dp_orders', 'process_a_total']);
  expect(measuresShown('# HELP a_b c\n# TYPE a_b gauge\na_b{d="e"} 1\nf_g 2\n')).toEqual([
    'a_b',
    'a_b',
    'f_g',
  ]);
});
