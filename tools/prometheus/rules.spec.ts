/** @needs peers */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { HEALTHY, RAISED, type RaisedCase } from './rule-cases.ts';

const ROOT = join(__dirname, '..', '..');
const RULES = join(ROOT, 'deploy/prometheus/rules.yml');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly runbook: string };
}
const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error) throw error;
  return { status, output: `${stdout}${stderr}` };
}

/** An hour that is to end with the alerts of the case, and with no other one. */
const testOf = ({ alert, why, series, of }: RaisedCase): object => ({
  name: `${alert}: ${why}`,
  interval: '1m',
  input_series: Object.entries({ ...HEALTHY, ...series }).map(([name, values]) => ({ series: name, values })),
  alert_rule_test: rules.map(({ alert: alertname, labels, annotations: { runbook } }) => ({
    eval_time: '1h',
    alertname,
    exp_alerts: (alertname === alert ? of : []).map((told) => ({
      exp_labels: { ...labels, ...told },
      exp_annotations: { runbook },
    })),
  })),
});

/** What promtool says to the cases; nothing when all of them are as they say. */
function tried(cases: readonly RaisedCase[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'relaypoint-rules-'));
  try {
    // summaries hold figures, and are for people; what is tried is when, and of what
    const plain = rules.map((rule) => ({ ...rule, annotations: { runbook: rule.annotations.runbook } }));
    writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'relaypoint', rules: plain }] }));
    writeFileSync(
      join(folder, 'test.yml'),
      stringify({ rule_files: ['rules.yml'], tests: cases.map(testOf) }, { aliasDuplicateObjects: false }),
    );
    const { status, output } = promtool('test', 'rules', join(folder, 'test.yml'));
    return status === 0 ? '' : output;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the rules for Prometheus', () => {
  it('are taken by promtool', () => {
    expect(promtool('check', 'rules', RULES)).toMatchObject({ status: 0 });
  });

  it('stand in a configuration that promtool takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'relaypoint-prometheus-'));
    try {
      const token = join(folder, 'token');
      writeFileSync(token, 'secret');
      const text = readFileSync(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8');
      const config = join(folder, 'prometheus.yml');
      writeFileSync(config, text.replaceAll('/run/secrets/metrics-token', token));
      copyFileSync(RULES, join(folder, 'rules.yml'));
      expect(promtool('check', 'config', config)).toMatchObject({ status: 0 });
      writeFileSync(config, text.replace('metrics_path', 'metric_path'));
      expect(promtool('check', 'config', config)).toMatchObject({ status: 1 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('each have a runbook that says what it means, what to look at and how it ends', () => {
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook).toBe(`docs/runbooks/${alert}.md`);
      const page = readFileSync(join(ROOT, annotations.runbook), 'utf8');
      const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text]) => text);
      expect(headings).toEqual([alert, 'What it means', 'What to look at', 'How it ends']);
      expect(page).toMatch(/^```(?:sh|text)$/m);
    }
    const index = readFileSync(join(ROOT, 'docs/runbooks/README.md'), 'utf8');
    expect([...index.matchAll(/\]\((Relaypoint\w+)\.md\)/g)].map(([, alert]) => alert)).toEqual(
      rules.map(({ alert }) => alert),
    );
  });

  it('are each raised by what they are for and by nothing else, and none by an installation that works', () => {
    expect(new Set(RAISED.map(({ alert }) => alert))).toEqual(new Set(rules.map(({ alert }) => alert)));
    expect(tried([{ alert: 'none', why: 'everything works', series: {}, of: [] }, ...RAISED])).toBe('');
  }, 120_000);

  it('are tried in earnest: an alert that does not come is seen', () => {
    const silent = {
      alert: 'RelaypointDeadLetters',
      why: 'nothing happened',
      series: {},
      of: [{ queue: 'q' }],
    };
    expect(tried([silent])).toContain('RelaypointDeadLetters');
  });
});
