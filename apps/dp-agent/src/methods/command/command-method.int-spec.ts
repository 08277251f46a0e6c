import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, WireOrder } from '#contract';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { offerScript, orderFor, TestAgent } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { succeeded } from '../../../testing/succeeded.js';

// The agent as a process with a site's own command, which here is a shell script that does what its order's name says.
jest.setTimeout(240_000);

const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 90_000 });

let gateway: TestGateway;
let agent: TestAgent;

beforeAll(async () => {
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
  const program = join(agent.state, 'site-install');
  const script = `#!/bin/sh
name=$(sed 's/.*"computer":{"name":"\\([^"]*\\)".*/\\1/' "$2")
cd "$1"
echo run >> "$name.runs"
cat > "$name.input"
. "./$name.does"
`;
  writeFileSync(program, script, { mode: 0o700 });
  agent.configure({
    methods: ['command'],
    command: { run: [program, agent.state] },
    longPoll: 5,
    graceSeconds: 0,
  });
  await agent.join(gateway);
  agent.start();
});
afterAll(async () => {
  await agent.stop('SIGKILL');
  await gateway.stop();
});

const file = (order: WireOrder, kind: string) => join(agent.state, `${order.computer.name}.${kind}`);
const textOf = (order: WireOrder, kind: string) => readFileSync(file(order, kind), 'utf8');

/** Gives an order whose command does what the lines of shell say. */
function give(does: string, changes: Partial<WireOrder> = {}): WireOrder {
  const plain = orderFor(gateway, { release: offerScript(gateway, '1', 'exit 0'), ...changes });
  const order = { ...plain, method: { ...plain.method, kinds: ['ssh', 'command'] } };
  writeFileSync(file(order, 'does'), `${does}\n`);
  gateway.give(order);
  return order;
}
const ended = (order: WireOrder): Promise<Report> =>
  soon(() => {
    const report = gateway.ended(order.order);
    if (!report) throw new Error(`not ended\n${agent.output}`);
    return report;
  });
const say = (told: object) => `echo '${JSON.stringify(told)}'`;

describe('the method command', () => {
  it('hands over order, release and accounts, and takes the result', async () => {
    const account = gateway.seal('acc', { username: 'admin', password: 'a-marked-secret' });
    const told = {
      result: 'RESTART_REQUIRED',
      accounts: [{ account: 'acc', result: 'OK' }],
      facts: { by: 'winrm' },
    };
    const order = give(`cp "$2" "$name.order"; echo with a-marked-secret >&2; ${say(told)}`, {
      accounts: [account],
    });
    expect(succeeded(await ended(order))).toMatchObject({
      state: 'succeeded',
      result: 'RESTART_REQUIRED',
      accounts: [{ account: 'acc', result: 'OK' }],
      facts: { method: 'command', by: 'winrm' },
      log: 'with [redacted]\n',
    });
    const given = JSON.parse(textOf(order, 'order')) as {
      release: { files: { path: string; size: number }[] };
    };
    expect(given).toMatchObject({
      order: order.order,
      kind: 'install-client',
      verify: false,
      computer: order.computer,
    });
    const [release] = given.release.files;
    expect(statSync(release?.path ?? '').size).toBe(release?.size);
    expect(JSON.parse(textOf(order, 'input'))).toEqual({
      accounts: [{ account: 'acc', username: 'admin', password: 'a-marked-secret' }],
      registration: order.registration,
    });
    const kept = join(agent.state, 'command', `${order.order}-1`, 'order.json');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    for (const secret of ['a-marked-secret', order.registration?.token])
      expect(textOf(order, 'order')).not.toContain(secret);
  });

  it.each([
    [say({ exitCode: 1603 }), 'INSTALLER_FAILED'],
    [say({ exitCode: 1618 }), 'INSTALLER_BUSY'],
    [say({ exitCode: 1638 }), 'INSTALLER_FAILED'],
    [say({ exitCode: -1073741502 }), 'INSTALLER_FAILED'],
    [say({ exitCode: 3221225794 }), 'INSTALLER_FAILED'],
    [say({ exitCode: 0 }), 'OK'],
    [say({ native: { system: 'win32', code: '1909', text: 'locked out' }, phase: 'auth' }), 'ACCOUNT_LOCKED'],
    [`${say({ failure: { code: 'DISK_FULL' }, phase: 'stage' })}; exit 1`, 'DISK_FULL'],
    [say({ failure: { code: 'MARTIANS' } }), 'MARTIANS'],
    [say({ result: 'WELL' }), 'OUTCOME_UNKNOWN'],
    ['echo done', 'OUTCOME_UNKNOWN'],
    ['echo no such site >&2; exit 3', 'UNKNOWN'],
    ['kill -9 $$', 'INSTALLER_KILLED'],
  ])('whose program does: %s has ended with %s', async (does, meaning) => {
    const report = await ended(give(does));
    expect(report.state === 'succeeded' ? report.result : report.failure?.code).toBe(meaning);
    if (meaning === 'UNKNOWN')
      expect(report.failure?.native).toEqual({ system: 'command', code: '3', text: 'no such site' });
  });

  it('is run once, although the agent was killed meanwhile', async () => {
    const order = give(`while [ ! -e "$name.go" ]; do sleep 0.1; done; ${say({ result: 'OK' })}`);
    await soon(() => expect(textOf(order, 'runs')).toBe('run\n'));
    await agent.stop('SIGKILL');
    writeFileSync(file(order, 'go'), '');
    agent.start();
    expect(succeeded(await ended(order))).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(textOf(order, 'runs')).toBe('run\n');
  });

  it('ends when the order is cancelled, and at the deadline', async () => {
    const cancelled = give('sleep 300');
    await soon(() => expect(textOf(cancelled, 'runs')).toBe('run\n'));
    gateway.tell('cancel', cancelled);
    expect(await ended(cancelled)).toMatchObject({ state: 'cancelled' });
    const late = give('echo slow >&2; sleep 300', { deadline: new Date(Date.now() + 5000).toISOString() });
    expect(await ended(late)).toMatchObject({ failure: { code: 'INSTALL_TIMEOUT' }, log: 'slow\n' });
  });

  it('starts its program also where the state folder was named relative to the one of the start', async () => {
    await agent.stop();
    agent.isRelative = true;
    agent.start();
    const order = give(say({ result: 'OK' }));
    expect(succeeded(await ended(order))).toMatchObject({ state: 'succeeded' });
  });

  it('says nothing of phases behind the login before the command has ended', async () => {
    const order = give(say({ result: 'OK' }), {
      accounts: [gateway.seal('acc', { username: 'a', password: 'b' })],
    });
    expect(succeeded(await ended(order))).toMatchObject({ state: 'succeeded', phase: 'install' });
    const phases = gateway
      .reportsOf(order.order)
      .flatMap(({ state, phase }) => (state === 'progress' ? [phase] : []));
    expect(phases).toEqual(['auth']);
  });
});
