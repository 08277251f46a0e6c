import type { WireOrder } from '#contract';
import { describeAsRoot } from '../../../tools/testing/as-root.js';
import { TestComputers } from '../../../tools/testing/computers.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { offerScript, orderFor, TestAgent } from '../testing/agent.js';
import { TestGateway } from '../testing/gateway.js';
import { succeeded } from '../testing/succeeded.js';

// The agent is killed at every point of an installation over real SSH; the installer must have run exactly once.
jest.setTimeout(120_000);

/** Installations take their time on a busy machine. */
const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 40_000 });

let computers: TestComputers;
let gateway: TestGateway;
let agent: TestAgent;

beforeAll(async () => {
  computers = await TestComputers.start(1);
});
afterAll(() => computers.stop());

beforeEach(async () => {
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
  agent.configure({ longPoll: 5, graceSeconds: 0 });
  await agent.join(gateway);
  agent.start();
});
afterEach(async () => {
  await agent.stop('SIGKILL');
  await gateway.stop();
  await computers.exec(1, 'rm -rf /var/tmp/* /var/lib/relaypoint-dp');
});

const INSTALLER = 'echo run >> /var/tmp/runs; while [ ! -e /var/tmp/go ]; do sleep 0.1; done; exit 194';
const letEnd = () => computers.exec(1, 'touch /var/tmp/go');
const runs = async () =>
  (await computers.exec(1, 'cat /var/tmp/runs 2>/dev/null || :')).split('\n').length - 1;

function order(): WireOrder {
  return orderFor(gateway, {
    release: offerScript(gateway, '1', INSTALLER),
    computer: { name: 'PC-01', fqdn: null, address: computers.address(1) },
    method: { kinds: ['ssh'], port: computers.port, hostKey: { policy: 'pin', known: null } },
    accounts: [gateway.seal('acc', { username: computers.user, password: computers.password })],
  });
}

async function oneInstallation(given: WireOrder): Promise<void> {
  const report = await soon(() => {
    const end = gateway.ended(given.order);
    if (!end) throw new Error(`not ended\n${agent.output}`);
    return end;
  });
  expect(succeeded(report)).toMatchObject({ state: 'succeeded', result: 'RESTART_REQUIRED', attempt: 1 });
  expect(await runs()).toBe(1);
}

describeAsRoot('an agent that is killed', () => {
  it('after it accepted an order, before it installed, installs it once', async () => {
    const given = order();
    // the release does not come until the agent is dead
    gateway.misbehave.files.push(
      ...Array.from({ length: 50 }, () => ({ status: 503, headers: { 'retry-after': '30' } })),
    );
    gateway.give(given);
    await soon(() =>
      expect(gateway.downloads.length + 50 - gateway.misbehave.files.length).toBeGreaterThan(0),
    );
    await agent.stop('SIGKILL');
    expect(await runs()).toBe(0);
    gateway.misbehave.files.length = 0;
    await letEnd();
    agent.start();
    await oneInstallation(given);
  });

  it('while the installer runs finds it again and waits for its end', async () => {
    const given = order();
    gateway.give(given);
    await soon(async () => expect(await runs()).toBe(1));
    await agent.stop('SIGKILL');
    agent.start();
    await soon(() => expect(agent.output).toContain('order resumed'));
    await letEnd();
    await oneInstallation(given);
  });

  it('after the installer ended, before it looked, reads the result', async () => {
    const given = order();
    gateway.give(given);
    await soon(async () => expect(await runs()).toBe(1));
    await agent.stop('SIGKILL');
    await letEnd();
    await soon(async () => expect(await computers.exec(1, 'cat /var/lib/relaypoint-dp/*/rc')).toBe('194\n'));
    agent.start();
    await oneInstallation(given);
  });

  it('after the installation, before the report got through, says it from the journal', async () => {
    const given = order();
    gateway.give(given);
    await soon(async () => expect(await runs()).toBe(1));
    gateway.misbehave.reports.push(...Array.from({ length: 1000 }, () => ({ status: 503 })));
    await letEnd();
    await soon(() => expect(agent.journal()).toContain('"succeeded"'));
    await agent.stop('SIGKILL');
    expect(gateway.ended(given.order)).toBeUndefined();
    gateway.misbehave.reports.length = 0;
    agent.start();
    await oneInstallation(given);
  });

  it('after the report was stored, before it knew that, says it again under the same id', async () => {
    const given = order();
    gateway.give(given);
    await soon(async () => expect(await runs()).toBe(1));
    await soon(() => expect(gateway.reportsOf(given.order).at(-1)).toMatchObject({ phase: 'install' }));
    gateway.misbehave.reports.push('cut', ...Array.from({ length: 1000 }, () => ({ status: 503 })));
    await letEnd();
    await soon(() => expect(gateway.ended(given.order)).toBeDefined());
    await agent.stop('SIGKILL');
    gateway.misbehave.reports.length = 0;
    agent.start();
    await soon(() => {
      const ends = gateway.reportsOf(given.order).filter((report) => report.state === 'succeeded');
      expect(ends).toHaveLength(2);
      expect(new Set(ends.map((report) => report.report)).size).toBe(1);
    });
    expect(await runs()).toBe(1);
  });

  it('between any two moments, again and again, has installed once in the end', async () => {
    const given = order();
    gateway.give(given);
    await letEnd();
    // killed each time it has written a little more than before
    for (let lines = 1; !gateway.ended(given.order) && lines < 12; lines++) {
      await soon(() => {
        const written = agent.journal().split('\n').length - 1;
        expect(gateway.ended(given.order) !== undefined || written >= Math.min(lines, 8)).toBe(true);
      });
      await agent.stop('SIGKILL');
      agent.start();
    }
    await oneInstallation(given);
  });
});
