import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { EnvironmentFault, envFlag, httpEnv, readEnv } from './env.js';

const schema = z.object({
  ...httpEnv,
  AMQP_URL: z.url(),
  MONGODB_STAND_IN: envFlag.default(false),
  RELAYPOINT_STATE: z.string().default('nowhere'),
});
const read = (source: NodeJS.ProcessEnv): z.infer<typeof schema> =>
  readEnv(schema, { AMQP_URL: 'amqp://relaypoint:secret@broker', ...source });

describe('the environment', () => {
  it('is read once, and frozen; what is set to nothing counts as absent', () => {
    const env = read({ HOST: '', TRUST_PROXY: '' });
    expect(env).toMatchObject({ HOST: '127.0.0.1', TRUST_PROXY: false });
    expect(Object.isFrozen(env)).toBe(true);
  });

  it('is refused with the name of every variable that is wrong', () => {
    const wrong = (): unknown => read({ AMQP_URL: 'broker', LOG_LEVEL: 'loud', METRICS_TOKEN: 'short' });
    expect(wrong).toThrow(EnvironmentFault);
    for (const name of ['AMQP_URL', 'LOG_LEVEL', 'METRICS_TOKEN']) expect(wrong).toThrow(name);
  });

  it.each([
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8, fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
    ['loopback', ['loopback']],
  ])('believes the proxies %s', (text, proxies) =>
    expect(read({ TRUST_PROXY: text }).TRUST_PROXY).toEqual(proxies),
  );

  it.each(['true', 'proxy.example', '10.0.0.1/33', '10.0.0.1/', '10.0.0.0/8/8', '::1/129', '10.0.0.1,'])(
    'believes no proxy %s: everybody could say where they are',
    (text) => expect(() => read({ TRUST_PROXY: text })).toThrow('TRUST_PROXY'),
  );
});

describe('in production', () => {
  const folder = mkdtempSync(join(tmpdir(), 'env-'));
  writeFileSync(join(folder, 'dev.json'), '{}');
  afterAll(() => rmSync(folder, { recursive: true }));

  const demo = { AMQP_URL: 'amqp://guest:guest@broker', MONGODB_STAND_IN: '1', RELAYPOINT_STATE: folder };

  it('nothing starts with what a demonstration was started with, and says all of it', () => {
    const start = (): unknown => read({ ...demo, NODE_ENV: 'production' });
    for (const name of Object.keys(demo)) expect(start).toThrow(name);
    expect(start).not.toThrow('guest:guest');
  });

  it('own secrets are taken', () => {
    expect(read({ NODE_ENV: 'production' }).AMQP_URL).toContain('relaypoint');
  });

  it('and only there: a demonstration starts elsewhere', () => {
    expect(read(demo).MONGODB_STAND_IN).toBe(true);
  });
});
