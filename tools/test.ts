// npm test [pattern]: the whole suite, or the test files that match. What they need is got first: a build, a broker and a
// database of their own, Debian packages; or nothing of it. The last line says how many tests passed, failed and were
// skipped.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findGo } from './client-windows/programs.ts';
import { packagesFor } from './packages/list.ts';
import { providePackages } from './packages/provide.ts';
import { describeChoice } from './peers/choices.ts';
import { type Database, mongodbFolder, takeMongodb } from './peers/mongodb.ts';
import { MongodbProcess } from './peers/mongodb-process.ts';
import { type Broker, rabbitmqFolder, takeRabbitmq } from './peers/rabbitmq.ts';
import { RabbitmqNode } from './peers/rabbitmq-node.ts';
import { takePythonPrograms } from './peers/python-programs.ts';
import { type Counts, countsOf, filesToTryAnew, lastLine, slowestFiles } from './test-counts.ts';
import { filesOf, needsOf } from './test-needs.ts';
import { slowestTests, spreadOf, watchProcessors } from './test-times.ts';
import { picturesIncomparable } from './testing/pictures.ts';
import { previousVersionMissing } from './versions/previous-version.ts';

const ROOT = dirname(import.meta.dirname);
const ARTIFACTS = join(ROOT, '.artifacts');
const folder = join(ARTIFACTS, `test-${process.pid}`);
/** What is just ending may still write into a folder. */
const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 200 } as const;
/** What tests make for a while; paths of sockets in it may not be long. What killed tests leave there goes with it. */
const SCRATCH = 'rp-test-';
const scratch = join(tmpdir(), `${SCRATCH}${process.pid}`);
const PACKAGES = join(ARTIFACTS, 'packages');
const ARGUMENTS = process.argv.slice(2);
const IS_ROOT = process.getuid?.() === 0;
const NEEDS_ROOT =
  'tests with SSH or Windows computers or a Samba domain are skipped, they need namespaces and ports that only root may have';
const say = (line: string): void => console.log(line);

/** Files at once. They wait for others much of the time, but those that measure time have to get their share. */
const WORKERS = Math.max(1, Number(process.env.RELAYPOINT_TEST_WORKERS) || 2);

/** Ctrl-C: what is being got or started is ended in order, jest at once, the peers after it. */
const stopping = new AbortController();

/** Ends the peers of test runs that died before they could, and removes what these and their tests have left. */
async function endLeftovers(): Promise<void> {
  for (const path of globSync(join(tmpdir(), `${SCRATCH}*`))) {
    const pid = basename(path).slice(SCRATCH.length);
    if (path === scratch || !existsSync(`/proc/${pid}`)) rmSync(path, REMOVE);
  }
  for (const path of globSync(join(ARTIFACTS, 'test-*'))) {
    const pid = Number(basename(path).slice('test-'.length));
    if (path !== folder && existsSync(`/proc/${pid}`)) continue;
    await RabbitmqNode.endLeftover(rabbitmqFolder(path));
    await MongodbProcess.endLeftover(mongodbFolder(path));
    rmSync(path, REMOVE);
  }
}

/**
 * Gets the packages that the tests need and this machine lacks.
 *
 * @returns what is to be said of those that cannot be had
 */
async function takePackages(): Promise<string[]> {
  const uses = IS_ROOT ? (['start', 'test', 'root'] as const) : (['start', 'test'] as const);
  const wanted = packagesFor(...uses);
  const provided = await providePackages(wanted, { folder: PACKAGES, say, signal: stopping.signal });
  if ('passed' in provided) {
    return [`packages are missing and cannot be had (${provided.passed}); tests that need them fail`];
  }
  return provided.unavailable.map(
    (name) => `${name} is in no package source of this system; tests that need it fail`,
  );
}

/** Whether e2e/api-recipes.e2e-spec.ts can run PowerShell. */
function hasPowerShell(): boolean {
  return spawnSync('pwsh', ['-Version'], { stdio: 'ignore' }).status === 0;
}

/** Runs a program of this project to its end, with our terminal, and gives its exit code. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(command, args, {
    cwd: ROOT,
    // what jest's --json prints is in the results file; its report for people goes to stderr
    stdio: ['inherit', command === 'jest' ? 'ignore' : 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  const end = (): void => void child.kill('SIGTERM');
  stopping.signal.addEventListener('abort', end);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      stopping.signal.removeEventListener('abort', end);
      resolve(code ?? 1);
    });
  });
}

/** Files one after the other in jest's own process, which ends with them whatever they have left open. */
const ALONE = ['--runInBand', '--forceExit', '--runTestsByPath'];

