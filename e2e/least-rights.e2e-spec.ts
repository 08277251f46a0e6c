import { eventually } from '../tools/testing/eventually.js';
import { expectServerErrors } from '../tools/testing/server-errors.js';
import { ForeignDp } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';

/** What the broker says to a program that tries more than it may. */
const REFUSED = /ACCESS[-_]REFUSED|lacks the permission/;

/** The whole way with the users of deploy/rabbitmq/users.sh: what they may not do is in libs/messaging/src/rights.int-spec.ts. */
describe('with the rights of an installation and no others', () => {
  let stack: Stack;
  let dp: ForeignDp;

  beforeAll(async () => {
    stack = await Stack.start({ leastRights: true });
    await stack.publishClient();
    dp = new ForeignDp('site', stack.gatewayUrls[0] ?? '');
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', {
      id: 'site',
      name: 'site',
      tenant: null,
    });
    const enrolled = await dp.enrol(joinToken);
    if (enrolled.status !== 201) throw new Error(JSON.stringify(enrolled));
    await stack.api.ok('POST', '/distribution-points/site/enable', { keyFingerprint: dp.fingerprint });
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await stack.api.ok('POST', '/accounts', account);
  }, 120_000);

  afterAll(async () => {
    await stack?.stop();
  }, 60_000);

  /** Imports a computer, releases it, and installs it as its DP does; until the server has heard of it. */
  const install = async (name: string): Promise<void> => {
    await stack.importCsv(`name\n${name}\n`, 'site');
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', `/computers?q=${name}`);
    const [{ id } = { id: '' }] = items;
    await stack.api.ok('POST', '/computers/release', { computers: [id] });
    const { order } = await eventually(
      async () => {
        const { status, body } = await dp.poll({ wait: 5 });
        const [first] = status === 200 ? body.orders : [];
        if (!first) throw new Error(`${status} ${JSON.stringify(body)}`);
        return first;
      },
      { timeoutMs: 60_000 },
    );
    expect(order.computer.name).toBe(name.toUpperCase());
    expect((await dp.report([{ order, state: 'accepted' }])).status).toBe(202);
    await dp.report([{ order, state: 'succeeded', result: 'INSTALLED', phase: 'install' }]);
    await eventually(
      async () => {
        const computer = await stack.api.ok('GET', `/computers/${id}`);
        if (computer['state'] !== 'awaiting-registration') throw new Error(JSON.stringify(computer));
      },
      { timeoutMs: 30_000 },
    );
  };

  const refusals = (): string[] =>
    stack
      .programs()
      .flatMap((program) => program.log().split('\n'))
      .filter((line) => REFUSED.test(line));

  it('a computer is imported, released and installed', async () => {
    await install('first');
    expect(refusals()).toEqual([]);
  }, 90_000);

  it('all of it is made again on a broker that has lost everything', async () => {
    // to polls, until the gateway has its queues again
    expectServerErrors(503);
    await stack.wipeBroker();
    await install('second');
    expect(await stack.deadLetters()).toEqual({});
  }, 120_000);

  it('a gateway without its rights says what to do', async () => {
    const gateway = stack.program('gateway-wrong', 'dist/apps/dp-gateway/src/main.js', [], {
      PORT: '0',
      AMQP_URL: stack.ground.users?.amqpUrls.importer ?? '',
    });
    gateway.start();
    try {
      await eventually(() => {
        expect(gateway.log()).toMatch(
          /lacks the permission to \w+ the exchange 'relaypoint\.gateway' .*deploy\/rabbitmq\/users\.sh/,
        );
      });
    } finally {
      await gateway.kill();
    }
  }, 60_000);
});
