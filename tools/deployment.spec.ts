import { existsSync, readFileSync } from 'node:fs';
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
    expect([secrets.length, urls.length]).toEqual([4, 8]);
  });

  it('asks for nothing that .env.example does not name', () => {
    const required = new Set(
      Array.from(read('docker-compose.yml').matchAll(/\$\{(\w+):\?/g), ([, name]) => name),
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

  it('has a user for the programs, who is not root', () => {
    const { MONGO_INITDB_ROOT_USERNAME: root, ...environment } = mongodb?.environment ?? {};
    const user = /^mongodb:\/\/(\w+):/.exec(uri)?.[1];
    expect(user).not.toBe(root);
    expect(script('mongodb-user.js')).toContain(`user: '${user}'`);
    expect(script('mongodb-user.js')).toContain("roles: [{ role: 'readWrite', db: 'relaypoint' }]");
    expect(uri).toContain(String(environment['RELAYPOINT_PASSWORD']));
  });

  it.each(['mongodb-user.js', 'mongodb-replica-set.js'])('runs %s, which is sound', (name) => {
    expect(() => new Script(script(name))).not.toThrow();
    expect(mongodb?.volumes?.some((volume) => volume.startsWith(`./deploy/${name}:`))).toBe(true);
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
