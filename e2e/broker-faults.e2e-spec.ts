import { eventually } from '../tools/testing/eventually.js';
import { ForeignDp } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';
import { expectServerErrors } from '../tools/testing/server-errors.js';

// the gateway and the server, while the broker cannot be reached
expectServerErrors(503);

/**
 * Whatever the network between the programs and the broker does, no program ends, nobody is answered an internal error, and
 * everything works again as soon as the network does.
 */
describe('when the way to the broker is bad', () => {
  let stack: Stack;
  let dp: ForeignDp;
  /** What was answered meanwhile. */
  const seen = new Set<number>();
  /** A poll that says so is always asked about at the server. */
  const running = [{ order: '019c9f3a-5d10-7c3e-9a41-0b6f2f1d7e55', fence: 1 }];
  let asking: { stop: () => Promise<void> };

  beforeAll(async () => {
    stack = await Stack.start({ relayed: true });
    dp = new ForeignDp('site', stack.gatewayUrls[0] ?? '');
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', {
      id: 'site',
      name: 'Site',
      tenant: 'default',
    });
    await dp.enrol(joinToken);
    await stack.api.ok('POST', '/distribution-points/site/enable', { keyFingerprint: dp.fingerprint });
  }, 120_000);

  afterAll(async () => {
    await stack?.stop();
  }, 60_000);

  beforeEach(() => {
    seen.clear();
    asking = askAllTheTime();
  });

  afterEach(async () => {
    for (const gate of stack.allGates) {
      gate.slow(undefined);
      gate.comeBack();
    }
    stack.openGates();
    await everythingWorks();
    await asking.stop();
    for (const program of stack.programs()) expect(program.isRunning ? '' : program.log()).toBe('');
    expect([...seen].filter((status) => status >= 500 && status !== 503)).toEqual([]);
  }, 120_000);

  /** Polls that wait and polls that do not, looks at queues, and changes that are told over the broker. */
  const askAllTheTime = (): { stop: () => Promise<void> } => {
    const open = new Set<Promise<unknown>>();
    const asks = [
      () => dp.poll({ wait: 10 }),
      () => dp.poll({ running }),
      () => stack.api.call('GET', '/distribution-points'),
      () => stack.api.call('POST', '/distribution-points/server/join-token', {}),
      () => stack.api.call('PATCH', '/settings', { pollInterval: 60 }),
    ];
    const timer = setInterval(() => {
      if (open.size > 50) return;
      for (const ask of asks) {
        const answered = ask().then(
          ({ status }) => seen.add(status),
          () => undefined,
        );
        open.add(answered);
        void answered.then(() => open.delete(answered));
      }
    }, 250);
    return {
      stop: async () => {
        clearInterval(timer);
        await Promise.all(open);
      },
    };
  };

  const health = async (url: string): Promise<number> => (await fetch(`${url}/health/ready`)).status;
  const urls = (): string[] => [...stack.serverUrls, ...stack.gatewayUrls, stack.importerUrl];

  const noneIsReady = (): Promise<void> =>
    eventually(
      async () => {
        for (const url of urls()) expect(await health(url)).toBe(503);
      },
      { timeoutMs: 60_000 },
    );

  /** Every program has a connection again, and a poll that reaches the server is answered. */
  const everythingWorks = async (): Promise<void> => {
    for (const url of urls()) await stack.ready(url);
    await eventually(
      async () => {
        const answer = await dp.poll({ running });
        expect(answer.status).toBe(200);
      },
      { timeoutMs: 60_000 },
    );
  };

  /** Long enough for a reconnect to fail as well: the words of a second try are in the log. */
  const aTryHasFailed = (): Promise<void> =>
    eventually(
      () => {
        for (const program of stack.programs()) expect(program.log()).toMatch(/does not answer/);
      },
      { timeoutMs: 60_000 },
    );

  it('it goes silent without a word, for longer than any heartbeat', async () => {
    for (const gate of stack.allGates) {
      gate.hold('in');
      gate.hold('out');
    }
    await noneIsReady();
    await aTryHasFailed();
  }, 120_000);

  it('it is half open: what is sent arrives, and nothing comes back', async () => {
    for (const gate of stack.allGates) gate.hold('in');
    await noneIsReady();
  }, 120_000);

  it('it is half open the other way: nothing that is sent arrives', async () => {
    for (const gate of stack.allGates) gate.hold('out');
    await noneIsReady();
  }, 120_000);

  it('it is cut and refused again and again', async () => {
    for (let i = 0; i < 5; i += 1) {
      for (const gate of stack.allGates) gate.goAway();
      await noneIsReady();
      for (const gate of stack.allGates) gate.comeBack();
      await everythingWorks();
    }
  }, 120_000);

  it('every connection is reset, again and again', async () => {
    for (let i = 0; i < 10; i += 1) {
      for (const gate of stack.allGates) gate.reset();
      await everythingWorks();
    }
  }, 120_000);

  it('it is so slow that calls take longer than anybody waits', async () => {
    for (const gate of stack.allGates) gate.slow(1_500);
    await eventually(() => expect([...seen]).toContain(503), { timeoutMs: 60_000 });
  }, 120_000);
});
