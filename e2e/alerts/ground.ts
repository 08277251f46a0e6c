import { join } from 'node:path';
import { connect, type ConfirmChannel } from 'amqplib';
import { eventually } from '../../tools/testing/eventually.js';
import { brokerMetrics } from '../../tools/testing/broker-metrics.js';
import { Stack } from '../support/stack.js';
import { FaultSite } from './fault-site.js';
import { TestPrometheus } from './prometheus.js';

export const PATIENCE = { timeoutMs: 90_000, intervalMs: 200 };

/** An installation with two DPs that work, and a Prometheus that watches it. */
export class Ground {
  private count = 0;

  private constructor(
    readonly stack: Stack,
    readonly north: FaultSite,
    readonly south: FaultSite,
    readonly prometheus: TestPrometheus,
    /** Where the broker shows its own measures. */
    readonly brokerUrl: string,
  ) {}

  static async start(): Promise<Ground> {
    const stack = await Stack.start({ killable: true, serverEnv: { WEBHOOK_HOSTS: '127.0.0.1' } });
    try {
      await stack.api.ok('PATCH', '/settings', { pollInterval: 5, accountLogins: 0, concurrency: 100 });
      await stack.publishClient();
      const [north, south] = [await FaultSite.join(stack, 'north'), await FaultSite.join(stack, 'south')];
      const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
      await stack.api.ok('POST', '/accounts', account);
      north.begin();
      south.begin();
      const prometheus = await TestPrometheus.start(join(stack.folder, 'prometheus'), {
        'relaypoint-server': stack.serverUrls,
        'relaypoint-gateway': stack.gatewayUrls,
        'relaypoint-importer': [stack.importerUrl],
      });
      if (!stack.ground.broker) throw new Error('the broker is not of this test');
      return new Ground(stack, north, south, prometheus, await brokerMetrics(stack.ground.broker));
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.north.end();
    this.south.end();
    await this.prometheus.stop();
    await this.stack.stop();
  }

  /** Names of computers that nobody has had yet. */
  names(many: number): string[] {
    return Array.from({ length: many }, () => `pc-${(this.count += 1)}`);
  }

  /** At the broker, past all programs; resolves when it has confirmed what was sent. */
  async onBroker(work: (channel: ConfirmChannel) => Promise<unknown>): Promise<void> {
    const connection = await connect(this.stack.ground.amqpUrl, { noDelay: true });
    try {
      const channel = await connection.createConfirmChannel();
      await work(channel);
      await channel.waitForConfirms();
    } finally {
      await connection.close();
    }
  }

  /** An upload that is no table. */
  async unreadableImport(): Promise<void> {
    const form = new FormData();
    form.set('source', 'csv');
    form.set('tenant', 'default');
    form.set('file', new Blob([Buffer.from([0x50, 0x4b, 3, 4, 0, 0])]), 'computers.csv');
    await this.stack.api.ok('POST', '/imports', form);
  }

  /** Resolves when all of these orders have. */
  async succeeded(orders: readonly string[]): Promise<void> {
    await eventually(async () => {
      const done = await this.stack.ground.find('orders', { _id: { $in: orders }, state: 'succeeded' });
      if (done.length < orders.length) throw new Error(`${done.length} of ${orders.length} have succeeded`);
    }, PATIENCE);
  }

  /** The next orders of a DP end so, until it is mended. */
  failing(site: FaultSite, answer: FaultSite['answer'], mend: Mend): void {
    const well = site.answer;
    site.answer = answer;
    mend(() => (site.answer = well));
  }

  /** A directory that is read every hour, at a port of this machine. @returns its id */
  async directoryAt(port: number): Promise<string> {
    const { id } = await this.stack.api.ok<{ id: string }>('POST', '/directories', {
      name: 'AD',
      tenant: 'default',
      url: `ldap://127.0.0.1:${port}`,
      allowPlain: true,
      bindDn: 'cn=reader',
      bindPassword: 'secret',
      bases: ['DC=corp'],
      schedule: { every: 60 },
    });
    return id;
  }

  /** Resolves when a directory has failed so often in a row. */
  async failedSyncs(path: string, failures: number): Promise<void> {
    await eventually(async () => {
      const seen = await this.stack.api.ok(`GET`, `${path}/sync`);
      if (seen['failures'] !== failures || seen['runningSince'] !== null)
        throw new Error(`not failed ${failures} times: ${JSON.stringify(seen)}`);
    }, PATIENCE);
  }
}

/** To be told how a fault is mended, as soon as it is planted. */
export type Mend = (work: () => unknown) => void;

/** Something that goes wrong, and what is to be told of it. */
export interface Fault {
  readonly name: string;
  readonly alerts: readonly string[];
  /** Labels that each of its alerts has. */
  readonly of?: Readonly<Record<string, string>>;
  /** Planted in every run of the tests; the others only when all are asked for. */
  readonly always?: true;
  readonly plant: (ground: Ground, mend: Mend) => unknown;
}
