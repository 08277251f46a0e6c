import type { KeyObject } from 'node:crypto';
import { type DpIdentity, IDENTITY_CACHE_LIMITS, IdentityCache } from './identity-cache.js';

const identityOf = (dp: string, status: DpIdentity['status'] = 'enabled'): DpIdentity => ({
  dp,
  status,
  signingKey: 'k',
  key: {} as KeyObject,
  settings: { pollInterval: 60, pollJitter: 10, longPoll: true },
});

/** A server that answers when it is told to. */
class Server {
  readonly asked: { dp: string; answer: (identity: DpIdentity | null) => void; fail: () => void }[] = [];
  readonly fetch = (dp: string): Promise<DpIdentity | null> =>
    new Promise((resolve, reject) => {
      this.asked.push({ dp, answer: resolve, fail: () => reject(new Error('server away')) });
    });
}

describe('the cache of identities', () => {
  let server: Server;
  let now: number;
  let chance: number;
  let cache: IdentityCache;

  beforeEach(() => {
    server = new Server();
    now = 1_000;
    chance = 0;
    cache = new IdentityCache(
      server.fetch,
      () => now,
      { ...IDENTITY_CACHE_LIMITS, maxEntries: 3 },
      () => chance,
    );
    cache.startListening();
  });

  const learn = async (identity: DpIdentity | null, dp = 'berlin'): Promise<void> => {
    const getting = cache.get(dp);
    server.asked.at(-1)!.answer(identity);
    await getting;
  };

  it('asks once for calls that miss at the same time, and not again for five minutes', async () => {
    const calls = [cache.get('berlin'), cache.get('berlin'), cache.get('berlin')];
    expect(server.asked).toHaveLength(1);
    const identity = identityOf('berlin');
    server.asked[0]!.answer(identity);
    expect(await Promise.all(calls.map((call) => Promise.resolve(call)))).toEqual([
      identity,
      identity,
      identity,
    ]);
    now += 299_999;
    expect(cache.get('berlin')).toBe(identity);
    now += 1;
    void cache.get('berlin');
    expect(server.asked).toHaveLength(2);
  });

  it('asks somewhat sooner for some, so that not all are asked for at once', async () => {
    chance = 0.999;
    await learn(identityOf('berlin'));
    now += 225_000;
    expect(cache.get('berlin')).toMatchObject({ dp: 'berlin' });
    now += 1_000;
    void cache.get('berlin');
    expect(server.asked).toHaveLength(2);
  });

  it('asks again as soon as the DP changed', async () => {
    await learn(identityOf('berlin'));
    cache.drop('berlin');
    const fresh = cache.get('berlin');
    expect(server.asked).toHaveLength(2);
    server.asked[1]!.answer(identityOf('berlin', 'disabled'));
    expect((await fresh)?.status).toBe('disabled');
  });

  it('never keeps an answer that was on its way when the DP changed', async () => {
    const before = cache.get('berlin');
    cache.drop('berlin');
    const after = cache.get('berlin');
    expect(server.asked).toHaveLength(2);
    server.asked[1]!.answer(identityOf('berlin', 'disabled'));
    await after;
    server.asked[0]!.answer(identityOf('berlin', 'enabled'));
    expect((await before)?.status).toBe('enabled');
    expect(cache.get('berlin')).toMatchObject({ status: 'disabled' });
  });

  it('forgets everything when it hears again', async () => {
    await learn(identityOf('berlin'));
    await learn(identityOf('hamburg'), 'hamburg');
    cache.startListening();
    expect(cache.size).toBe(0);
  });

  it('trusts what it knows for half a second only while it hears no changes', async () => {
    await learn(identityOf('berlin'));
    cache.stopListening();
    now += 499;
    expect(cache.get('berlin')).toMatchObject({ dp: 'berlin' });
    now += 1;
    void cache.get('berlin');
    expect(server.asked).toHaveLength(2);
  });

  it('remembers for a moment only that a DP does not exist', async () => {
    await learn(null);
    now += 1_499;
    expect(cache.get('berlin')).toBeNull();
    now += 1;
    void cache.get('berlin');
    expect(server.asked).toHaveLength(2);
  });

  it('remembers no failure', async () => {
    const failing = cache.get('berlin');
    server.asked[0]!.fail();
    await expect(failing).rejects.toThrow('server away');
    void cache.get('berlin');
    expect(server.asked).toHaveLength(2);
  });

  it('is bounded', async () => {
    for (const dp of ['a', 'b', 'c', 'd']) await learn(identityOf(dp), dp);
    expect(cache.size).toBe(3);
    expect(cache.get('d')).toMatchObject({ dp: 'd' });
    void cache.get('a');
    expect(server.asked.at(-1)!.dp).toBe('a');
    expect(server.asked).toHaveLength(5);
  });
});
