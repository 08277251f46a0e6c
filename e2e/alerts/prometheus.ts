import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anyFreePort } from '../../tools/peers/ports.js';
import { eventually } from '../../tools/testing/eventually.js';

/** Seconds between two scrapes; more on a machine that has other work as well. */
const SECONDS = Number(process.env['RELAYPOINT_TEST_SCRAPE_SECONDS'] ?? 1);
const RULES = join(__dirname, '..', '..', 'deploy', 'prometheus', 'rules.yml');

/** An alert that fires. */
export interface FiringAlert {
  name: string;
  labels: Record<string, string>;
  since: Date;
}

interface Scraped {
  job_name: string;
  static_configs: { targets: string[] }[];
  scrape_interval?: string;
  scrape_timeout?: string;
}

interface Config {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: Scraped[];
}

/**
 * A real Prometheus that scrapes the programs each second and goes by the shipped rules, with their times made short: what
 * takes minutes lasts two seconds, half an hour eight, and growth is asked over six. What goes up and down all the time, as
 * what waits to be linked to the audit's chain, may be up at three scrapes in a row.
 */
export class TestPrometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
    private readonly file: string,
    private readonly config: Config,
  ) {}

  /** @param jobs base URLs of the programs, by the name of their job */
  static async start(
    folder: string,
    jobs: Readonly<Record<string, readonly string[]>>,
  ): Promise<TestPrometheus> {
    mkdirSync(folder, { recursive: true });
    const rules = readFileSync(RULES, 'utf8')
      .replaceAll(/\bfor: 30m/g, `for: ${8 * SECONDS}s`)
      .replaceAll(/\bfor: \d+m/g, `for: ${2 * SECONDS}s`)
      .replaceAll(/\[\d+[smh]\]/g, `[${6 * SECONDS}s]`);
    writeFileSync(join(folder, 'rules.yml'), rules);
    const config: Config = {
      global: {
        scrape_interval: `${SECONDS}s`,
        scrape_timeout: `${SECONDS}s`,
        evaluation_interval: `${SECONDS}s`,
      },
      rule_files: ['rules.yml'],
      scrape_configs: Object.entries(jobs).map(([job_name, urls]) => ({
        job_name,
        static_configs: [{ targets: urls.map((url) => new URL(url).host) }],
      })),
    };
    const file = join(folder, 'prometheus.yml');
    // JSON is YAML
    writeFileSync(file, JSON.stringify(config));
    const port = await anyFreePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const prometheus = new TestPrometheus(child, `http://127.0.0.1:${port}`, file, config);
    await eventually(
      async () => {
        if (!(await fetch(`${prometheus.url}/-/ready`)).ok) throw new Error('Prometheus is not ready');
      },
      { timeoutMs: 60_000 },
    );
    return prometheus;
  }

  async firing(): Promise<FiringAlert[]> {
    const { alerts } = await this.ask<{
      alerts: { labels: Record<string, string>; state: string; activeAt: string }[];
    }>('/api/v1/alerts');
    return alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels: { alertname = '', ...labels }, activeAt }) => ({
        name: alertname,
        labels,
        since: new Date(activeAt),
      }));
  }

  /** Resolves when every program has been scraped. */
  async allUp(): Promise<void> {
    await eventually(
      async () => {
        const { activeTargets } = await this.ask<{ activeTargets: { health: string; lastError: string }[] }>(
          '/api/v1/targets',
        );
        const down = activeTargets.find(({ health }) => health !== 'up');
        if (down || activeTargets.length === 0) throw new Error(`not scraped yet: ${down?.lastError}`);
      },
      { timeoutMs: 60_000 },
    );
  }

  /** Resolves when the rules have been looked at so many times more. */
  async evaluations(many: number): Promise<void> {
    let last = await this.evaluatedAt();
    for (let seen = 0; seen < many; seen += 1) {
      last = await eventually(
        async () => {
          const at = await this.evaluatedAt();
          if (at === last) throw new Error(`the rules were looked at last at ${at}`);
          return at;
        },
        { timeoutMs: 60_000 },
      );
    }
  }

  private async evaluatedAt(): Promise<string> {
    const { groups } = await this.ask<{ groups: { lastEvaluation: string }[] }>('/api/v1/rules');
    return groups[0]?.lastEvaluation ?? '';
  }

  /** Looks at the programs of a job so often, and gives each as long to answer; resolves when it does. */
  async scrapeEvery(job: string, seconds: number): Promise<void> {
    const every = `${seconds * SECONDS}s`;
    for (const scraped of this.config.scrape_configs) {
      if (scraped.job_name === job) Object.assign(scraped, { scrape_interval: every, scrape_timeout: every });
    }
    writeFileSync(this.file, JSON.stringify(this.config));
    this.child.kill('SIGHUP');
    await eventually(
      async () => {
        const { activeTargets } = await this.ask<{
          activeTargets: { scrapePool: string; scrapeInterval: string }[];
        }>('/api/v1/targets');
        const scraped = activeTargets.find(({ scrapePool }) => scrapePool === job);
        if (scraped?.scrapeInterval !== every) throw new Error(`looked at every ${scraped?.scrapeInterval}`);
      },
      { timeoutMs: 60_000 },
    );
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  private async ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: T }).data;
  }
}
