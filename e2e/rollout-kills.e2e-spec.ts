import { startFleet, type Fleet } from '../tools/fleet/fleet.js';
import { eventually } from '../tools/testing/eventually.js';
import { expectServerErrors } from '../tools/testing/server-errors.js';
import { Stack } from './support/stack.js';

/** SIGKILLs of servers; `npm run bench rollouts` does a hundred. */
const KILLS = 10;
const ROUNDS = KILLS / 2;
const WAVE = 8;
const SIZE = 12;
/** Results that stop it: so many are handed out in any case. */
const MINIMUM = 3;
const VERSION = 'bad';
const PATIENCE = { timeoutMs: 90_000 };

interface Rollout {
  state: string;
  wave: number;
  counts: Record<'waiting' | 'underWay' | 'good' | 'bad' | 'absent' | 'skipped', number>;
}

/** A release that fails everywhere, two servers, and SIGKILL while it is started, handed out, reported and stopped. */
describe('rollouts whose servers are killed', () => {
  let stack: Stack;
  let fleet: Fleet;
  let computers: string[];

  // the gateway's answer while both servers are away
  expectServerErrors(503);

  beforeAll(async () => {
    stack = await Stack.start({ servers: 2 });
    // what is left lying here keeps its login for a minute
    await stack.api.ok('PATCH', '/settings', { accountLogins: 0 });
    fleet = await startFleet(
      {
        server: stack.serverUrls[0] ?? '',
        token: stack.token,
        prefix: 'kill',
        version: VERSION,
        computers: (ROUNDS + 1) * SIZE,
        dps: 2,
        fail: 100,
        failCodes: ['INSTALLER_FAILED'],
        off: 0,
        silent: 0,
        unregistered: 0,
        restart: 0,
        seconds: 0.5,
        capacity: 3,
        restarts: 0,
        for: 0,
      },
      () => undefined,
    );
    const found = await fleet.api.all<{ id: string }>(`/computers?import=${fleet.import}`);
    computers = found.map(({ id }) => id);
  }, 180_000);
  afterAll(async () => {
    await fleet?.stop();
    await stack?.stop();
  }, 60_000);

  const begin = async (round: number): Promise<string> => {
    const { id } = await fleet.api.post<{ id: string }>('/rollouts', {
      name: `Round ${round}`,
      release: VERSION,
      computers: computers.slice(round * SIZE, (round + 1) * SIZE),
      waves: [{ count: WAVE }],
      stops: [{ share: 10, minimum: MINIMUM }],
    });
    return id;
  };
  const get = (id: string): Promise<Rollout> => fleet.api.get<Rollout>(`/rollouts/${id}`);
  /** Killed when so many more were handed out than before, and started again at once. */
  const kill = async (index: number, from: number, handedOut: number): Promise<void> => {
    await eventually(
      () => expect(fleet.counts().handedOut - from).toBeGreaterThanOrEqual(handedOut),
      PATIENCE,
    );
    await stack.servers[index]?.kill();
    stack.servers[index]?.start();
  };
  /**
   * Stopped, and whatever a DP had of it has ended and is counted. An order may be claimed by an answer that its server
   * did not live to give: its DP gets it when it repeats the poll, and would count it with the next round.
   */
  const settled = (id: string, from: number): Promise<Rollout> =>
    eventually(async () => {
      const rollout = await get(id);
      for (const state of ['leased', 'running'])
        expect(await fleet.api.all(`/orders?state=${state}`)).toEqual([]);
      const { handedOut, failed } = fleet.counts();
      expect(failed).toBe(handedOut);
      expect(rollout).toMatchObject({ state: 'paused', counts: { bad: handedOut - from } });
      return rollout;
    }, PATIENCE);

  it('hand out no more than their first wave, and stay stopped', async () => {
    const stopped = new Map<string, Rollout>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = fleet.counts().handedOut;
      const id = await begin(round);
      await kill(round % 2, from, round % (MINIMUM + 1));
      await kill((round + 1) % 2, from, (2 * round + 1) % (MINIMUM + 1));
      for (const url of stack.serverUrls) await stack.ready(url);
      const rollout = await settled(id, from);
      const members = await fleet.api.all<{ startedAt: string | null }>(`/rollouts/${id}/members`);
      expect(members.filter(({ startedAt }) => startedAt !== null).length).toBeLessThanOrEqual(WAVE);
      expect(fleet.counts().handedOut - from).toBeLessThanOrEqual(WAVE);
      expect(rollout.wave).toBe(0);
      stopped.set(id, rollout);
    }
    // the last one shows that everything is at work again; nothing of those before goes out meanwhile
    const from = fleet.counts().handedOut;
    const last = await settled(await begin(ROUNDS), from);
    expect(fleet.counts().handedOut - from).toBeLessThanOrEqual(WAVE);
    expect(last.wave).toBe(0);
    for (const [id, { counts }] of stopped) expect(await get(id)).toMatchObject({ state: 'paused', counts });
    expect(fleet.faults()).toEqual([]);
    expect(await stack.deadLetters()).toEqual({});
  }, 300_000);
});
