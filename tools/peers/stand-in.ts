import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../packages/apt.ts';
import { withProgress } from '../packages/progress.ts';
import { run } from '../packages/run.ts';
import { findCommand } from './background.ts';
import { isOlder } from './choices.ts';

/** The stand-in's sources, its pom and, once fetched, its jars. */
const STAND_IN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dev-mongo');
const JARS = join(STAND_IN, 'jars');

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** What it takes of the machine's memory at most. */
const MEMORY_SHARE = 1 / 4;
const LEAST_MEMORY = GIB;
const MOST_MEMORY = 4 * GIB;
/** A computer with its indexes, its order and its timeline takes about 40 KiB. */
const MIB_PER_THOUSAND = 40;

/** The oldest Java that the stand-in's jars and its source run on. */
const OLDEST_JAVA = '17.0';

/** What the stand-in lacks on this machine, or undefined when it can run. */
export function standInLacks(): string | undefined {
  if (findCommand('java') === undefined) return 'java is not on PATH';
  // it says its version on stderr: openjdk version "17.0.15" 2025-04-15
  const [, version] =
    /version "([\d.]+)/.exec(spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr) ?? [];
  if (version === undefined) return 'java on PATH does not run';
  if (isOlder(version, OLDEST_JAVA)) return `java on PATH is ${version}, older than ${OLDEST_JAVA}`;
  if (findCommand('javac') === undefined) return 'java on PATH is without its compiler (a JRE)';
  if (!jarsAreThere() && findCommand('mvn') === undefined) return 'mvn (Maven) is not on PATH';
  return undefined;
}

function jarsAreThere(): boolean {
  const stamp = join(JARS, 'pom.xml');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(join(STAND_IN, 'pom.xml'), 'utf8');
}

/** Fetches the stand-in's jars by Maven and compiles its sources, once for each content of its pom and of theirs. */
export async function fetchStandIn(say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  if (!jarsAreThere()) await fetchJars(say, signal);
  const classes = classesOfSources();
  if (existsSync(classes)) return;
  // whoever starts at the same time compiles the same; the first to be done has made it
  const unfinished = `${classes}.${process.pid}`;
  const args = ['-proc:none', '-cp', join(JARS, '*'), '-d', unfinished, ...sourcesOfStandIn()];
  const compiled = await run('javac', args, { signal });
  if (compiled.code !== 0) throw new Error(`the MongoDB stand-in does not compile: ${reasonOf(compiled)}`);
  if (existsSync(classes)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, classes);
}

/**
 * How it is started, after {@link fetchStandIn}.
 *
 * @param isDurable it answers when what was written is on the disk, for tests that kill it
 */
export function standInCommand(
  port: number,
  file: string,
  isDurable: boolean,
): [command: string, args: string[]] {
  const classPath = [classesOfSources(), join(JARS, '*')].join(delimiter);
  const durable = isDurable ? ['--durable'] : [];
  return [
    'java',
    [`-Xmx${standInMemoryMib()}m`, '-cp', classPath, 'DevMongo', String(port), file, ...durable],
  ];
}

/** How many computers it serves quickly: their documents and indexes are in memory then. */
export function standInLimits(): string {
  const computers = Math.floor(standInMemoryMib() / MIB_PER_THOUSAND) * 1000;
  return `for up to about ${computers.toLocaleString('en')} computers in ${standInMemoryMib()} MiB of memory`;
}

/** What it may take of this machine's memory. */
function standInMemoryMib(): number {
  return Math.round(Math.min(Math.max(totalmem() * MEMORY_SHARE, LEAST_MEMORY), MOST_MEMORY) / MIB);
}

function sourcesOfStandIn(): string[] {
  return readdirSync(STAND_IN)
    .filter((name) => name.endsWith('.java'))
    .map((name) => join(STAND_IN, name));
}

/** Where the classes of just these sources are. */
function classesOfSources(): string {
  const hash = createHash('sha256');
  for (const source of sourcesOfStandIn()) hash.update(readFileSync(source));
  return join(JARS, `classes-${hash.digest('hex').slice(0, 16)}`);
}

async function fetchJars(say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  say('fetching the MongoDB stand-in by Maven (once)');
  rmSync(JARS, { recursive: true, force: true });
  const fetched = await withProgress(
    say,
    () => 'Maven is fetching',
    () =>
      run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${JARS}`], {
        cwd: STAND_IN,
        env: { ...process.env, MAVEN_OPTS: [process.env.MAVEN_OPTS, ...proxyOptions()].join(' ').trim() },
        signal,
      }),
  );
  if (signal?.aborted === true) throw new Error('stopped while the stand-in was fetched');
  if (fetched.code !== 0) {
    const [, first] = /^\[ERROR\] (.*)$/m.exec(`${fetched.stdout}\n${fetched.stderr}`) ?? [];
    throw new Error(
      `Maven could not fetch the jars of tools/dev-mongo/pom.xml: ${first ?? reasonOf(fetched)}`,
    );
  }
  writeFileSync(join(JARS, 'pom.xml'), readFileSync(join(STAND_IN, 'pom.xml')));
}

/** Java takes no notice of the variables that npm and apt go by. */
function proxyOptions(): string[] {
  const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  if (proxy === undefined || !URL.canParse(proxy)) return [];
  const { hostname, port } = new URL(proxy);
  return [`-Dhttps.proxyHost=${hostname}`, `-Dhttps.proxyPort=${port || '80'}`];
}
