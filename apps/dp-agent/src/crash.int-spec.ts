import type { WireOrder } from '#contract';
import { describeAsRoot } from '../../../tools/testing/as-root.js';
import { TestComputers } from '../../../tools/testing/computers.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { offerScript, orderFor, TestAgent } from '../testing/agent.js';
import { TestGateway } from '../testing/gateway.js';
import { succeeded } from '../testing/succeeded.js';
import { TcpProxy } from '../../../tools/testing/tcp-gate.js';

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

/** An order for the computer behind a gate. */
function behind(gate: TcpProxy): WireOrder {
  const usual = order();
  return {
    ...usual,
    computer: { ...usual.computer, address: '127.0.0.1' },
    method: { ...usual.method, port: gate.port },
  };
}

/** The agent is killed while the installer runs, and starts again when the computer hangs up on everybody. */
async function killedBehind(gate: TcpProxy, given: WireOrder, ssh: object = {}): Promise<void> {
  gateway.give(given);
  await soon(async () => expect(await runs()).toBe(1));
  await agent.stop('SIGKILL');
  gate.goAway();
  agent.configure({ longPoll: 5, graceSeconds: 0, ssh });
  agent.start();
}

/** Waits until the agent has tried to get there more than once. */
async function resumedInVain(gate: TcpProxy, given: WireOrder): Promise<void> {
  await soon(() => expect(gate.refused).toBeGreaterThan(2));
  expect(gateway.ended(given.order)).toBeUndefined();
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

  it('while the installer runs is not told apart by a way there that fails for a while', async () => {
    const gate = await TcpProxy.open({ host: computers.address(1), port: computers.port });
    try {
      const given = behind(gate);
      await killedBehind(gate, given);
      await resumedInVain(gate, given);
      gate.comeBack();
      await letEnd();
      await oneInstallation(given);
    } finally {
      await gate.close();
    }
  });

  it('and gets the cancel before it has found the installer again ends it first', async () => {
    const gate = await TcpProxy.open({ host: computers.address(1), port: computers.port });
    try {
      const given = behind(gate);
      await killedBehind(gate, given);
      await resumedInVain(gate, given);
      gateway.tell('cancel', given);
      await soon(() => expect(agent.output).toContain('order to be cancelled'));
      expect(gateway.ended(given.order)).toBeUndefined();
      gate.comeBack();
      const report = await soon(() => gateway.ended(given.order) ?? Promise.reject(new Error(agent.output)));
      expect(report).toMatchObject({ state: 'cancelled' });
      // whoever is told so may install again at once
      expect(await computers.exec(1, 'pgrep -f [i]nstall.sh || echo none')).toBe('none\n');
    } finally {
      await gate.close();
    }
  });

  it('and does not get back to the computer says that it knows nothing of the end', async () => {
    const gate = await TcpProxy.open({ host: computers.address(1), port: computers.port });
    try {
      const given = behind(gate);
      await killedBehind(gate, given, { reconnectSeconds: 3 });
      const report = await soon(() => gateway.ended(given.order) ?? Promise.reject(new Error(agent.output)));
      expect(report).toMatchObject({
        state: 'failed',
        phase: 'install',
        // hung up on by FIN or by RST
        failure: {
          code: 'OUTCOME_UNKNOWN',
          native: { code: expect.stringMatching(/^(NOT_SSH|HOST_UNREACHABLE)$/) },
        },
      });
      // told to look first, it finds what has ended meanwhile
      gate.comeBack();
      await letEnd();
      const again = { ...given, attempt: 2, fence: given.fence + 1, verify: true };
      gateway.give(again);
      await soon(() =>
        expect(gateway.reportsOf(given.order).at(-1)).toMatchObject({ state: 'succeeded', attempt: 2 }),
      );
      expect(await runs()).toBe(1);
    } finally {
      await gate.close();
    }
  });

  it('and asked to end while it looks for a cancelled installer ends at once', async () => {
    const gate = await TcpProxy.open({ host: computers.address(1), port: computers.port });
    try {
      const given = behind(gate);
      gateway.give(given);
      await soon(async () => expect(await runs()).toBe(1));
      gate.goAway();
      gateway.tell('cancel', given);
      await resumedInVain(gate, given);
      const asked = performance.now();
      expect(await agent.stop('SIGTERM')).toBe(0);
      // else it would look for ten minutes
      expect(performance.now() - asked).toBeLessThan(30_000);
      expect(gateway.ended(given.order)).toBeUndefined();
    } finally {
      await gate.close();
    }
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
