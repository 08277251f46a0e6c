import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findCommand, untilReady } from './background.ts';
import { type Link, type Peer, firstThatIsThere } from './choices.ts';
import { dockerEngine, removeContainer, startContainer, wipeContainer } from './docker-engine.ts';
import { folderKey } from './mongodb.ts';
import { anyFreePort } from './ports.ts';
import { RabbitmqNode, findRabbitmq } from './rabbitmq-node.ts';

const run = promisify(execFile);

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
  readonly say: (line: string) => void;
}

/** The first that is there: given by a variable → rabbitmq-server → Docker → apt-get as root on Debian or Ubuntu. */
export function takeRabbitmq(options: BrokerOptions): Promise<Broker> {
  return firstThatIsThere<Broker>(
    'RabbitMQ',
    [given(options), privateNode(options), docker(options), installed(options)],
    `Do one of these: set ${options.given.variable}; install rabbitmq-server ` +
      '(Debian, Ubuntu: apt-get install rabbitmq-server; macOS: brew install rabbitmq); start Docker.',
  );
}

function given({ given: { variable, amqpUrl, managementUrl } }: BrokerOptions): Link<Broker> {
  return async () => {
    if (amqpUrl === undefined || amqpUrl === '') return { passed: `${variable} is not set` };
    return {
      peer: 'RabbitMQ',
      taken: `the one at ${new URL(amqpUrl).host}`,
      reason: `${variable} is set`,
      amqpUrl,
      managementUrl: managementUrl ?? managementBeside(amqpUrl),
      pid: null,
      stop: async () => {},
      wipe: async () => {},
    };
  };
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

async function startNode({ folder, user }: BrokerOptions, before: readonly string[]): Promise<Broker> {
  const node = await RabbitmqNode.start({ folder, user: user?.name, password: user?.password });
  return {
    peer: 'RabbitMQ',
    taken: `a private node of RabbitMQ ${await versionOf(node.managementUrl)}`,
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

function docker({ folder, user }: BrokerOptions): Link<Broker> {
  return async (before) => {
    const engine = await dockerEngine();
    if ('missing' in engine) return { passed: engine.missing };
    const name = `relaypoint-rabbitmq-${folderKey(folder)}`;
    const { name: login, password } = user ?? keptUser(folder);
    const [amqp, management] = [await anyFreePort(), await anyFreePort()];
    const pid = await startContainer({
      name,
      image: 'rabbitmq:4-management',
      hostname: 'relaypoint',
      ports: { 5672: amqp, 15672: management },
      data: '/var/lib/rabbitmq',
      env: { RABBITMQ_DEFAULT_USER: login, RABBITMQ_DEFAULT_PASS: password },
    });
    const managementUrl = `http://${login}:${password}@127.0.0.1:${management}`;
    await untilReady({
      what: `the container ${name}`,
      milliseconds: 90_000,
      ready: () => versionOf(managementUrl).then(Boolean, () => false),
      alive: () => true,
      explain: () => `see: docker logs ${name}`,
    });
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
    if (process.getuid?.() !== 0) return { passed: 'not root, so it cannot be installed' };
    if (findCommand('apt-get') === undefined)
      return { passed: 'this is not Debian or Ubuntu, so it cannot be installed' };
    options.say('installing rabbitmq-server by apt-get (its service is not started)');
    const keepsServicesDown = withoutServiceStart();
    try {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      await run('apt-get', ['update', '-qq'], { env }).catch(() => undefined);
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'rabbitmq-server'], { env });
    } catch (error) {
      return {
        passed: `apt-get install failed: ${String((error as { stderr?: string }).stderr)
          .trim()
          .split('\n')
          .at(-1)}`,
      };
    } finally {
      await keepsServicesDown();
    }
    return startNode(options, [...before, 'installed now']);
  };
}

/** Debian starts a service when its package is installed, unless policy-rc.d says no (invoke-rc.d(8)). */
function withoutServiceStart(): () => Promise<void> {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return async () => {};
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return async () => {
    await run('rm', ['-f', policy]);
  };
}

/** The folder for a broker below a state folder. */
export function rabbitmqFolder(state: string): string {
  return join(state, 'rabbitmq');
}
