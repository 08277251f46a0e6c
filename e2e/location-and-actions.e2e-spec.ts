import { eventually } from '../tools/testing/eventually.js';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { TestComputers } from '../tools/testing/computers.js';
import { Stack } from './support/stack.js';

interface ComputerView {
  id: string;
  name: string;
  state: string;
  dp: { fixed: string | null; assigned: string | null };
  openOrder: { id: string } | null;
  client: { registeredAt: string; bootId: string } | null;
  lastProbe: { result: string; dp: string } | null;
  alerts: { code: string }[];
  status: { at: string; age: number; source: string };
}

interface OrderView {
  id: string;
  dp: string;
  route: string[];
  state: string;
  attempt: number;
  result: string | null;
  failure: { code: string; phase: string; dp: string } | null;
}

interface Happening {
  kind: string;
  dp: string | null;
  source: string;
  text: string;
}

const CLIENT = '/opt/relaypoint-client/bin/relaypoint-client';
/** Every client of this stack has it: computers, server and gateway share the loopback network. */
const HERE = { publicAddressIn: '127.0.0.0/8' };
const PATIENCE = { timeoutMs: 120_000 };

/** What happens to a computer once its client is there, every part real: computers, SSH, agents, client. */
describeAsRoot('registered computers', () => {
  let stack: Stack;
  let computers: TestComputers;
  const ids: string[] = [];

  beforeAll(async () => {
    computers = await TestComputers.start(3);
    stack = await Stack.start();
    await stack.api.ok('PATCH', '/settings', { sshPort: computers.port, pollInterval: 5 });
    await stack.publishClient();
    await stack.addDp('berlin', 'methods: [ssh]\n');
    await stack.addDp('server', 'methods: [ssh]\n');
    await stack.api.ok('POST', '/accounts', {
      label: 'Site administrators',
      tenant: 'default',
      username: computers.user,
      password: computers.password,
    });
    await stack.api.ok('POST', '/location-rules', { dp: 'berlin', tenant: 'default', when: HERE });
    const rows = [1, 2, 3].map((n) => `${computers.name(n)};${computers.address(n)}`);
    await stack.importCsv(['Name;IP-Adresse', ...rows].join('\r\n'), 'berlin');
    const { items } = await stack.api.ok<{ items: ComputerView[] }>('GET', '/computers?sort=name');
    ids.push(...items.map(({ id }) => id));
  }, 180_000);

  afterAll(async () => {
    await stack?.stop();
    await computers?.stop();
  }, 60_000);

  const id = (n: number): string => ids[n - 1] ?? '';
  const computer = (n: number) => stack.api.ok<ComputerView>('GET', `/computers/${id(n)}`);
  const computerIs = (n: number, wanted: object): Promise<unknown> =>
    eventually(async () => expect(await computer(n)).toMatchObject(wanted), PATIENCE);
  const contact = (n: number): Promise<unknown> =>
    eventually(() => computers.exec(n, `${CLIENT} contact`), PATIENCE);
  const act = (n: number, kind: string) =>
    stack.api.ok<OrderView>('POST', `/computers/${id(n)}/actions`, { kind });
  const order = (of: { id: string }) => stack.api.ok<OrderView>('GET', `/orders/${of.id}`);
  const orderIs = (of: { id: string }, wanted: object): Promise<unknown> =>
    eventually(async () => expect(await order(of)).toMatchObject(wanted), PATIENCE);
  const timeline = async (n: number): Promise<Happening[]> =>
    (await stack.api.ok<{ items: Happening[] }>('GET', `/computers/${id(n)}/timeline?limit=200`)).items;

  it('a probe before release says whether the computer can be reached, and changes nothing', async () => {
    await computers.fault(3, 'closed');
    const refused = await stack.api.ok<OrderView>('POST', `/computers/${id(3)}/probe`);
    expect(refused).toMatchObject({ kind: 'probe', dp: 'berlin', route: ['berlin'] });
    await orderIs(refused, { state: 'failed', failure: { code: 'PORT_CLOSED', phase: 'reach' } });
    await computerIs(3, { lastProbe: { result: 'PORT_CLOSED', dp: 'berlin' }, openOrder: null });
    await computers.fault(3, 'none');
    const answered = await stack.api.ok<OrderView>('POST', `/computers/${id(3)}/probe`);
    await orderIs(answered, { state: 'succeeded', result: 'OK' });
    await computerIs(3, { state: 'imported', dp: { fixed: 'berlin' }, lastProbe: { result: 'OK' } });
    expect(await computers.exec(3, 'ls /var/lib')).not.toContain('relaypoint');
  }, 180_000);

  it('R9: after the installation the client registers itself, waits for the restart, and is ready after it', async () => {
    await stack.api.ok('POST', '/computers/release', { computers: [id(1), id(2)] });
    for (const n of [1, 2]) {
      await computerIs(n, { state: 'pending-restart', status: { source: 'client' }, dp: { fixed: null } });
      // Contacts without a restart change nothing
      await contact(n);
      expect(await computer(n)).toMatchObject({ state: 'pending-restart' });
      await computers.reboot(n);
      await contact(n);
      await computerIs(n, { state: 'ready', openOrder: null, alerts: [] });
      const kinds = (await timeline(n)).map(({ kind }) => kind);
      expect(kinds.indexOf('ready')).toBeLessThan(kinds.indexOf('registered'));
    }
  }, 180_000);

  it('R10: location rules assign the client at its registration and at every contact, without flapping', async () => {
    expect(await computer(1)).toMatchObject({ dp: { fixed: null, assigned: 'berlin' } });
    const moved = await stack.api.call('PATCH', `/computers/${id(1)}`, { dp: 'server' });
    expect(moved).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });

    const rule = await stack.api.ok<{ id: string }>('POST', '/location-rules', {
      dp: 'server',
      tenant: 'default',
      priority: 5,
      when: HERE,
    });
    const overlaps = await stack.api.ok<{ items: object[] }>('GET', '/location-rules/overlaps');
    expect(overlaps.items).toMatchObject([{ address: '127.0.0.1', winner: 'server', why: 'PRIORITY' }]);
    const { client } = await stack.api.ok<{ client: { location: object } }>('GET', `/computers/${id(1)}`);
    const explained = await stack.api.ok('POST', '/location-rules/explain', {
      tenant: 'default',
      location: client.location,
      dp: 'berlin',
    });
    expect(explained).toMatchObject({ winner: { dp: 'server' }, why: 'PRIORITY' });

    await contact(1);
    expect(await computer(1)).toMatchObject({ dp: { assigned: 'berlin' } });
    await contact(1);
    expect(await computer(1)).toMatchObject({ dp: { assigned: 'server' } });
    await stack.api.ok('DELETE', `/location-rules/${rule.id}`);
    await contact(1);
    expect(await computer(1)).toMatchObject({ dp: { assigned: 'server' } });
    await contact(1);
    expect(await computer(1)).toMatchObject({ dp: { assigned: 'berlin' } });
    const assigned = (await timeline(1)).filter(({ kind }) => kind === 'dp-assigned');
    expect(assigned.map(({ dp }) => dp)).toEqual(['berlin', 'server', 'berlin']);
  }, 180_000);

  it('R11: an action is tried directly, by the server DP', async () => {
    const before = computers.bootId(1);
    const restart = await act(1, 'restart');
    expect(restart).toMatchObject({ dp: 'server', route: ['server', 'berlin'] });
    await orderIs(restart, { state: 'succeeded', dp: 'server', attempt: 1, result: 'RESTART_STARTED' });
    await eventually(() => expect(computers.bootId(1)).not.toBe(before), PATIENCE);
    await contact(1);
    await computerIs(1, { state: 'ready', openOrder: null, client: { bootId: computers.bootId(1) } });
  }, 180_000);

  it('R11: when the server DP cannot reach the computer, its assigned DP does it, at no cost', async () => {
    // Seen from the server, nothing answers at the computer's door
    await stack.api.ok('PATCH', '/distribution-points/server/settings', { sshPort: 1 });
    const before = computers.bootId(2);
    const restart = await act(2, 'restart');
    await orderIs(restart, { state: 'succeeded', dp: 'berlin', attempt: 1, result: 'RESTART_STARTED' });
    await eventually(() => expect(computers.bootId(2)).not.toBe(before), PATIENCE);
    expect(await timeline(2)).toContainEqual(
      expect.objectContaining({ kind: 'order-passed-on', dp: 'berlin', source: 'dp' }),
    );
    await stack.api.ok('PATCH', '/distribution-points/server/settings', { sshPort: null });
    await contact(2);
  }, 180_000);

  it('R11: a failure later than reach does not go on to the assigned DP', async () => {
    await computers.fault(2, 'nosudo');
    const restart = await act(2, 'restart');
    await orderIs(restart, { state: 'failed', dp: 'server', failure: { phase: 'auth', dp: 'server' } });
    await computers.fault(2, 'none');
    await computerIs(2, { state: 'ready', openOrder: null });
  }, 180_000);

  it('reinstalls the client, which registers anew; uninstalls it; lets the computer go', async () => {
    const { client } = await computer(1);
    await computers.exec(1, `rm ${CLIENT}`);
    const reinstall = await act(1, 'reinstall');
    await orderIs(reinstall, { state: 'succeeded', dp: 'server' });
    await computers.exec(1, `test -x ${CLIENT}`);
    await eventually(async () => {
      const after = await computer(1);
      expect(after.client?.registeredAt).not.toBe(client?.registeredAt);
      expect(after).toMatchObject({ openOrder: null, dp: { assigned: 'berlin' }, alerts: [] });
    }, PATIENCE);
    // the client knows of its registration
    await contact(1);
    await computers.reboot(1);
    await contact(1);
    await computerIs(1, { state: 'ready' });

    const tooEarly = await stack.api.call('DELETE', `/computers/${id(1)}`);
    expect(tooEarly).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    await orderIs(await act(1, 'uninstall'), { state: 'succeeded', dp: 'server' });
    await computers.exec(1, 'test ! -e /opt/relaypoint-client');
    await computerIs(1, { state: 'ready', alerts: [{ code: 'CLIENT_UNINSTALLED' }], openOrder: null });
    await stack.api.ok('POST', `/computers/${id(1)}/retire`);
    await stack.api.ok('DELETE', `/computers/${id(1)}`);
    expect((await timeline(1)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['imported', 'registered', 'ready', 'retired', 'deleted']),
    );
  }, 180_000);

  it('R2: a wrong DP is mended only by deleting and importing again, as one guarded step', async () => {
    const wrong = await stack.api.call('PATCH', `/computers/${id(3)}`, { dp: 'server' });
    expect(wrong).toMatchObject({ status: 409, body: { code: 'DP_FIXED' } });
    expect(await stack.api.ok('POST', `/computers/${id(3)}/reimport`, { dp: null })).toMatchObject({
      state: 'imported',
      dp: { fixed: null },
    });
    await stack.api.ok('POST', `/computers/${id(3)}/release`, {});
    await computerIs(3, { state: 'pending-restart', dp: { fixed: null, assigned: 'berlin' } });
    expect(await stack.api.call('POST', `/computers/${id(3)}/reimport`, { dp: 'berlin' })).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE' },
    });
    expect(await stack.deadLetters()).toEqual({});
  }, 180_000);
});
