import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { untilReady } from './background.ts';
import { Epmd } from './epmd.ts';
import { anyFreePort } from './ports.ts';
import { RabbitmqNode } from './rabbitmq-node.ts';
import { type RabbitmqPrograms, systemRabbitmq } from './rabbitmq-programs.ts';

export interface RabbitmqClusterOptions {
  /** Everything of all nodes is in here. */
  readonly folder: string;
  readonly nodes: number;
  /** Default: those of the system. */
  readonly programs?: RabbitmqPrograms;
}

const USER = 'guest';

/** A cluster of RabbitMQ nodes of our own on loopback, for one run: it is always made new. */
export class RabbitmqCluster {
  readonly nodes: readonly RabbitmqNode[];
  private readonly folder: string;
  private readonly epmd: Epmd;

  private constructor(nodes: readonly RabbitmqNode[], folder: string, epmd: Epmd) {
    this.nodes = nodes;
    this.folder = folder;
    this.epmd = epmd;
  }

  static async start(options: RabbitmqClusterOptions): Promise<RabbitmqCluster> {
    const folder = resolve(options.folder);
    const programs = options.programs ?? systemRabbitmq();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const epmd = new Epmd(folder, await anyFreePort(), programs);
    const cookie = randomBytes(20).toString('hex');
    const names = Array.from({ length: options.nodes }, (_, i) => `node${i + 1}@localhost`);
    await epmd.start();
    const starting = names.map((name) =>
      RabbitmqNode.start({
        folder: join(folder, name),
        user: USER,
        password: USER,
        programs,
        cluster: { name, nodes: names, cookie, epmd: epmd.port },
      }),
    );
    const started = await Promise.allSettled(starting);
    const nodes = started.flatMap((node) => (node.status === 'fulfilled' ? [node.value] : []));
    const cluster = new RabbitmqCluster(nodes, folder, epmd);
    const failed = started.find((node) => node.status === 'rejected');
    try {
      if (failed) throw failed.reason;
      await cluster.whole();
    } catch (error) {
      await cluster.wipe();
      throw error;
    }
    return cluster;
  }

  /** As AMQP_URL takes it: the addresses of all nodes. A node that falls silent is noticed after some six seconds. */
  amqpUrl(vhost: string): string {
    return this.nodes.map((node) => `${node.amqpUrl}/${encodeURIComponent(vhost)}?heartbeat=2`).join(',');
  }

  /** Waits until every node runs and sees all others. */
  async whole(): Promise<void> {
    await untilReady({
      what: 'the cluster',
      milliseconds: 90_000,
      ready: async () => {
        const seen = await Promise.all(this.nodes.map((node) => runningNodes(node)));
        return seen.every((count) => count === this.nodes.length);
      },
      alive: () => true,
      explain: () => `see the logs in ${this.folder}`,
    });
  }

  /** The node on which a quorum queue's leader is. */
  async leaderOf(vhost: string, queue: string): Promise<RabbitmqNode> {
    const [asked] = this.nodes.filter((node) => node.pid !== undefined);
    const table = (await asked?.ctl('-q', 'list_queues', '-p', vhost, 'name', 'leader', '--online')) ?? '';
    const [, name] =
      table
        .split('\n')
        .map((line) => line.split('\t'))
        .find(([found]) => found === queue) ?? [];
    const leader = this.nodes.find((node) => node.name === name?.trim());
    if (!leader) throw new Error(`${queue} has no leader: ${table}`);
    return leader;
  }

  /** Stops at once and forgets everything. */
  async wipe(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.wipe()));
    await this.epmd.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How many nodes this one sees running, itself included; 0: it does not answer. */
async function runningNodes(node: RabbitmqNode): Promise<number> {
  const url = new URL('/api/nodes?columns=name,running', node.managementUrl);
  const basic = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  url.username = '';
  url.password = '';
  try {
    const answer = await fetch(url, {
      headers: { authorization: `Basic ${basic}` },
      signal: AbortSignal.timeout(5_000),
    });
    const nodes = (await answer.json()) as { running?: boolean }[];
    return nodes.filter(({ running }) => running === true).length;
  } catch {
    return 0;
  }
}
