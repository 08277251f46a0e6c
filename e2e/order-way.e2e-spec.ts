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
  lastOrder: { id: string } | string | null;
  status: { at: string; age: number; source: string };
}

/** The product's main job, every part real: broker, database, gateway, agent, SSH, client. */
describeAsRoot('the way of one order', () => {
  let stack: Stack;
  let computers: TestComputers;

  beforeAll(async () => {
    computers = await TestComputers.start(3);
    stack = await Stack.start();
    await stack.api.ok('PATCH', '/settings', { sshPort: computers.port, pollInterval: 5 });
    await stack.publishClient();
  }, 120_000);

  afterAll(async () => {
    await stack?.stop();
    await computers?.stop();
  }, 60_000);

  const csv = (numbers: number[]): string =>
    ['Name;FQDN;IP-Adresse', ...numbers.map((n) => `${computers.name(n)};;${computers.address(n)}`)].join(
      '\r\n',
    );

  const addAccount = (): Promise<unknown> =>
    stack.api.ok('POST', '/accounts', {
      label: 'Site administrators',
      tenant: 'default',
      username: computers.user,
      password: computers.password,
      order: 1,
      scope: 'all',
    });

  const computerNamed = async (name: string): Promise<ComputerView> => {
    const { items } = await stack.api.ok<{ items: ComputerView[] }>('GET', `/computers?q=${name}`);
    const found = items.find((c) => c.name === name.toUpperCase());
    if (!found) throw new Error(`no computer ${name}`);
    return found;
  };

  const contact = (n: number): Promise<unknown> =>
    eventually(() => computers.exec(n, '/opt/relaypoint-client/bin/relaypoint-client contact'), {
      timeoutMs: 60_000,
    });

  /** Restarts a computer that is registered, once its client knows that it is: the answer may still be on its way. */
  const restart = async (n: number): Promise<void> => {
    await contact(n);
    await computers.reboot(n);
    await contact(n);
  };

  const inState = (name: string, state: string, timeoutMs = 120_000): Promise<ComputerView> =>
    eventually(
      async () => {
        const computer = await computerNamed(name);
        if (computer.state !== state) throw new Error(`${name}: ${JSON.stringify(computer)}`);
        return computer;
      },
      { timeoutMs },
    );

  it('R1–R10: from the CSV file to ready, by the DP of the site', async () => {
    await stack.addDp('berlin', 'methods: [ssh]\n');
    await addAccount();

    const run = await stack.importCsv(csv([1]), 'berlin');
    expect(run['counts']).toMatchObject({ rows: 1, new: 1, rejected: 0 });

    const imported = await computerNamed('pc-01');
    expect(imported).toMatchObject({ state: 'imported', dp: { fixed: 'berlin' }, openOrder: null });
    const folder = await stack.api.ok<{ items: ComputerView[] }>('GET', '/computers?folder=unregistered');
    expect(folder.items.map((c) => c.name)).toContain('PC-01');

    const moved = await stack.api.call('PATCH', `/computers/${imported.id}`, { dp: 'server' });
    expect(moved).toMatchObject({ status: 409, body: { code: 'DP_FIXED' } });

    const released = await stack.api.ok<{ results: Record<string, unknown>[] }>(
      'POST',
      '/computers/release',
      {
        computers: [imported.id],
      },
    );
    expect(released.results[0]).toMatchObject({ computer: imported.id, via: 'dp', dp: 'berlin' });
    expect(String(released.results[0]?.['message'])).toMatch(/queue/);
    const order = String(released.results[0]?.['order']);

    const orders = await stack.api.ok<{ items: { id: string; computer: unknown }[] }>(
      'GET',
      '/distribution-points/berlin/orders',
    );
    expect(orders.items.map((o) => o.id)).toContain(order);

    const restarting = await inState('pc-01', 'pending-restart');
    expect(restarting.dp.fixed).toBeNull();
    expect(restarting.status.source).toBe('client');
    await eventually(async () => {
      expect(await stack.api.ok('GET', `/orders/${order}`)).toMatchObject({ state: 'succeeded', attempt: 1 });
    });
    await computers.exec(1, 'test -x /opt/relaypoint-client/bin/relaypoint-client');

    await restart(1);
    await inState('pc-01', 'ready');

    const timeline = await stack.api.ok<{
      items: { kind: string; source: string; at: string; text: string }[];
    }>('GET', `/computers/${imported.id}/timeline?limit=100`);
    const kinds = timeline.items.map((e) => e.kind).toReversed();
    for (const kind of [
      'imported',
      'released',
      'order-queued',
      'order-leased',
      'order-accepted',
      'registered',
      'ready',
    ]) {
      expect(kinds).toContain(kind);
    }
    expect(timeline.items.every((e) => e.text.length > 0)).toBe(true);
    expect(await stack.deadLetters()).toEqual({});
  }, 300_000);

  it('R4: a computer without DP goes the same way by the server DP', async () => {
    await stack.addDp('server', 'methods: [ssh]\n');
    await addAccount();
    await stack.importCsv(csv([2]), null);
    const imported = await computerNamed('pc-02');
    expect(imported.dp.fixed).toBeNull();
    const released = await stack.api.ok<{ results: Record<string, unknown>[] }>(
      'POST',
      `/computers/${imported.id}/release`,
      {},
    );
    expect(JSON.stringify(released)).toContain('server-dp');
    await inState('pc-02', 'pending-restart');
    await restart(2);
    await inState('pc-02', 'ready');
    expect(await stack.deadLetters()).toEqual({});
  }, 300_000);
});
