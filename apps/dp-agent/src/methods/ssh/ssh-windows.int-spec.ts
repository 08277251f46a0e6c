import { describeAsRoot } from '../../../../../tools/testing/as-root.js';
import { WindowsSshServer } from '../../../../../tools/testing/windows-ssh.js';
import { WindowsSite } from '../../../testing/windows.js';
import type { WireOrder } from '#contract';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { offerScript, orderFor, TestAgent } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { succeeded } from '../../../testing/succeeded.js';

jest.setTimeout(120_000);

/** A server that lets everybody in, says it is this software, and knows no command. */
async function serverCalled(ident: string): Promise<ssh2.Server> {
  const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
  const server = new ssh2.Server({ hostKeys: [key], ident }, (client) => {
    client.on('authentication', (login) => login.accept());
    client.on('error', () => undefined);
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec();
        channel.stderr.write("'sudo' is not recognized as an internal or external command");
        channel.exit(1);
        channel.end();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a computer with an SSH server', () => {
  let gateway: TestGateway;
  let agent: TestAgent;

  beforeAll(async () => {
    gateway = new TestGateway();
    await gateway.start();
    agent = new TestAgent();
    agent.configure({ longPoll: 5, graceSeconds: 0 });
    await agent.join(gateway);
    agent.start();
  });
  afterAll(async () => {
    await agent.stop('SIGKILL');
    await gateway.stop();
  });

  it.each([
    ['OpenSSH_for_Windows_9.5', 'check', 'PLATFORM_UNSUPPORTED', 'OpenSSH_for_Windows_9.5'],
    ['OpenSSH_9.2p1', 'auth', 'NOT_ADMIN', expect.anything()],
  ])('that is %s fails in %s with %s', async (ident, phase, code, native) => {
    const server = await serverCalled(ident);
    const { port } = server.address() as AddressInfo;
    const order = orderFor(gateway, {
      computer: { name: ident.slice(0, 15), fqdn: null, address: '127.0.0.1' },
      method: { kinds: ['ssh'], port, hostKey: { policy: 'pin', known: null } },
      accounts: [gateway.seal('acc', { username: 'u', password: 'p' })],
      release: offerScript(gateway, '1', 'exit 0'),
    });
    gateway.give(order);
    const report = await eventually(
      () => {
        const ended = gateway.ended(order.order);
        if (!ended) throw new Error(`not ended\n${agent.output}`);
        return ended;
      },
      { timeoutMs: 60_000 },
    );
    server.close();
    expect(report).toMatchObject({ phase, failure: { code, native: { code: native as unknown } } });
  });
});

// The real client on a Windows computer whose SSH server leads to Wine: Samba is used for nothing here.
describeAsRoot('a Windows computer with an SSH server', () => {
  let site: WindowsSite;
  let ssh: WindowsSshServer;
  const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 120_000 });

  beforeAll(async () => {
    site = await WindowsSite.start(1);
    ssh = await WindowsSshServer.start(site.windows, 1);
  }, 600_000);
  afterAll(async () => {
    ssh?.stop();
    await site?.stop();
  }, 60_000);

  const account = (username: string) =>
    site.gateway.seal(`acc-${username}`, { username, password: site.windows.password });
  const order = (changes: Partial<WireOrder> = {}): WireOrder =>
    site.order(1, {
      // nobody has told what it runs
      computer: { ...site.windows.computer(1), fqdn: null, address: '127.0.0.1', name: 'PC-1' },
      method: { kinds: ['ssh'], port: ssh.port, hostKey: { policy: 'pin', known: null } },
      accounts: [account('plain'), account('deploy')],
      ...changes,
    });

  it.each(['cmd', 'powershell'] as const)(
    'and %s as its shell gets the client as one without; who is no administrator is not let in',
    async (shell) => {
      ssh.shell = shell;
      const before = site.gateway.registeredAs('PC-1').length;
      const given = order({ kind: 'reinstall', release: await site.release('1.4.0') });
      const report = await site.outcome(given);
      expect(report.failure).toBeUndefined();
      expect(succeeded(report)).toMatchObject({
        state: 'succeeded',
        accounts: [
          { account: 'acc-plain', result: 'NOT_ADMIN' },
          { account: 'acc-deploy', result: 'OK' },
        ],
        facts: { method: 'ssh', os: 'Windows', arch: 'x64', clientVersion: '1.4.0' },
      });
      await soon(() => expect(site.gateway.registeredAs('PC-1').length).toBeGreaterThan(before));
      await site.cleaned(1, given);
      const name = `RelaypointPush-${given.order}-1`;
      await soon(async () => {
        const { files } = await site.left(1);
        const own = files.filter((file) => file.startsWith(name));
        expect(own.toSorted()).toEqual([name, `${name}/result.json`]);
      });
      expect(ssh.commands.join('\n')).not.toContain(site.windows.password);
    },
    240_000,
  );

  it('and a killed agent is found where it was left, over another connection', async () => {
    ssh.shell = 'cmd';
    site.hold(1);
    const given = order({ kind: 'reinstall', release: await site.release('1.4.0', 'TESTHOLD=1') });
    site.gateway.give(given);
    await soon(() => expect(site.runs(1)).toBe(1));
    await site.agent.stop('SIGKILL');
    site.agent.start();
    await soon(() => expect(site.agent.output).toContain('order resumed'));
    ssh.cut();
    site.letGo(1);
    expect(succeeded(await site.ended(given))).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(site.runs(1)).toBe(1);
  }, 240_000);

  it('is rid of the client, after which nothing there could restart it', async () => {
    const uninstall = order({ kind: 'uninstall-client', release: null, registration: null });
    expect(succeeded(await site.outcome(uninstall))).toMatchObject({ state: 'succeeded' });
    const restart = order({ kind: 'restart', release: null, registration: null });
    expect(await site.outcome(restart)).toMatchObject({
      state: 'failed',
      phase: 'restart',
      failure: { code: 'CLIENT_MISSING' },
    });
  }, 240_000);
});
