import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { offerScript, orderFor, TestAgent } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { eventually } from '../../../../../tools/testing/eventually.js';

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
