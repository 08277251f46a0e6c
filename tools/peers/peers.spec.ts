/** Starts peers of its own from the programs that `npm test` gets: @needs peers */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnusablePeer, firstThatIsThere, isOlder } from './choices.ts';
import { containerArguments } from './docker-engine.ts';
import { withDatabase } from '../mongodb-uri.ts';
import { MongodbProcess, answersPing } from './mongodb-process.ts';
import { anyFreePort, nextFreePort, portIsFree } from './ports.ts';
import { managementBeside } from './rabbitmq.ts';
import { RabbitmqNode } from './rabbitmq-node.ts';

describe('the chain of a peer', () => {
  const said: string[] = [];
  const options = { whatToDo: 'Install one.', say: (line: string) => void said.push(line) };
  beforeEach(() => said.splice(0));

  const there = { peer: 'Thing', taken: 'the second', pid: null, stop: async () => {}, wipe: async () => {} };

  it('takes the first that is there and tells why not the ones before', async () => {
    const found = await firstThatIsThere(
      'Thing',
      [
        async () => ({ passed: 'no first' }),
        async (before) => ({ ...there, reason: before.join('; ') }),
        async () => Promise.reject(new Error('the third must not be asked')),
      ],
      options,
    );
    expect(found).toMatchObject({ taken: 'the second', reason: 'no first' });
  });

  it('tells every reason and what to do when none is there', async () => {
    const links = [async () => ({ passed: 'no first' }), async () => ({ passed: 'no second' })];
    await expect(firstThatIsThere('Thing', links, options)).rejects.toThrow(
      'There is no Thing: no first; no second.\nInstall one.',
    );
  });

  it('passes over one that fails, and says so with its details', async () => {
    const links = [
      async () => Promise.reject(new Error('it ended while it started:\nlast line')),
      async (before: readonly string[]) => ({ ...there, reason: before.join('; ') }),
    ];
    const found = await firstThatIsThere('Thing', links, options);
    expect(found.reason).toBe('it ended while it started');
    expect(said).toEqual(['Thing: it ended while it started:\n  last line']);
  });

  it('takes nothing in place of one that was given and cannot be used', async () => {
    const links = [
      async () => Promise.reject(new UnusablePeer('nobody answers')),
      async () => ({ ...there, reason: '' }),
    ];
    await expect(firstThatIsThere('Thing', links, options)).rejects.toThrow('nobody answers');
  });

  it('asks no further link when it is to end', async () => {
    const ending = new AbortController();
    const links = [
      async () => {
        ending.abort();
        return { passed: 'no first' };
      },
      async () => ({ ...there, reason: '' }),
    ];
    await expect(firstThatIsThere('Thing', links, { ...options, signal: ending.signal })).rejects.toThrow(
      'stopped before there was a Thing',
    );
  });

  it.each([
    ['4.4.29', '5.0', true],
    ['5.0.0', '5.0', false],
    ['3.9.27', '3.10', true],
    ['3.10.8', '3.10', false],
    ['17', '17.0', false],
    ['11.0.2', '17.0', true],
  ])('knows whether %s is older than %s', (version, wanted, older) => {
    expect(isOlder(version, wanted)).toBe(older);
  });
});

describe('addresses of peers', () => {
  it.each([
    ['mongodb://h:1', 'mongodb://h:1/relaypoint'],
    ['mongodb://h:1/', 'mongodb://h:1/relaypoint'],
    ['mongodb://u:p@a:1,b:2/?replicaSet=r', 'mongodb://u:p@a:1,b:2/relaypoint?replicaSet=r&authSource=admin'],
    ['mongodb://h?w=1', 'mongodb://h/relaypoint?w=1'],
    ['mongodb+srv://h/other?w=1', 'mongodb+srv://h/other?w=1'],
  ])('%s means the database %s', (given, meant) => {
    expect(withDatabase(given, 'relaypoint')).toBe(meant);
  });

  it('expect the management plugin beside the broker', () => {
    expect(managementBeside('amqp://u:p@broker:5672/v')).toBe('http://u:p@broker:15672');
    expect(managementBeside('amqps://broker')).toBe('https://guest:guest@broker:15671');
  });

  it('pass over a port in use', async () => {
    const port = await anyFreePort();
    const server = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await portIsFree(port)).toBe(false);
    expect(await nextFreePort(port)).toBeGreaterThan(port);
    await new Promise((resolve) => server.close(resolve));
    expect(await nextFreePort(port)).toBe(port);
  });

  it('give a container loopback ports and a volume of its own', () => {
    const args = containerArguments({
      name: 'rp',
      image: 'mongo:8',
      ports: { 27017: 20001 },
      data: '/data/db',
      env: { A: 'b' },
    });
    expect(args.join(' ')).toBe(
      'run --detach --name rp --publish 127.0.0.1:20001:27017 --volume rp-data:/data/db --env A mongo:8',
    );
  });
});

describe('peers of our own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'peers-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('a RabbitMQ node comes back with its queues after it was killed', async () => {
    const node = await RabbitmqNode.start({ folder: join(folder, 'rabbitmq') });
    try {
      const { pid } = node;
      const url = new URL(node.managementUrl);
      const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
      const queue = `http://${url.host}/api/queues/%2F/kept`;
      const headers = { authorization, 'content-type': 'application/json' };
      await fetch(queue, { method: 'PUT', headers, body: '{"durable":true}' });
      await node.kill();
      expect(node.pid).toBeUndefined();
      await node.restart();
      expect(node.pid).not.toBe(pid);
      expect((await fetch(queue, { headers })).status).toBe(200);
      const again = await RabbitmqNode.start({ folder: node.folder });
      expect([again.pid, again.amqpUrl]).toEqual([node.pid, node.amqpUrl]);
      expect(await node.ctl('list_queues', 'name', '--quiet')).toContain('kept');
    } finally {
      await node.wipe();
    }
  }, 120_000);

  it('a MongoDB comes back on its port after it was killed', async () => {
    const program = process.env.MONGODB_STAND_IN === '1' ? 'stand-in' : 'mongod';
    const server = await MongodbProcess.start({ folder: join(folder, 'mongodb'), program });
    try {
      const port = Number(new URL(server.uri).port);
      expect(await answersPing(port)).toBe(true);
      await server.kill();
      expect(await answersPing(port)).toBe(false);
      await server.restart();
      expect(await answersPing(port)).toBe(true);
    } finally {
      await server.wipe();
    }
  }, 120_000);
});
