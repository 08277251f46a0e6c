import type { WireOrder, WireRelease } from '#contract';
import { describeAsRoot } from '../../../../../tools/testing/as-root.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { WindowsSite } from '../../../testing/windows.js';
import { succeeded } from '../../../testing/succeeded.js';

// What breaks off in the middle of a push: the agent, the connection, the computer, the order. Each order ends once.
/** Kills in each phase, and of each other kind; `npm run test:windows-kills` has twenty. */
const RUNS = Number(process.env.RELAYPOINT_TEST_KILL_RUNS ?? 1);
jest.setTimeout(RUNS * 180_000 + 420_000);

const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 120_000 });

let site: WindowsSite;
let release: WireRelease;
let held: WireRelease;
beforeAll(async () => {
  // a lost connection is tried for a while
  site = await WindowsSite.start(1, { reconnectSeconds: 120 });
  release = await site.release('1.4.0');
  held = await site.release('1.4.0', 'TESTHOLD=1');
});
afterAll(() => site.stop());

const order = (changes: Partial<WireOrder> = {}) => site.order(1, { kind: 'reinstall', release, ...changes });
const ends = (given: WireOrder) =>
  new Set(
    site.gateway
      .reportsOf(given.order)
      .filter(({ state }) => ['succeeded', 'failed', 'cancelled'].includes(state))
      .map(({ report }) => report),
  );

async function killedAgent(): Promise<void> {
  await site.agent.stop('SIGKILL');
  site.agent.start();
}

/**
 * It got through, was told once, left no service, and its client has registered. How often that asks is its own affair: it asks
 * again when an answer did not reach it.
 */
async function endedOnce(given: WireOrder): Promise<void> {
  expect(succeeded(await site.ended(given))).toMatchObject({ state: 'succeeded', attempt: 1 });
  await site.cleaned(1, given);
  await soon(() => {
    const tokens = site.gateway.registeredAs('PC-1').map(({ token }) => token);
    if (!tokens.includes(given.registration?.token ?? ''))
      throw new Error(`${given.order} has not registered, only ${tokens.join()}\n${site.windows.logs(1)}`);
  });
  expect(ends(given).size).toBe(1);
}

/** Kills the agent at a moment of an order, as often as is asked for; each time the order ends once. */
async function eachTime(moment: (given: WireOrder, run: number) => Promise<void>): Promise<void> {
  for (let run = 0; run < RUNS; run += 1) {
    const given = order();
    site.gateway.give(given);
    try {
      await moment(given, run);
      await killedAgent();
      await endedOnce(given);
    } catch (error) {
      const { files, services } = await site.left(1);
      console.log(`run ${run + 1}: ${given.order}\n${files.join('\n')}\n${services}\n${site.agent.output}`);
      throw error;
    }
  }
}

describeAsRoot('an order ends once when the agent is killed', () => {
  it.each(['reach', 'auth', 'stage', 'check', 'install'])('in the phase %s', (phase) =>
    eachTime((given) =>
      soon(() => {
        const reached = site.gateway.reportsOf(given.order).some((report) => report.phase === phase);
        if (!reached) throw new Error(`${given.order} is not in ${phase}`);
      }),
    ),
  );

  // what a phase is made of: folders, access rights, files, a service, its start, the registration that is handed over
  it.each([0.7, 1.6, 2.6])('some %s s after it came', (seconds) =>
    eachTime(async (given, run) => {
      await soon(() => expect(site.gateway.reportsOf(given.order).length).toBeGreaterThan(0));
      const spread = RUNS > 1 ? (run / RUNS) * 0.9 : 0;
      await new Promise((resolve) => setTimeout(resolve, (seconds + spread) * 1000));
    }),
  );

  it('while the installer runs, which runs on and is found again', async () => {
    for (let run = 0; run < RUNS; run += 1) {
      site.hold(1);
      const given = order({ release: held });
      site.gateway.give(given);
      await soon(() => expect(site.runs(1)).toBe(1));
      await killedAgent();
      await soon(() =>
        expect(site.agent.output).toMatch(new RegExp(`"order":"${given.order}".*order resumed`)),
      );
      site.letGo(1);
      await endedOnce(given);
      expect(site.runs(1)).toBe(1);
    }
  });
});

describeAsRoot('an installation', () => {
  it('is waited for over a connection that was cut', async () => {
    site.hold(1);
    const given = order({ release: held });
    site.gateway.give(given);
    await soon(() => expect(site.runs(1)).toBe(1));
    // cuts what is connected to the computer's shares
    await site.windows.fault(1, 'noshare');
    await site.windows.fault(1, 'none');
    site.letGo(1);
    expect(succeeded(await site.ended(given))).toMatchObject({ state: 'succeeded' });
    expect(site.runs(1)).toBe(1);
  });

  it('that is cancelled is ended, and its service with it', async () => {
    site.hold(1);
    const given = order({ release: held });
    site.gateway.give(given);
    await soon(() => expect(site.runs(1)).toBe(1));
    site.gateway.tell('cancel', given);
    expect(await site.ended(given)).toMatchObject({ state: 'cancelled' });
    await site.cleaned(1, given);
    site.letGo(1);
  });

  it('that takes longer than its order allows is ended', async () => {
    site.hold(1);
    const deadline = new Date(Date.now() + 20_000).toISOString();
    const given = order({ release: held, deadline });
    const report = await site.outcome(given);
    expect(report).toMatchObject({
      state: 'failed',
      phase: 'install',
      failure: { code: 'INSTALL_TIMEOUT' },
    });
    expect(site.runs(1)).toBe(1);
    site.letGo(1);
  });

  it('whose computer loses its power has an unknown outcome until the computer is seen again', async () => {
    site.hold(1);
    const given = order({ release: held });
    site.gateway.give(given);
    await soon(() => expect(site.runs(1)).toBe(1));
    await site.windows.off(1);
    expect(ends(given).size).toBe(0);
    await site.windows.on(1);
    expect(await site.ended(given)).toMatchObject({
      state: 'failed',
      phase: 'install',
      failure: { code: 'OUTCOME_UNKNOWN' },
    });
    site.letGo(1);
  });
});
