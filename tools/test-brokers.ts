// npm run test:brokers [-- --runs N] [--version 3|4]: the messaging and kill suites on RabbitMQ 3 (the system's) and 4
// (Debian 13's), with classic and quorum queues, on one node and on a cluster of three; then N orders (100) in whose way the
// node with a queue's leader is killed or paused. It takes an hour or two; `npm test` runs a part of it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { mongodbFolder, takeMongodb } from './peers/mongodb.ts';
import { RabbitmqCluster } from './peers/rabbitmq-cluster.ts';
import { rabbitmq4, systemRabbitmq } from './peers/rabbitmq-programs.ts';

const ROOT = dirname(import.meta.dirname);
const ARTIFACTS = join(ROOT, '.artifacts');
const MESSAGING = 'libs/messaging';
const KILLS = ['e2e/kills', 'e2e/broker-faults'];

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100' }, version: { type: 'string', multiple: true } },
});
const say = (line: string): void => console.log(line);
const results: string[] = [];

mkdirSync(ARTIFACTS, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'relaypoint-brokers-'));
const database = await takeMongodb({
  folder: mongodbFolder(folder),
  packages: join(ARTIFACTS, 'packages'),
  given: { variable: 'RELAYPOINT_TEST_MONGODB_URI', uri: process.env.RELAYPOINT_TEST_MONGODB_URI },
  say,
});
try {
  for (const version of values.version ?? ['3', '4']) await tryVersion(version);
} finally {
  await database.wipe();
  rmSync(folder, { recursive: true, force: true });
}
say(`\n${results.join('\n')}`);
process.exitCode = results.some((line) => line.startsWith('failed')) ? 1 : 0;

async function tryVersion(version: string): Promise<void> {
  const programs = version === '4' ? await rabbitmq4(ARTIFACTS) : systemRabbitmq();
  if ('missing' in programs) {
    results.push(`not run  RabbitMQ ${version}: it cannot be had here (${programs.missing})`);
    return;
  }
  for (const nodes of [1, 3]) {
    const cluster = await RabbitmqCluster.start({ folder: join(folder, 'cluster'), nodes, programs });
    try {
      const [first] = cluster.nodes;
      for (const type of ['classic', 'quorum']) {
        const env = {
          RELAYPOINT_TEST_AMQP_URL: first?.amqpUrl,
          RELAYPOINT_TEST_AMQP_MANAGEMENT_URL: first?.managementUrl,
          RELAYPOINT_TEST_RABBITMQ: version,
          RELAYPOINT_TEST_QUEUE_TYPE: type,
        };
        // The kill suite starts the node that it kills by itself
        const suites = nodes === 1 ? [MESSAGING, ...KILLS] : [MESSAGING];
        await jest(`RabbitMQ ${version}, ${nodes} node(s), ${type} queues`, suites, env);
      }
    } finally {
      await cluster.wipe();
    }
  }
  const env = { RELAYPOINT_TEST_RABBITMQ: version, RELAYPOINT_TEST_KILL_RUNS: values.runs };
  await jest(`RabbitMQ ${version}, ${values.runs} leaders killed or paused`, ['e2e/broker-cluster'], env);
}

function jest(what: string, patterns: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  say(`\n${what}: ${patterns.join(' ')}`);
  const child = spawn('jest', ['--runInBand', '--config', join(ROOT, 'jest.config.mjs'), ...patterns], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      RELAYPOINT_TEST_MONGODB_URI: database.uri,
      ...(database.standIn ? { MONGODB_STAND_IN: '1' } : {}),
      ...env,
    },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      results.push(`${code === 0 ? 'passed ' : 'failed '}  ${what}`);
      resolve();
    });
  });
}
