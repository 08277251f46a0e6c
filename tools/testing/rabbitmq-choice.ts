import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Missing } from '../peers/debian-root.js';
import { RabbitmqNode } from '../peers/rabbitmq-node.js';
import { rabbitmq4, systemRabbitmq, type RabbitmqPrograms } from '../peers/rabbitmq-programs.js';

/** A broker as a test uses it. */
export interface TestBroker {
  /** Without a virtual host. */
  amqpUrl: string;
  managementUrl: string;
  stop: () => Promise<void>;
}

const ARTIFACTS = join(__dirname, '..', '..', '.artifacts');

/** The type of queues that tests take which try one type only; `npm run test:brokers` tries both. */
export const QUEUE_TYPE_OF_TESTS =
  process.env['RELAYPOINT_TEST_QUEUE_TYPE'] === 'quorum' ? 'quorum' : 'classic';

/** RabbitMQ's programs of that major version: the system's, or those of Debian 13; or why they cannot be had here. */
export async function rabbitmqOf(version: string | undefined): Promise<RabbitmqPrograms | Missing> {
  return version === '4' ? await rabbitmq4(ARTIFACTS) : systemRabbitmq();
}

/** The broker of the test run. @throws Error when there is none */
export function brokerOfTests(): TestBroker {
  const [amqpUrl, managementUrl] = ['RELAYPOINT_TEST_AMQP_URL', 'RELAYPOINT_TEST_AMQP_MANAGEMENT_URL'].map(
    (name) => {
      const value = process.env[name];
      if (!value) throw new Error(`${name} is not set: run the tests by "npm test"`);
      return value;
    },
  ) as [string, string];
  return { amqpUrl: amqpUrl.replace(/\/$/, ''), managementUrl, stop: () => Promise.resolve() };
}

/** A RabbitMQ 4 of a test's own. */
export async function ownRabbitmq4(): Promise<TestBroker | Missing> {
  const programs = await rabbitmqOf('4');
  if ('missing' in programs) return programs;
  const folder = mkdtempSync(join(tmpdir(), 'relaypoint-rabbitmq4-'));
  const node = await RabbitmqNode.start({ folder, programs, user: 'guest', password: 'guest' });
  return { amqpUrl: node.amqpUrl, managementUrl: node.managementUrl, stop: () => node.wipe() };
}
