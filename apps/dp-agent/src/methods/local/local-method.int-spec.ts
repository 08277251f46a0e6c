import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { offerClient, offerScript, orderFor, TestAgent } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { succeeded } from '../../../testing/succeeded.js';

// The agent as a process, installing the real client into folders that stand for computers.
jest.setTimeout(120_000);

/** Installations take their time on a busy machine. */
const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 40_000 });

let gateway: TestGateway;
let agent: TestAgent;

beforeAll(async () => {
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
  agent.configure({ methods: ['local'], local: { root: 'computers' }, longPoll: 5, graceSeconds: 0 });
  await agent.join(gateway);
  agent.start();
});
afterAll(async () => {
  await agent.stop('SIGKILL');
  await gateway.stop();
});

const ended = (order: string) =>
  soon(() => {
    const report = gateway.ended(order);
    if (!report) throw new Error(`${order} has not ended\n${agent.output}`);
    return report;
  });
const folder = (name: string) => join(agent.state, 'computers', name);
const lines = (path: string) => readFileSync(path, 'utf8').trim().split('\n');

describe('the method local', () => {
  it('installs the real client, which registers itself', async () => {
    const order = orderFor(gateway, {
      release: offerClient(gateway),
      computer: { name: 'PC-01', fqdn: 'pc-01.corp.test', address: null },
    });
    gateway.give(order);
    expect(succeeded(await ended(order.order))).toMatchObject({
      state: 'succeeded',
      result: 'RESTART_REQUIRED',
      attempt: 1,
      fence: 1,
    });
    const states = gateway.reportsOf(order.order).map((report) => [report.state, report.phase]);
    expect(states).toEqual([
      ['accepted', undefined],
      ['progress', 'reach'],
      ['progress', 'auth'],
      ['progress', 'stage'],
      ['progress', 'check'],
      ['progress', 'install'],
      ['succeeded', 'install'],
    ]);
    expect(gateway.reportsOf(order.order).map((report) => report.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await soon(() => expect(gateway.registeredAs('PC-01')).toHaveLength(1));
    expect(gateway.registeredAs('PC-01')[0]).toMatchObject({
      token: order.registration?.token,
      fqdn: 'pc-01.corp.test',
      restartRequired: true,
      bootId: readFileSync(join(folder('PC-01'), 'boot_id'), 'utf8').trim(),
    });
    expect(agent.output).not.toContain(order.registration?.token);
  });

  it('is not used unless it is configured', async () => {
    const otherGateway = new TestGateway();
    await otherGateway.start();
    const other = new TestAgent();
    await other.join(otherGateway);
    other.start();
    const order = orderFor(otherGateway);
    otherGateway.give({ ...order, method: { ...order.method, kinds: ['local'] } });
    await soon(() => {
      const failure = { code: 'DP_INTERNAL', native: { code: 'METHOD' } };
      expect(otherGateway.ended(order.order)).toMatchObject({ state: 'failed', failure });
    });
    await other.stop();
    await otherGateway.stop();
  });

  it.each([
    [0, 'succeeded', 'OK', undefined],
    [194, 'succeeded', 'RESTART_REQUIRED', undefined],
    [75, 'failed', undefined, 'INSTALLER_BUSY'],
    [69, 'failed', undefined, 'PLATFORM_UNSUPPORTED'],
    [127, 'failed', undefined, 'INSTALLER_REJECTED'],
    [137, 'failed', undefined, 'INSTALLER_KILLED'],
    [7, 'failed', undefined, 'INSTALLER_FAILED'],
  ])('takes exit code %i of the installer for %s %s%s', async (code, state, result, failure) => {
    const order = orderFor(gateway, {
      release: offerScript(gateway, '1', `echo words on the way; exit ${code}`),
    });
    gateway.give(order);
    const report = await ended(order.order);
    expect(report).toMatchObject({ state, log: expect.stringContaining('words on the way') as string });
    expect(report.result).toBe(result);
    expect(report.failure?.code).toBe(failure);
  });

  it('hands the registration to the installer alone: not to the disk, not to the log', async () => {
    const script = 'read url; read token; echo "$url $token"; ls -la ..; exit 3';
    const order = orderFor(gateway, { release: offerScript(gateway, '1', script) });
    gateway.give(order);
    const report = await ended(order.order);
    expect(report.log).toContain(`url=${order.registration?.url} token=[redacted]`);
    expect(report.log).not.toContain('registration');
    expect(JSON.stringify(gateway.reports)).not.toContain(order.registration?.token);
  });

  it('ends a running installer when the order is cancelled', async () => {
    const script = 'echo begun > "$RELAYPOINT_ROOT/begun"; sleep 300; echo done > "$RELAYPOINT_ROOT/done"';
    const order = orderFor(gateway, { release: offerScript(gateway, '1', script) });
    gateway.give(order);
    await soon(() => expect(lines(join(folder(order.computer.name), 'begun'))).toEqual(['begun']));
    gateway.tell('cancel', order);
    expect(await ended(order.order)).toMatchObject({ state: 'cancelled' });
  });

  it('ends one that does not listen before it says so', async () => {
    const script = 'trap "" TERM; echo $$ > "$RELAYPOINT_ROOT/begun"; while :; do sleep 0.1; done';
    const order = orderFor(gateway, { release: offerScript(gateway, '1', script) });
    gateway.give(order);
    const begun = join(folder(order.computer.name), 'begun');
    const [pid = ''] = await soon(() => {
      expect(lines(begun)).toEqual([expect.stringMatching(/^\d+$/)]);
      return lines(begun);
    });
    gateway.tell('cancel', order);
    expect(await ended(order.order)).toMatchObject({ state: 'cancelled' });
    // what waits to be reaped has no command line
    const left = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
    expect(left).toBe('');
  });

  it('ends an installer at the deadline', async () => {
    const order = orderFor(gateway, {
      release: offerScript(gateway, '1', 'echo long; sleep 300'),
      deadline: new Date(Date.now() + 6000).toISOString(),
    });
    gateway.give(order);
    expect(await ended(order.order)).toMatchObject({
      state: 'failed',
      failure: { code: 'INSTALL_TIMEOUT' },
      log: 'long\n',
    });
  });
});
