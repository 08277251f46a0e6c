import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { parse } from 'yaml';
import { MONGODB_VERSION } from './peers/mongod-download.ts';

const ROOT = join(__dirname, '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

interface Service {
  readonly image: string;
  readonly hostname?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ofOurs = services.filter(([, { image }]) => image.startsWith('relaypoint:'));

/** `docker compose config` itself needs Docker; this looks for what would go wrong later. */
describe('docker-compose.yml', () => {
  it('runs every part', () => {
    expect(services.map(([name]) => name).toSorted()).toEqual([
      'gateway',
      'importer',
      'mongodb',
      'rabbitmq',
      'server',
      'server-dp',
    ]);
  });

  it.each(ofOurs)(
    'starts %s from a program that exists, without rights and with a read-only file system',
    (_, service) => {
      const program = (service.command?.[0] ?? '').replace(/^dist\//, '').replace(/\.js$/, '.ts');
      expect(existsSync(join(ROOT, program))).toBe(true);
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(['ALL']);
    },
  );

  it.each(services)('%s names only volumes, networks and services that are declared', (_, service) => {
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect(existsSync(join(ROOT, source))).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
    for (const network of service.networks ?? []) expect(Object.keys(compose.networks)).toContain(network);
    for (const other of Object.keys(service.depends_on ?? {}))
      expect(Object.keys(compose.services)).toContain(other);
  });

  it.each(services.filter(([name]) => name !== 'server-dp'))(
    '%s has a health check',
    (_, { healthcheck }) => {
      expect(healthcheck?.test[0]).toBe('CMD');
    },
  );

  it('holds no secret, and says which one is missing', () => {
    const all = services.flatMap(([, { environment }]) => Object.entries(environment ?? {}));
    const secrets = all.filter(([name]) => /PASS|TOKEN/.test(name)).map(([, value]) => String(value));
    const urls = all.filter(([, value]) => String(value).includes('@')).map(([, value]) => String(value));
    expect(secrets.filter((value) => !/^\$\{\w+:\?.+\}$/.test(value))).toEqual([]);
    expect(urls.filter((value) => !/:\$\{\w+:\?[^}]+\}@/.test(value))).toEqual([]);
    expect([secrets.length, urls.length]).toEqual([8, 6]);
  });

  it('asks for nothing that .env.example does not name', () => {
    const required = new Set(
      ['docker-compose.yml', 'docker-compose.monitoring.yml'].flatMap((file) =>
        Array.from(read(file).matchAll(/\$\{(\w+):\?/g), ([, name]) => name),
      ),
    );
    const named = Array.from(read('.env.example').matchAll(/^(\w+)=(.*)$/gm), ([, name, value]) => ({
      name,
      value,
    }));
    expect(new Set(named.map(({ name }) => name))).toEqual(required);
    expect(named.filter(({ value }) => value !== '')).toEqual([]);
  });

  it('keeps broker and database away from the gateway’s and the DPs’ door', () => {
    expect(compose.services.gateway?.environment).not.toHaveProperty('MONGODB_URI');
    expect(compose.services['server-dp']?.networks).not.toContain('inside');
    for (const peer of ['mongodb', 'rabbitmq']) expect(compose.services[peer]).not.toHaveProperty('ports');
  });
});

describe('MongoDB in docker-compose.yml', () => {
  const mongodb = compose.services['mongodb'];
  const uri = String(compose.services['server']?.environment?.['MONGODB_URI']);
  const script = (name: string): string => read(join('deploy', name));

  it('is one version, which does not change by itself', () => {
    expect(mongodb?.image).toBe(`mongo:${MONGODB_VERSION}`);
  });

  it('is a replica set, for writes that may be repeated and dumps of one moment', () => {
    const set = new URLSearchParams(uri.split('?').at(-1)).get('replicaSet');
    expect(mongodb?.entrypoint?.join(' ')).toContain(`--replSet ${set} --keyFile `);
    expect(script('mongodb-replica-set.js')).toContain(
      `_id: '${set}', members: [{ _id: 0, host: 'mongodb:27017' }]`,
    );
    expect(uri).toContain(`@${mongodb?.hostname}:27017/relaypoint?`);
  });

  it('has a user for each program that works in it, who may work in its database alone', () => {
    const made: object[] = [];
    const database = { getUser: () => null, createUser: (user: object) => made.push(user) };
    const process = { env: { MONGODB_SERVER_PASSWORD: 'one', MONGODB_IMPORTER_PASSWORD: 'two' } };
    const db = { getSiblingDB: (name: string) => (name === 'relaypoint' ? database : null) };
    new Script(script('mongodb-users.js')).runInNewContext({ db, process });
    const roles = [{ role: 'readWrite', db: 'relaypoint' }];
    expect(made).toEqual([
      { user: 'relaypoint-server', pwd: 'one', roles },
      { user: 'relaypoint-importer', pwd: 'two', roles },
    ]);
    for (const name of ['server', 'importer']) {
      const { [name]: service } = compose.services;
      const secret = mongodb?.environment?.[`MONGODB_${name.toUpperCase()}_PASSWORD`];
      expect(service?.environment?.['MONGODB_URI']).toContain(`mongodb://relaypoint-${name}:${secret}@`);
    }
    expect(mongodb?.environment?.['MONGO_INITDB_ROOT_PASSWORD']).toContain('MONGODB_ROOT_PASSWORD');
  });

  it('changes passwords where the users are there, and makes none without a password', () => {
    const changed: unknown[] = [];
    const database = { getUser: () => ({}), updateUser: (...user: unknown[]) => changed.push(user) };
    const run = (env: object): unknown =>
      new Script(script('mongodb-users.js')).runInNewContext({
        db: { getSiblingDB: () => database },
        process: { env },
      });
    run({ MONGODB_SERVER_PASSWORD: 'one', MONGODB_IMPORTER_PASSWORD: 'two' });
    expect(changed).toMatchObject([
      ['relaypoint-server', { pwd: 'one' }],
      ['relaypoint-importer', { pwd: 'two' }],
    ]);
    expect(() => run({})).toThrow('the password of relaypoint-server is not set');
  });

  it('makes them once for each container, so that changed passwords count, and again when they are gone', () => {
    const healthCheck = (container: Set<string>, userIsThere: boolean): number => {
      let loaded = 0;
      const database = {
        auth: () => undefined,
        hello: () => ({ setName: 'relaypoint', isWritablePrimary: true }),
        getUser: () => (userIsThere ? {} : null),
      };
      new Script(script('mongodb-replica-set.js')).runInNewContext({
        db: { getSiblingDB: () => database },
        process: { env: {} },
        require: () => ({
          existsSync: (path: string) => container.has(path),
          writeFileSync: (path: string) => container.add(path),
        }),
        load: () => (loaded += 1),
        quit: () => undefined,
      });
      return loaded;
    };
    const first = new Set<string>();
    expect(healthCheck(first, false)).toBe(1);
    expect(healthCheck(first, true)).toBe(0);
    expect(healthCheck(new Set(), true)).toBe(1);
    expect(healthCheck(first, false)).toBe(1);
  });

  it.each(['mongodb-users.js', 'mongodb-replica-set.js'])('runs %s, which is sound', (name) => {
    expect(() => new Script(script(name))).not.toThrow();
    expect(mongodb?.volumes?.some((volume) => volume.startsWith(`./deploy/${name}:`))).toBe(true);
  });
});

describe('RabbitMQ in docker-compose.yml', () => {
  const rabbitmq = compose.services['rabbitmq'];

  it('has an administrator whom no program knows, and a user for each program', () => {
    const secret = String(rabbitmq?.environment?.['RABBITMQ_DEFAULT_PASS']);
    expect(secret).toContain('RABBITMQ_ADMIN_PASSWORD');
    expect(rabbitmq?.volumes).toContain('./deploy/rabbitmq:/relaypoint:ro');
    expect(rabbitmq?.healthcheck?.test).toEqual(['CMD', 'sh', '/relaypoint/health.sh']);
    for (const name of ['server', 'gateway', 'importer']) {
      const environment = compose.services[name]?.environment;
      const own = rabbitmq?.environment?.[`RABBITMQ_${name.toUpperCase()}_PASSWORD`];
      expect(environment?.['AMQP_URL']).toBe(`amqp://relaypoint-${name}:${own}@rabbitmq:5672`);
      expect(JSON.stringify(environment)).not.toContain(secret);
    }
  });

  it('has them made in the virtual host that the programs use', () => {
    expect(read('deploy/rabbitmq/health.sh')).toContain('sh /relaypoint/users.sh / ');
  });

  it('has them made once for each container, and again when one of them is gone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'health-spec-'));
    const put = (name: string, text: string): void =>
      writeFileSync(join(folder, name), text, { mode: 0o755 });
    put('rabbitmq-diagnostics', '#!/bin/sh\n');
    put('rabbitmqctl', '#!/bin/sh\ncat "$(dirname "$0")/users"\n');
    put('users.sh', `echo made >> ${folder}/said\n`);
    put('said', '');
    const health = read('deploy/rabbitmq/health.sh')
      .replaceAll('/tmp/', `${folder}/`)
      .replaceAll('/relaypoint/', `${folder}/`);
    const timesMade = (...users: string[]): number => {
      put('users', `user\ttags\n${users.map((user) => `${user}\t[]\n`).join('')}`);
      execFileSync('sh', ['-c', health], { env: { PATH: `${folder}:${process.env['PATH']}` } });
      return readFileSync(join(folder, 'said'), 'utf8').split('made').length - 1;
    };
    const all = ['relaypoint-server', 'relaypoint-gateway', 'relaypoint-importer'];
    expect(timesMade('admin', ...all)).toBe(1);
    expect(timesMade('admin', ...all)).toBe(1);
    expect(timesMade('admin')).toBe(2);
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('deploy/password.sh', () => {
  const asked = (text: string, variable: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'password-spec-'));
    writeFileSync(join(folder, 'a.env'), text);
    const told = execFileSync('sh', [join(ROOT, 'deploy/password.sh'), join(folder, 'a.env'), variable]);
    rmSync(folder, { recursive: true, force: true });
    return told.toString().trim();
  };

  it('tells the password that a configuration has, and makes one where it has none yet', () => {
    const text = read('deploy/environment/server.env');
    expect(asked(text, 'AMQP_URL')).toMatch(/^[0-9a-f]{48}$/);
    expect(asked(text, 'AMQP_URL')).not.toBe(asked(text, 'AMQP_URL'));
    const set = text.replaceAll('PASSWORD@', 'mine@').replace('mine@127.0.0.1:27017', 'other@db:27017');
    expect(asked(set, 'AMQP_URL')).toBe('mine');
    expect(asked(set, 'MONGODB_URI')).toBe('other');
    expect(asked('AMQP_URL=amqp://u:one@h1:5672/v,amqp://u:one@h2:5672/v\n', 'AMQP_URL')).toBe('one');
  });
});

describe('the Dockerfile', () => {
  const text = read('Dockerfile');

  it('copies only what .dockerignore leaves', () => {
    const ignored = read('.dockerignore').split('\n').filter(Boolean);
    const copied = Array.from(text.matchAll(/^COPY (?!--from)(.+) \S+$/gm), ([, names = '']) =>
      names.split(' '),
    ).flat();
    for (const name of copied) {
      expect(existsSync(join(ROOT, name))).toBe(true);
      expect(ignored).not.toContain(name);
    }
  });

  it('ends as a user without rights, and without development packages', () => {
    const last = text.slice(text.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last).not.toContain('npm');
    expect(text).toContain('--omit=dev');
  });
});