/** Runs jest, and counts. What fails in a whole run beside another file is tried anew alone, and named then. */
async function runJest(env: NodeJS.ProcessEnv): Promise<Counts> {
  mkdirSync(folder, { recursive: true });
  mkdirSync(scratch, { recursive: true });
  // as for the folder that it stands for: programs of several users
  chmodSync(scratch, 0o1777);
  const jest = async (
    name: string,
    ...args: string[]
  ): Promise<{ code: number; json: string | undefined }> => {
    const results = join(folder, name);
    // what it has compiled is of use to the next run
    const config = [
      '--config',
      join(ROOT, 'jest.config.mjs'),
      '--cacheDirectory',
      join(ARTIFACTS, 'jest-cache'),
    ];
    const code = await run('jest', ['--json', `--outputFile=${results}`, ...config, ...args], {
      ...env,
      TMPDIR: scratch,
    });
    return { code, json: existsSync(results) ? readFileSync(results, 'utf8') : undefined };
  };
  const busy = watchProcessors();
  const { code, json } = await jest('jest.json', `--maxWorkers=${WORKERS}`, ...ARGUMENTS);
  const spread = [...spreadOf(json), `${WORKERS} at a time; the processors were busy for ${busy()} %`];
  const whole = ARGUMENTS.length === 0;
  const again = whole && !stopping.signal.aborted ? filesToTryAnew(json) : [];
  if (again.length > 0) say(`\nTrying anew what failed, alone: ${again.join(', ')}`);
  const anew = again.length > 0 ? (await jest('jest-anew.json', ...ALONE, ...again)).json : undefined;
  if (whole) {
    const slowest = [
      '\nThe slowest files:',
      ...slowestFiles(json, ROOT),
      '\nThe slowest tests:',
      ...slowestTests(json),
    ];
    for (const line of [...slowest, '', ...spread]) say(line);
  }
  say(`\nRan on Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  return countsOf(json, code, anew);
}

/** What tests start, over and over. */
const PROGRAMS = ['server', 'dp-gateway', 'importer', 'dp-agent'];
/** What Node has compiled of them; it is written at the end of a program, which in tests is often a kill. */
const compiled = join(scratch, 'compiled');

/** Starts each program once, without the configuration that it needs to go on: what is compiled for that is kept. */
async function compilePrograms(): Promise<void> {
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compiled };
  const start = (name: string): Promise<unknown> =>
    promisify(execFile)(process.execPath, [join(ROOT, `dist/apps/${name}/src/main.js`)], {
      env,
      timeout: 60_000,
    });
  await Promise.allSettled(PROGRAMS.map(start));
}

/** Runs jest with everything that tests can ask for. */
async function runWithPeers(): Promise<Counts> {
  const lacking = await takePackages();
  const { RELAYPOINT_TEST_MONGODB_URI: uri, RELAYPOINT_TEST_AMQP_URL: amqpUrl } = process.env;
  const managementUrl = process.env.RELAYPOINT_TEST_AMQP_MANAGEMENT_URL;
  const user = { name: 'guest', password: 'guest' };
  const ways = { packages: PACKAGES, say, signal: stopping.signal };
  const starting = [
    takeMongodb({
      folder: mongodbFolder(folder),
      given: { variable: 'RELAYPOINT_TEST_MONGODB_URI', uri },
      ...ways,
    }),
    takeRabbitmq({
      folder: rabbitmqFolder(folder),
      given: { variable: 'RELAYPOINT_TEST_AMQP_URL', amqpUrl, managementUrl },
      user,
      ...ways,
    }),
  ] as const;
  try {
    const taken = takePythonPrograms(ARTIFACTS, process.env);
    const [database, broker, programs] = await Promise.all([...starting, taken, compilePrograms()]);
    const ranOn = [describeChoice(database), describeChoice(broker), ...lacking];
    if (!IS_ROOT) ranOn.push(`this is not root: ${NEEDS_ROOT}`);
    if (stopping.signal.aborted) throw new Error('stopped before the tests began');
    ranOn.push(...programs.missing);
    if (!hasPowerShell()) ranOn.push('PowerShell: the recipes in it are not run, there is no pwsh here');
    const go = findGo();
    if ('missing' in go) ranOn.push(`tests of the Windows client are skipped, they need ${go.missing}`);
    const noPictures = picturesIncomparable();
    if (noPictures !== undefined) ranOn.push(noPictures);
    const noUpgrade = previousVersionMissing();
    if (noUpgrade !== undefined) ranOn.push(`no upgrade is tried: ${noUpgrade}`);
    for (const line of ranOn) say(line);
    const counts = await runJest({
      RELAYPOINT_TEST_MONGODB_URI: database.uri,
      RELAYPOINT_TEST_AMQP_URL: broker.amqpUrl,
      RELAYPOINT_TEST_AMQP_MANAGEMENT_URL: broker.managementUrl,
      ...(database.standIn ? { MONGODB_STAND_IN: '1' } : {}),
      NODE_COMPILE_CACHE: compiled,
      ...programs.variables,
    });
    for (const line of ranOn) say(line);
    return counts;
  } finally {
    const started = await Promise.allSettled<Database | Broker>(starting);
    await Promise.allSettled(started.map(async (peer) => peer.status === 'fulfilled' && peer.value.wipe()));
  }
}

async function main(): Promise<Counts> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await endLeftovers();
  const files = ARGUMENTS.length === 0 ? undefined : filesOf(ROOT, ARGUMENTS);
  const needs = files === undefined ? { peers: true, build: true } : needsOf(files);
  try {
    if (needs.build && (await run(process.execPath, [join(ROOT, 'tools/build.ts')])) !== 0) {
      throw new Error('nothing was tested: the build failed');
    }
    if (stopping.signal.aborted) throw new Error('stopped before the tests began');
    return await (needs.peers ? runWithPeers() : runJest({}));
  } finally {
    await endLeftovers(); // our own folder among them
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
process.on('disconnect', () => stopping.abort());
process.channel?.unref(); // who listens for its end would otherwise wait for it

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
