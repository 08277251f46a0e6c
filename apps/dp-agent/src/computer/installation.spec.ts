import type { WireOrder } from '#contract';
import type { HostFacts, RunState } from './host-facts.js';
import { Installation, type InstallationContext } from './installation.js';
import { StopControl } from './method.js';
import type { RemoteComputer } from './remote-computer.js';

const SEEN: HostFacts = {
  os: 'Linux',
  arch: 'x86_64',
  hostname: 'pc-1',
  bootId: 'boot-1',
  clientVersion: '',
  freeKiB: null,
  runs: new Map([[1, { is: 'running' }]]),
};

describe('an installer that is to end', () => {
  const DEADLINE = '2026-01-01T00:00:00.000Z';

  /** An installation that is found running, on a computer that says how it stands once it was asked to end. */
  const found = async (afterwards: RunState, stop: StopControl, now: number) => {
    const clean = jest.fn(() => Promise.resolve());
    const computer = {
      clean,
      wait: () => Promise.resolve({ state: { is: 'running' }, log: '' }),
      end: () => Promise.resolve({ state: afterwards, log: 'its words\n' }),
    } as Partial<RemoteComputer> as RemoteComputer;
    const context = {
      order: { order: 'order-1', attempt: 1, deadline: DEADLINE, release: null } as WireOrder,
      signal: stop.signal,
      leave: stop.leave,
      progress: () => Promise.resolve(),
      now: () => now,
      reconnectFor: 0,
    } as Partial<InstallationContext> as InstallationContext;
    const installation = new Installation(computer, context);
    const outcome = await installation.run(SEEN);
    await installation.clean();
    return { outcome, isCleaned: clean.mock.calls.length > 0 };
  };
  const cancelled = (afterwards: RunState) => {
    const stop = new StopControl();
    stop.stop('cancel');
    return found(afterwards, stop, Date.parse(DEADLINE) - 60_000);
  };
  const late = (afterwards: RunState) => found(afterwards, new StopControl(), Date.parse(DEADLINE) + 1);

  it('and does is cancelled, or too late', async () => {
    const outcome = { state: 'cancelled', log: 'its words\n' };
    expect(await cancelled({ is: 'dead' })).toEqual({ outcome, isCleaned: true });
    expect(await late({ is: 'dead' })).toMatchObject({
      outcome: { failure: { code: 'INSTALL_TIMEOUT' } },
      isCleaned: true,
    });
  });

  it.each([
    ['cancel', cancelled],
    ['deadline', late],
  ])('after its %s and runs on is said to, and its folder is not removed', async (_why, end) => {
    expect(await end({ is: 'running' })).toMatchObject({
      outcome: {
        failure: {
          code: 'OUTCOME_UNKNOWN',
          native: { code: 'not-ended', text: expect.stringContaining('its words') as string },
        },
      },
      isCleaned: false,
    });
  });
});
