// npm test [pattern]: the whole suite, or the test files that match, with a broker and a database of its own. The last
// line says how many tests passed, failed and were skipped.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findCommand } from './peers/background.ts';
import { describeChoice } from './peers/choices.ts';
import { type Database, mongodbFolder, takeMongodb } from './peers/mongodb.ts';
import { MongodbProcess } from './peers/mongodb-process.ts';
import { type Broker, rabbitmqFolder, takeRabbitmq } from './peers/rabbitmq.ts';
import { RabbitmqNode } from './peers/rabbitmq-node.ts';
import { takeSchemathesis } from './peers/schemathesis.ts';
import { type Counts, countsOf, lastLine } from './test-counts.ts';

const ROOT = dirname(import.meta.dirname);
const ARTIFACTS = join(ROOT, '.artifacts');
const folder = join(ARTIFACTS, `test-${process.pid}`);
const say = (line: string): void => console.log(line);

/** Ends the peers of test runs that died before they could. */
async function endLeftovers(): Promise<void> {
  for (const path of globSync(join(ARTIFACTS, 'test-*'))) {
    const pid = Number(basename(path).slice('test-'.length));
    if (path !== folder && existsSync(`/proc/${pid}`)) continue;
    await RabbitmqNode.endLeftover(rabbitmqFolder(path));
    await MongodbProcess.endLeftover(mongodbFolder(path));
    rmSync(path, { recursive: true, force: true });
  }
}

/** Says which Debian packages are missing and how to get them; the tests that need them fail by themselves. */
function nameMissingPackages(): void {
  if (findCommand('dpkg-query') === undefined) return;
  const wanted = readFileSync(join(ROOT, 'tools/debian-packages.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ')[0] ?? '');
  // dpkg-query fails when it does not know a package, and lists the others all the same
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Abbrev}${Package}\n', ...wanted], {
    encoding: 'utf8',
  });
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.startsWith('ii'))
      .map((line) => line.slice(3).trim()),
  );
  const missing = wanted.filter((name) => !installed.has(name));
  if (missing.length === 0) return;
  say('Some tests need Debian packages that are missing here; they will fail. To install them, as root:');
  say(`  apt-get install --no-install-recommends ${missing.join(' ')}`);
}

/** Runs jest and gives its exit code. `schemathesis` is a program, where it can be had. */
function runJest(
  database: Database,
  broker: Broker,
  schemathesis: string | undefined,
  results: string,
): Promise<number> {
  const jest = spawn(
    'jest',
    [
      '--maxWorkers=2',
      '--json',
      `--outputFile=${results}`,
      '--config',
      join(ROOT, 'jest.config.mjs'),
      ...process.argv.slice(2),
    ],
    {
      cwd: ROOT,
      // what --json prints is in the results file; the report for people goes to stderr
      stdio: ['inherit', 'ignore', 'inherit'],
      env: {
        ...process.env,
        RELAYPOINT_TEST_MONGODB_URI: database.uri,
        RELAYPOINT_TEST_AMQP_URL: broker.amqpUrl,
        RELAYPOINT_TEST_AMQP_MANAGEMENT_URL: broker.managementUrl,
        ...(database.standIn ? { MONGODB_STAND_IN: '1' } : {}),
        ...(schemathesis ? { RELAYPOINT_TEST_SCHEMATHESIS: schemathesis } : {}),
      },
    },
  );
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => jest.kill(signal));
  process.on('SIGINT', () => {}); // the terminal sends it to jest as well; the peers are stopped after it
  return new Promise((resolve, reject) => {
    jest.once('error', reject);
    jest.once('exit', (code) => resolve(code ?? 1));
  });
}

async function main(): Promise<Counts> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await endLeftovers();
  nameMissingPackages();
  const { RELAYPOINT_TEST_MONGODB_URI: uri, RELAYPOINT_TEST_AMQP_URL: amqpUrl } = process.env;
  const managementUrl = process.env.RELAYPOINT_TEST_AMQP_MANAGEMENT_URL;
  const user = { name: 'guest', password: 'guest' };
  const starting = [
    takeMongodb({
      folder: mongodbFolder(folder),
      given: { variable: 'RELAYPOINT_TEST_MONGODB_URI', uri },
      say,
    }),
    takeRabbitmq({
      folder: rabbitmqFolder(folder),
      given: { variable: 'RELAYPOINT_TEST_AMQP_URL', amqpUrl, managementUrl },
      user,
      say,
    }),
  ] as const;
  try {
    const taken = takeSchemathesis(ARTIFACTS, process.env.RELAYPOINT_TEST_SCHEMATHESIS);
    const [database, broker, schemathesis] = await Promise.all([...starting, taken]);
    const ranOn = [describeChoice(database), describeChoice(broker)];
    if ('missing' in schemathesis)
      ranOn.push(`schemathesis: its test is skipped, it cannot be installed here (${schemathesis.missing})`);
    for (const line of ranOn) say(line);
    const results = join(folder, 'jest.json');
    const program = 'program' in schemathesis ? schemathesis.program : undefined;
    const code = await runJest(database, broker, program, results);
    say(`\nRan on Node ${process.versions.node}, ${process.platform} ${process.arch}`);
    for (const line of ranOn) say(line);
    return countsOf(existsSync(results) ? readFileSync(results, 'utf8') : undefined, code);
  } finally {
    const started = await Promise.allSettled<Database | Broker>(starting);
    await Promise.allSettled(started.map(async (peer) => peer.status === 'fulfilled' && peer.value.wipe()));
    await endLeftovers();
  }
}

try {
  const counts = await main();
  for (const line of counts.notes) say(line);
  say(lastLine(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  say(lastLine({ passed: 0, failed: 1, skipped: 0, notes: [] }));
  process.exitCode = 1;
}
