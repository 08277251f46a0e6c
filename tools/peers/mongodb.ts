import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { findCommand, untilReady } from './background.ts';
import { type Link, type Passed, type Peer, firstThatIsThere } from './choices.ts';
import { dockerEngine, removeContainer, startContainer, wipeContainer } from './docker-engine.ts';
import { MongodbProcess, answersPing, fetchStandIn, standInLacks } from './mongodb-process.ts';
import { anyFreePort } from './ports.ts';

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
  readonly say: (line: string) => void;
}

/** The first that is there: given by a variable → mongod → Docker → stand-in. */
export function takeMongodb(options: DatabaseOptions): Promise<Database> {
  return firstThatIsThere<Database>(
    'MongoDB',
    [given(options), mongod(options), docker(options), standIn(options)],
    `Do one of these: set ${options.given.variable}; install mongod; start Docker; install Java and Maven ` +
      '(Debian, Ubuntu: apt-get install maven default-jdk-headless).',
  );
}

function given({ given: { variable, uri } }: DatabaseOptions): Link<Database> {
  return async () => {
    if (uri === undefined || uri === '') return { passed: `${variable} is not set` };
    const taken = `the one at ${new URL(uri).host}`;
    const leave = async (): Promise<void> => {};
    const reason = `${variable} is set`;
    return { peer: 'MongoDB', taken, reason, uri, standIn: false, pid: null, stop: leave, wipe: leave };
  };
}

function mongod({ folder }: DatabaseOptions): Link<Database> {
  return async (before) => {
    if (findCommand('mongod') === undefined) return { passed: 'mongod is not on PATH' };
    return ofProcess(await MongodbProcess.start({ folder, program: 'mongod' }), 'a private mongod', before);
  };
}

function standIn({ folder, say }: DatabaseOptions): Link<Database> {
  return async (before) => {
    const lacks = standInLacks();
    if (lacks !== undefined) return { passed: lacks };
    await fetchStandIn(say);
    const server = await MongodbProcess.start({ folder, program: 'stand-in' });
    return ofProcess(
      server,
      'the development stand-in, mongo-java-server 1.47.0 with H2 file storage',
      before,
    );
  };
}

function docker({ folder }: DatabaseOptions): Link<Database> {
  return async (before): Promise<Database | Passed> => {
    const engine = await dockerEngine();
    if ('missing' in engine) return { passed: engine.missing };
    const name = `relaypoint-mongodb-${folderKey(folder)}`;
    const port = await anyFreePort();
    const pid = await startContainer({ name, image: 'mongo:8', ports: { 27017: port }, data: '/data/db' });
    await untilReady({
      what: `the container ${name}`,
      milliseconds: 60_000,
      ready: () => answersPing(port),
      alive: () => true,
      explain: () => `see: docker logs ${name}`,
    });
    return {
      peer: 'MongoDB',
      taken: `a container of mongo:8 on Docker ${engine.version}`,
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

/** The same server with a database name, where the URI has none. */
export function withDatabase(uri: string, database: string): string {
  // not by URL: a URI may list several hosts, which URL refuses
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(\/[^?]*)?(\?.*)?$/.exec(uri);
  if (match === null) throw new Error('not a MongoDB URI');
  const [, server = '', path = '', query = ''] = match;
  return path.length > 1 ? uri : `${server}/${database}${query}`;
}

/** The folder for a database below a state folder. */
export function mongodbFolder(state: string): string {
  return join(state, 'mongodb');
}
