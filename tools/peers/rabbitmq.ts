import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { packagesNamed } from '../packages/list.ts';
import { providePackages } from '../packages/provide.ts';
import { type Link, type Passed, type Peer, UnusablePeer, firstThatIsThere, isOlder } from './choices.ts';
import { dockerEngine, removeContainer, startContainer, wipeContainer } from './docker-engine.ts';
import { folderKey } from './mongodb.ts';
import { anyFreePort } from './ports.ts';
import { RabbitmqNode } from './rabbitmq-node.ts';
import { findRabbitmq } from './rabbitmq-programs.ts';

/** A RabbitMQ to work with, with its management API. */
export interface Broker extends Peer {
  /** As given, or `amqp://user:password@host:port` without a virtual host. */
  readonly amqpUrl: string;
  /** `http://user:password@host:port`. */
  readonly managementUrl: string;
}

export interface BrokerOptions {
  /** Where a broker of our own keeps its data. */
  readonly folder: string;
  /** The variables that name a broker to use as it is, and their values. */
  readonly given: {
    readonly variable: string;
    readonly amqpUrl: string | undefined;
    readonly managementUrl: string | undefined;
  };
  /** The broker's user when it is made new; default: `relaypoint` with a random password. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Where packages are unpacked, when they are missing and this is not root. */
  readonly packages: string;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The oldest that is tried in the tests. */
const OLDEST_RABBITMQ = '3.10';

/** The first that is there: given by a variable → rabbitmq-server → Docker → the package of Debian or Ubuntu. */
export function takeRabbitmq(options: BrokerOptions): Promise<Broker> {
  const {
    given: { variable },
    say,
    signal,
  } = options;
  return firstThatIsThere<Broker>(
    'RabbitMQ',
    [given(options), privateNode(options), docker(options), installed(options)],
    { whatToDo: whatToDo(variable), say, signal },
  );
}

function whatToDo(variable: string): string {
  if (process.platform !== 'linux') return `Start Docker, or set ${variable} to a RabbitMQ of yours.`;
  return (
    `Do one of these: set ${variable}; install rabbitmq-server ${OLDEST_RABBITMQ} or later ` +
    '(Debian, Ubuntu: apt-get install rabbitmq-server); start Docker.'
  );
}

function given({ given: { variable, amqpUrl, managementUrl } }: BrokerOptions): Link<Broker> {
  return async () => {
    if (amqpUrl === undefined || amqpUrl === '') return { passed: `${variable} is not set` };
    const { host, version } = await ask(amqpUrl, variable);
    return {
      peer: 'RabbitMQ',
      taken: `RabbitMQ ${version} at ${host}`,
      reason: `${variable} is set`,
      amqpUrl,
      managementUrl: managementUrl ?? managementBeside(amqpUrl),
      pid: null,
      stop: async () => {},
      wipe: async () => {},
    };
  };
}

/** Who answers at a URL, the first of several: one sentence when nobody does, or one that is too old. */
async function ask(amqpUrl: string, variable: string): Promise<{ host: string; version: string }> {
  try {
    const [first = ''] = amqpUrl.split(',');
    const connection = await connect(first, { noDelay: true, timeout: 10_000 });
    const { version } = connection.connection.serverProperties;
    await connection.close();
    if (isOlder(version, OLDEST_RABBITMQ))
      throw new Error(`it is RabbitMQ ${version}, and Relaypoint wants ${OLDEST_RABBITMQ} or later`);
    return { host: new URL(first).host, version };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusablePeer(`${variable} is set, but that RabbitMQ cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

/** Where the management plugin of an AMQP URL's broker listens by default. */
export function managementBeside(amqpUrl: string): string {
  const { protocol, username, password, hostname } = new URL(amqpUrl);
  const [scheme, port] = protocol === 'amqps:' ? ['https', 15671] : ['http', 15672];
  return `${scheme}://${username || 'guest'}:${password || 'guest'}@${hostname}:${port}`;
}

function privateNode(options: BrokerOptions): Link<Broker> {
  return async (before) => {
    if (findRabbitmq() === undefined) return { passed: 'rabbitmq-server is not installed' };
    return startNode(options, before);
  };
}

async function startNode(
  { folder, user }: BrokerOptions,
  before: readonly string[],
): Promise<Broker | Passed> {
  const node = await RabbitmqNode.start({ folder, user: user?.name, password: user?.password });
  const version = await versionOf(node.managementUrl).catch(async (error: unknown) => {
    await node.stop();
    throw error;
  });
  if (isOlder(version, OLDEST_RABBITMQ)) {
    await node.stop();
    return { passed: `rabbitmq-server is ${version}, older than ${OLDEST_RABBITMQ}` };
  }
  return {
    peer: 'RabbitMQ',
    taken: `a private node of RabbitMQ ${version}`,
    reason: before.join('; '),
    amqpUrl: node.amqpUrl,
    managementUrl: node.managementUrl,
    get pid() {
      return node.pid ?? null;
    },
    restart: () => node.restart(),
    stop: () => node.stop(),
    wipe: () => node.wipe(),
  };
}

async function versionOf(managementUrl: string): Promise<string> {
  const url = new URL('/api/overview', managementUrl);
  const credentials = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  url.username = '';
  url.password = '';
  const answer = await fetch(url, { headers: { authorization: `Basic ${credentials}` } });
  if (!answer.ok) throw new Error(`the management API answers ${answer.status}`);
  const { rabbitmq_version: version } = (await answer.json()) as { rabbitmq_version?: string };
  return version ?? '(unknown version)';
}

function docker({ folder, user, say, signal }: BrokerOptions): Link<Broker> {
  return async (before) => {
    const engine = await dockerEngine();
    if ('missing' in engine) return { passed: engine.missing };
    const name = `relaypoint-rabbitmq-${folderKey(folder)}`;
    const { name: login, password } = user ?? keptUser(folder);
    const [amqp, management] = [await anyFreePort(), await anyFreePort()];
    const managementUrl = `http://${login}:${password}@127.0.0.1:${management}`;
    const pid = await startContainer(
      {
        name,
        image: 'rabbitmq:4-management',
        hostname: 'relaypoint',
        ports: { 5672: amqp, 15672: management },
        data: '/var/lib/rabbitmq',
        env: { RABBITMQ_DEFAULT_USER: login, RABBITMQ_DEFAULT_PASS: password },
      },
      { say, signal, milliseconds: 90_000, ready: () => versionOf(managementUrl).then(Boolean, () => false) },
    );
    return {
      peer: 'RabbitMQ',
      taken: `a container of rabbitmq:4-management on Docker ${engine.version}`,
      reason: before.join('; '),
      amqpUrl: `amqp://${login}:${password}@127.0.0.1:${amqp}`,
      managementUrl,
      pid: pid || null,
      stop: () => removeContainer(name),
      wipe: () => wipeContainer(name),
    };
  };
}

/** The user of a container's volume: made once, as the volume keeps its first one. */
function keptUser(folder: string): { name: string; password: string } {
  const file = join(folder, 'docker-user.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as { name: string; password: string };
  const user = { name: 'relaypoint', password: randomBytes(18).toString('base64url') };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(user), { mode: 0o600 });
  return user;
}

function installed(options: BrokerOptions): Link<Broker> {
  return async (before) => {
    const { packages, say, signal } = options;
    const provided = await providePackages(packagesNamed('rabbitmq-server'), {
      folder: packages,
      say,
      signal,
    });
    if ('passed' in provided) return { passed: provided.passed };
    if (findRabbitmq() === undefined) return { passed: 'the system has no package rabbitmq-server' };
    return startNode(options, before);
  };
}

/** The folder for a broker below a state folder. */
export function rabbitmqFolder(state: string): string {
  return join(state, 'rabbitmq');
}
