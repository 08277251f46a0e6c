import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import mongoose from 'mongoose';
import { packagesNamed } from '../packages/list.ts';
import { providePackages } from '../packages/provide.ts';
import { findCommand } from './background.ts';
import { type Link, type Passed, type Peer, UnusablePeer, firstThatIsThere, isOlder } from './choices.ts';
import { dockerEngine, removeContainer, startContainer, wipeContainer } from './docker-engine.ts';
import { MONGODB_VERSION, downloadMongod } from './mongod-download.ts';
import { MongodbProcess, answersPing } from './mongodb-process.ts';
import { anyFreePort } from './ports.ts';
import { fetchStandIn, standInLacks, standInLimits } from './stand-in.ts';

/** A MongoDB to work with. */
export interface Database extends Peer {
  /** As given, or `mongodb://host:port` without a database. */
  readonly uri: string;
  /** The development stand-in; the server then makes up for indexes that it lacks. */
  readonly standIn: boolean;
}

export interface DatabaseOptions {
  /** Where a database of our own keeps its data. */
  readonly folder: string;
  /** The variable that names a database to use as it is, and its value. */
  readonly given: { readonly variable: string; readonly uri: string | undefined };
  /** Where packages are unpacked, when they are missing and this is not root. */
  readonly packages: string;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** As in docker-compose.yml. */
const MONGO_IMAGE = `mongo:${MONGODB_VERSION}`;
/** The oldest that the server works with: the strict Stable API came with it. */
const OLDEST_MONGODB = '5.0';

/** The first that is there: given by a variable → mongod → Docker → a downloaded mongod → stand-in. */
export function takeMongodb(options: DatabaseOptions): Promise<Database> {
  const {
    given: { variable },
    say,
    signal,
  } = options;
  return firstThatIsThere<Database>(
    'MongoDB',
    [given(options), mongod(options), docker(options), downloaded(options), standIn(options)],
    { whatToDo: whatToDo(variable), say, signal },
  );
}

function whatToDo(variable: string): string {
  if (process.platform !== 'linux') return `Start Docker, or set ${variable} to a MongoDB of yours.`;
  return (
    `Do one of these: set ${variable}; install mongod ${OLDEST_MONGODB} or later; start Docker; install Java and ` +
    'Maven (Debian, Ubuntu: apt-get install maven default-jdk-headless).'
  );
}

function given({ given: { variable, uri } }: DatabaseOptions): Link<Database> {
  return async () => {
    if (uri === undefined || uri === '') return { passed: `${variable} is not set` };
    const { hosts, version } = await ask(uri, variable);
    const taken = `MongoDB ${version} at ${hosts}`;
    const leave = async (): Promise<void> => {};
    const reason = `${variable} is set`;
    return { peer: 'MongoDB', taken, reason, uri, standIn: false, pid: null, stop: leave, wipe: leave };
  };
}

/** Who answers at a URI: one sentence when nobody does, or one that is too old. */
async function ask(uri: string, variable: string): Promise<{ hosts: string; version: string }> {
  let client: mongoose.mongo.MongoClient | undefined;
  try {
    client = new mongoose.mongo.MongoClient(uri, {
      serverSelectionTimeoutMS: 10_000,
      appName: 'relaypoint-start',
    });
    const hosts = client.options.srvHost ?? client.options.hosts.map(String).join(', ');
    const { version } = await client.db('admin').command({ buildInfo: 1 });
    if (isOlder(String(version), OLDEST_MONGODB))
      throw new Error(`it is MongoDB ${version}, and Relaypoint wants ${OLDEST_MONGODB} or later`);
    return { hosts, version: String(version) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusablePeer(`${variable} is set, but that MongoDB cannot be used: ${reason}`, {
      cause: error,
    });
  } finally {
    await client?.close();
  }
}

function mongod({ folder }: DatabaseOptions): Link<Database> {
  return async (before) => {
    const program = findCommand('mongod');
    if (program === undefined) return { passed: 'mongod is not on PATH' };
    const version = versionOf(program);
    if (isOlder(version, OLDEST_MONGODB))
      return { passed: `mongod on PATH is ${version}, older than ${OLDEST_MONGODB}` };
    const server = await MongodbProcess.start({ folder, program: 'mongod', mongod: program });
    return ofProcess(server, `a private mongod ${version}`, before);
  };
}

/** @throws Error with what the program says when it does not even start */
function versionOf(program: string): string {
  try {
    const said = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [, version] = /version v?(\d+\.\d+\.\d+)/.exec(said) ?? [];
    if (version !== undefined) return version;
    throw new Error(`its version is not in: ${said.slice(0, 100)}`);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`${program} does not run: ${stderr?.trim() || String(error)}`, { cause: error });
  }
}

/** A mongod of MongoDB's own builds, where the internet can be reached. It lies beside the unpacked packages. */
function downloaded({ folder, packages, say, signal }: DatabaseOptions): Link<Database> {
  return async (before) => {
    const program = await downloadMongod({ folder: join(packages, 'mongod'), say, signal });
    if ('passed' in program) return program;
    const server = await MongodbProcess.start({ folder, program: 'mongod', mongod: program.path });
    return ofProcess(server, `a private mongod ${versionOf(program.path)}, downloaded`, before);
  };
}

function standIn({ folder, packages, say, signal }: DatabaseOptions): Link<Database> {
  return async (before) => {
    if (standInLacks() !== undefined) {
      const needed = packagesNamed('default-jdk-headless', 'maven');
      const provided = await providePackages(needed, { folder: packages, say, signal });
      if ('passed' in provided) return { passed: `no Java for the stand-in (${provided.passed})` };
    }
    const lacks = standInLacks();
    if (lacks !== undefined) return { passed: lacks };
    await fetchStandIn(say, signal);
    const server = await MongodbProcess.start({ folder, program: 'stand-in' });
    return ofProcess(
      server,
      `the development stand-in, mongo-java-server 1.47.0 with H2 file storage, ${standInLimits()}`,
      before,
    );
  };
}

function docker({ folder, say, signal }: DatabaseOptions): Link<Database> {
  return async (before): Promise<Database | Passed> => {
    const engine = await dockerEngine();
    if ('missing' in engine) return { passed: engine.missing };
    const name = `relaypoint-mongodb-${folderKey(folder)}`;
    const port = await anyFreePort();
    const pid = await startContainer(
      { name, image: MONGO_IMAGE, ports: { 27017: port }, data: '/data/db' },
      { say, signal, milliseconds: 60_000, ready: () => answersPing(port) },
    );
    return {
      peer: 'MongoDB',
      taken: `a container of ${MONGO_IMAGE} on Docker ${engine.version}`,
      reason: before.join('; '),
      uri: `mongodb://127.0.0.1:${port}`,
      standIn: false,
      pid: pid || null,
      stop: () => removeContainer(name),
      wipe: () => wipeContainer(name),
    };
  };
}

function ofProcess(server: MongodbProcess, taken: string, before: readonly string[]): Database {
  return {
    peer: 'MongoDB',
    taken,
    reason: before.join('; '),
    uri: server.uri,
    standIn: server.program === 'stand-in',
    get pid() {
      return server.pid ?? null;
    },
    restart: () => server.restart(),
    stop: () => server.stop(),
    wipe: () => server.wipe(),
  };
}

/** Tells apart the containers of several checkouts and state folders. */
export function folderKey(folder: string): string {
  return createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 8);
}

/** The folder for a database below a state folder. */
export function mongodbFolder(state: string): string {
  return join(state, 'mongodb');
}
