import type { WireOrder } from '#contract';
import { offerClient, offerScript, orderFor, TestAgent } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { describeAsRoot } from '../../../../../tools/testing/as-root.js';
import { TestComputers } from '../../../../../tools/testing/computers.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { succeeded } from '../../../testing/succeeded.js';

// The agent as a process, installing the real client onto real OpenSSH servers.
jest.setTimeout(300_000);

/** Installations take their time on a busy machine. */
const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 120_000 });

let computers: TestComputers;
let gateway: TestGateway;
let agent: TestAgent;

beforeAll(async () => {
  computers = await TestComputers.start(4);
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
  agent.configure({ longPoll: 5, graceSeconds: 0, ssh: { connectTimeout: 10, loginTimeout: 60 } });
  await agent.join(gateway);
  agent.start();
});
afterAll(async () => {
  await agent.stop('SIGKILL');
  await gateway.stop();
  await computers.stop();
});
afterEach(async () => {
  gateway.registrations.length = 0;
  gateway.downloads.length = 0;
  for (const n of [1, 2, 3]) {
    // a client that is still at work may write a last file while its folder is removed
    await soon(() =>
      computers.exec(
        n,
        'rm -rf /opt/relaypoint-client /etc/relaypoint-client /var/lib/relaypoint-client /var/lib/relaypoint-dp',
      ),
    );
  }
});

const password = () =>
  gateway.seal('acc-password', { username: computers.user, password: computers.password });
const key = () => gateway.seal('acc-key', { username: computers.keyUser, privateKey: computers.privateKey });

function order(n: number, changes: Partial<WireOrder> = {}): WireOrder {
  return orderFor(gateway, {
    computer: { name: computers.name(n).toUpperCase(), fqdn: null, address: computers.address(n) },
    method: { kinds: ['ssh'], port: computers.port, hostKey: { policy: 'pin', known: null } },
    accounts: [password()],
    ...changes,
  });
}
const ended = (given: WireOrder) =>
  soon(() => {
    const report = gateway.ended(given.order);
    if (!report) throw new Error(`${given.order} has not ended\n${agent.output}`);
    return report;
  });
async function outcome(given: WireOrder) {
  gateway.give(given);
  return ended(given);
}

