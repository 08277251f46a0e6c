import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(__dirname, '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

interface Service {
  readonly image: string;
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
    for (const volume of service.volumes ?? [])
      expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
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
    expect([secrets.length, urls.length]).toEqual([3, 8]);
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
