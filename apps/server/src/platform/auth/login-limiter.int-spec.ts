import { DomainError } from '#domain';
import { LoginAttemptsRepository } from '#persistence';
import { isDatabaseAway } from '#runtime';
import { databaseOn, firstHost, throughPort } from '../../../../../tools/mongodb-uri.js';
import { TcpProxy } from '../../../../../tools/testing/tcp-gate.js';
import { openStage, type Stage } from '../../../../../libs/persistence/testing/stage.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import type { ServerEnv } from '../config/server-env.js';
import type { ServerKeys } from '../keys/server-keys.js';
import { LoginLimiter } from './login-limiter.js';

const BASE = process.env['RELAYPOINT_TEST_MONGODB_URI'] ?? '';
const env = { LOGIN_LIMIT: 10 } as ServerEnv;
/** What two servers of one installation derive alike. */
const keys = {
  token: (...parts: string[]) => Buffer.from(parts.join('|')).toString('base64url'),
} as ServerKeys;

describe('the limits of logins', () => {
  const stages: Stage[] = [];
  let first: Stage;
  let count = 0;

  const server = (stage: Stage): LoginLimiter =>
    new LoginLimiter(stage.get(LoginAttemptsRepository), keys, env);
  /** A connection of another process to the same database. */
  const beside = async (through = (uri: string) => uri): Promise<Stage> => {
    const stage = await openStage({ serverSelectionTimeoutMS: 1_000 }, () =>
      through(databaseOn(BASE, first.connection.name)),
    );
    stages.push(stage);
    return stage;
  };
  const isLetIn = async (limiter: LoginLimiter, user: string, address: string): Promise<boolean> => {
    try {
      await limiter.begin(user, address);
      return true;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'RATE_LIMITED') return false;
      throw error;
    }
  };
  const fresh = (what: string): string => `${what}-${(count += 1)}`;

  beforeAll(async () => {
    first = await openStage();
  }, 60_000);
  afterAll(async () => {
    for (const stage of stages) await stage.close();
    await first.close();
  }, 60_000);

  it('let a user fail five times, then wait longer each time', async () => {
    const limiter = server(first);
    const user = fresh('eve');
    for (let failure = 0; failure < 5; failure += 1)
      expect(await isLetIn(limiter, user, fresh('a'))).toBe(true);
    const waits: number[] = [];
    for (let failure = 0; failure < 3; failure += 1) {
      const started = performance.now();
      expect(await isLetIn(limiter, user, fresh('a'))).toBe(false);
      await eventually(async () => expect(await isLetIn(limiter, user, fresh('a'))).toBe(true), {
        timeoutMs: 20_000,
      });
      waits.push(performance.now() - started);
    }
    expect(waits[0]).toBeGreaterThan(500);
    expect(waits[1]).toBeGreaterThan(1_500);
    expect(waits[2]).toBeGreaterThan(3_500);
  });

  it('are the same for two servers, and a restart forgets nothing', async () => {
    const [a, b] = [server(first), server(await beside())];
    const user = fresh('eve');
    for (let failure = 0; failure < 5; failure += 1) {
      expect(await isLetIn(failure % 2 ? a : b, failure % 2 ? user : user.toUpperCase(), fresh('a'))).toBe(
        true,
      );
    }
    // three more, so that the wait is longer than a slow machine takes to ask
    for (let failure = 0; failure < 3; failure += 1) {
      await eventually(async () => expect(await isLetIn(a, user, fresh('a'))).toBe(true), {
        timeoutMs: 20_000,
      });
    }
    expect([await isLetIn(a, user, fresh('a')), await isLetIn(b, user, fresh('a'))]).toEqual([false, false]);
    const address = fresh('192.0.2');
    for (let failure = 0; failure < 10; failure += 1) {
      expect(await isLetIn(failure % 2 ? a : b, fresh('user'), address)).toBe(true);
    }
    // what is refused is no failure: it puts nothing off
    for (let refused = 0; refused < 20; refused += 1)
      expect(await isLetIn(a, fresh('user'), address)).toBe(false);
    await a.succeeded(fresh('user'), address);
    expect([await isLetIn(b, fresh('user'), address), await isLetIn(b, fresh('user'), address)]).toEqual([
      true,
      false,
    ]);
    const restarted = server(await beside());
    expect(await isLetIn(restarted, fresh('user'), address)).toBe(false);
    expect(await isLetIn(restarted, fresh('user'), fresh('192.0.2'))).toBe(true);
  });

  it('count tries that are still under way, on all servers: many at once gain nothing', async () => {
    const servers = [server(first), server(await beside())];
    const user = fresh('eve');
    const tries = await Promise.all(
      Array.from({ length: 60 }, (_, i) => isLetIn(servers[i % 2] as LoginLimiter, user, fresh('a'))),
    );
    // a slow machine may come to the end of the first wait meanwhile
    expect(tries.filter(Boolean).length).toBeGreaterThanOrEqual(4);
    expect(tries.filter(Boolean).length).toBeLessThanOrEqual(7);
  });

  it('begin anew with the right password, which is no failure of its address', async () => {
    const limiter = server(first);
    const [user, address] = [fresh('eve'), fresh('192.0.2')];
    for (let login = 0; login < 25; login += 1) {
      expect(await isLetIn(limiter, user, address)).toBe(true);
      await limiter.succeeded(user, address);
    }
  });

  it('let nobody in while the database is away, and hold nobody up for it afterwards', async () => {
    const gate = await TcpProxy.open(firstHost(BASE));
    const limiter = server(await beside((uri) => throughPort(uri, gate.port)));
    const [user, address] = [fresh('eve'), fresh('192.0.2')];
    await limiter.begin(user, address);
    gate.goAway();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const fault = await limiter.begin(user, address).then(
        () => 'let in',
        (error: unknown) => error,
      );
      expect(isDatabaseAway(fault)).toBe(true);
    }
    gate.comeBack();
    await eventually(async () => expect(await isLetIn(limiter, user, address)).toBe(true), {
      timeoutMs: 20_000,
    });
    await gate.close();
  });

  it('keep no name that was typed: it may have been a password', async () => {
    const typed = fresh('correct horse battery');
    const real = { token: () => 'derived' } as unknown as ServerKeys;
    await new LoginLimiter(first.get(LoginAttemptsRepository), real, env).begin(typed, fresh('a'));
    const stored = await first.connection.collection('loginAttempts').find().toArray();
    expect(JSON.stringify(stored)).toContain('user:derived');
    expect(JSON.stringify(stored)).not.toContain(typed);
  });
});