describeAsRoot('the method ssh', () => {
  it('installs the real client with a password account and sudo; the client registers itself', async () => {
    const given = order(1, { release: offerClient(gateway) });
    const report = await outcome(given);
    expect(succeeded(report)).toMatchObject({
      state: 'succeeded',
      result: 'RESTART_REQUIRED',
      accounts: [{ account: 'acc-password', result: 'OK' }],
      facts: { method: 'ssh', hostname: 'pc-01', os: 'Linux', bootId: computers.bootId(1) },
    });
    await soon(() => expect(gateway.registeredAs('pc-01')).toHaveLength(1));
    expect(gateway.registeredAs('pc-01')[0]).toMatchObject({
      token: given.registration?.token,
      bootId: computers.bootId(1),
    });
    const left = 'cd /var/lib/relaypoint-dp && find . -type f';
    await soon(async () => expect(await computers.exec(1, left)).toBe(`./${given.order}-1/rc\n`));
    const said = agent.output + agent.journal() + JSON.stringify(gateway.reports);
    for (const secret of [computers.password, 'BEGIN OPENSSH']) expect(said).not.toContain(secret);
  });

  it('installs with a key account, and onto several computers at once', async () => {
    const release = offerClient(gateway);
    const given = [1, 2, 3].map((n) => order(n, { release, accounts: [key()] }));
    for (const one of given) gateway.give(one);
    for (const one of given)
      expect(succeeded(await ended(one))).toMatchObject({ state: 'succeeded', result: 'RESTART_REQUIRED' });
    expect(gateway.downloads.length).toBeLessThanOrEqual(1);
  });

  it('says that the version was there already', async () => {
    const release = offerScript(
      gateway,
      '3',
      'mkdir -p /opt/relaypoint-client; echo 3 > /opt/relaypoint-client/VERSION',
    );
    expect(await outcome(order(1, { release }))).toMatchObject({ result: 'OK' });
    expect(await outcome(order(1, { release }))).toMatchObject({ result: 'ALREADY_INSTALLED' });
    const older = offerScript(gateway, '2.9.9', 'exit 1');
    expect(succeeded(await outcome(order(1, { release: older })))).toMatchObject({
      state: 'succeeded',
      result: 'NEWER_INSTALLED',
    });
  });

  it('tries several accounts in turn and says what came of each', async () => {
    const wrong = gateway.seal('acc-wrong', { username: computers.user, password: 'wrong' });
    const foreign = { account: 'acc-foreign', keyId: 'x', sealed: 'AAAA' };
    const broken = gateway.seal('acc-broken', { username: 'x', privateKey: 'no key' });
    const noSudo = gateway.seal('acc-keyless', {
      username: computers.user,
      privateKey: computers.privateKey,
    });
    const accounts = [wrong, foreign, broken, noSudo, key()];
    const release = offerScript(gateway, '1', 'exit 0');
    const tried = order(1, { release, accounts });
    expect(succeeded(await outcome(tried))).toMatchObject({
      state: 'succeeded',
      accounts: [
        { account: 'acc-wrong', result: 'AUTH_FAILED' },
        { account: 'acc-foreign', result: 'ACCOUNT_UNSEALABLE' },
        { account: 'acc-broken', result: 'KEY_UNUSABLE' },
        { account: 'acc-keyless', result: 'SUDO_PASSWORD_REQUIRED' },
        { account: 'acc-key', result: 'OK' },
      ],
    });
    // said before the end, so that nobody waits for it who uses the same account
    const working = gateway.reportsOf(tried.order).find(({ phase }) => phase === 'stage');
    expect(working).toMatchObject({ state: 'progress', accounts: [{}, {}, {}, {}, { result: 'OK' }] });
    expect(await outcome(order(1, { release, accounts: [wrong] }))).toMatchObject({
      failure: { code: 'AUTH_FAILED' },
    });
    expect(await outcome(order(1, { release, accounts: [] }))).toMatchObject({
      failure: { code: 'NO_ACCOUNT' },
    });
  });

  it.each([
    ['closed', 'PORT_CLOSED', 'reach'],
    ['mute', 'CONNECT_TIMEOUT', 'reach'],
    ['blackhole', 'CONNECT_TIMEOUT', 'reach'],
    ['auth', 'AUTH_FAILED', 'auth'],
    ['nosudo', 'NOT_ADMIN', 'auth'],
    ['diskfull', 'DISK_FULL', 'stage'],
  ] as const)('names the failure of a computer that is %s: %s', async (fault, code, phase) => {
    await computers.fault(2, fault);
    try {
      const report = await outcome(order(2, { release: offerClient(gateway) }));
      expect(report).toMatchObject({ state: 'failed', phase, failure: { code } });
    } finally {
      await computers.fault(2, 'none');
    }
  });

  it('knows the failures of names and addresses', async () => {
    const release = offerClient(gateway);
    const computer = (address: string) => ({ name: 'PC-09', fqdn: null, address });
    const to = (address: string) => outcome(order(1, { release, computer: computer(address) }));
    expect(await to('no-such-computer.invalid')).toMatchObject({
      phase: 'reach',
      failure: { code: 'NAME_NOT_RESOLVED' },
    });
    expect(await to(computers.address(2))).toMatchObject({
      phase: 'reach',
      failure: { code: 'WRONG_COMPUTER' },
    });
    const elsewhere = order(1, { release, computer: computer('127.0.0.1') });
    const port = Number(new URL(gateway.url).port);
    const method = { ...elsewhere.method, port };
    expect(await outcome({ ...elsewhere, method })).toMatchObject({
      phase: 'reach',
      failure: { code: 'NOT_SSH' },
    });
  });

  it('pins a host key on first use and refuses another one', async () => {
    const release = offerScript(gateway, '1', 'exit 0');
    expect(succeeded(await outcome(order(3, { release })))).toMatchObject({ state: 'succeeded' });
    await computers.fault(3, 'changed-hostkey');
    try {
      const changed = order(3, { release });
      expect(await outcome(changed)).toMatchObject({
        phase: 'auth',
        failure: { code: 'HOST_KEY_CHANGED' },
        accounts: [{ result: 'HOST_KEY_CHANGED' }],
      });
    } finally {
      await computers.fault(3, 'none');
    }
  });

  it('trusts only a known host key when the policy is strict', async () => {
    const release = offerScript(gateway, '1', 'exit 0');
    const strict = (known: string | null) =>
      outcome(
        order(4, {
          release,
          method: { kinds: ['ssh'], port: computers.port, hostKey: { policy: 'strict', known } },
        }),
      );
    expect(await strict(null)).toMatchObject({ failure: { code: 'HOST_KEY_UNKNOWN' } });
    expect(await strict(computers.hostKey(1))).toMatchObject({ failure: { code: 'HOST_KEY_CHANGED' } });
    expect(succeeded(await strict(computers.hostKey(4)))).toMatchObject({ state: 'succeeded' });
  });

  it('sees an installation to its end although the connection is cut', async () => {
    const script =
      'echo one >> /var/tmp/runs; while [ ! -e /var/tmp/go ]; do sleep 0.1; done; rm /var/tmp/go; exit 194';
    const given = order(1, { release: offerScript(gateway, '1', script) });
    gateway.give(given);
    await soon(async () => expect(await computers.exec(1, 'cat /var/tmp/runs')).toBe('one\n'));
    await computers.cut(1);
    await computers.exec(1, 'touch /var/tmp/go');
    expect(succeeded(await ended(given))).toMatchObject({ state: 'succeeded', result: 'RESTART_REQUIRED' });
    expect(await computers.exec(1, 'cat /var/tmp/runs; rm /var/tmp/runs')).toBe('one\n');
  });

  it('calls an outcome that nobody saw unknown, never success or failure', async () => {
    const given = order(1, { release: offerScript(gateway, '1', 'touch /var/tmp/begun; sleep 300') });
    gateway.give(given);
    await soon(async () => expect(await computers.exec(1, 'ls /var/tmp')).toContain('begun'));
    await computers.reboot(1);
    expect(await ended(given)).toMatchObject({
      state: 'failed',
      phase: 'install',
      failure: { code: 'OUTCOME_UNKNOWN' },
    });
  });

  it('restarts the computer only when the order says so', async () => {
    const before = computers.bootId(1);
    const given = order(1, { release: offerClient(gateway), restart: 'when-required' });
    expect(succeeded(await outcome(given))).toMatchObject({ state: 'succeeded', result: 'RESTART_STARTED' });
    await soon(() => expect(computers.bootId(1)).not.toBe(before));
    expect(gateway.registeredAs('pc-01')).toHaveLength(1);
    await soon(() => computers.exec(1, 'true'));
  });

  it('waits for a computer that does not answer no longer than the order lets it', async () => {
    await computers.fault(2, 'blackhole');
    try {
      const probe = order(2, { kind: 'probe', accounts: [] });
      const report = await outcome({ ...probe, method: { ...probe.method, reachTimeout: 0.5 } });
      expect(report).toMatchObject({
        phase: 'reach',
        failure: { code: 'CONNECT_TIMEOUT', native: { text: 'no answer within 0.5 s' } },
      });
    } finally {
      await computers.fault(2, 'none');
    }
  });

  it('probes without an account and changes nothing', async () => {
    expect(succeeded(await outcome(order(1, { kind: 'probe', accounts: [] })))).toMatchObject({
      state: 'succeeded',
      result: 'OK',
    });
    expect(await computers.exec(1, 'ls /var/lib')).not.toContain('relaypoint');
  });
});
