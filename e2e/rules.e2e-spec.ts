import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../tools/testing/eventually.js';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { TestComputers } from '../tools/testing/computers.js';
import { ForeignDp, type ForeignOrder } from './support/foreign-dp.js';
import { Stack } from './support/stack.js';

interface ComputerView {
  id: string;
  name: string;
  state: string;
  dp: { fixed: string | null; assigned: string | null };
  openOrder: { id: string } | null;
  status: { at: string; age: number; source: string };
}

interface OrderView {
  id: string;
  dp: string;
  computer: string;
  state: string;
}

interface Released {
  order: string | null;
  via: string;
  dp: string;
  code?: string;
  message: string;
}

const PATIENCE = { timeoutMs: 120_000 };

/**
 * The rules of the product, each through the doors its users have. R9, R10 and R11 are in
 * location-and-actions.e2e-spec.ts, the import from Active Directory (R1) beside the importer.
 */
describeAsRoot('the rules', () => {
  let stack: Stack;
  let computers: TestComputers;
  /** A DP that asks when the test lets it. */
  let quiet: ForeignDp;
  const taken = new Map<string, ForeignOrder>();

  beforeAll(async () => {
    computers = await TestComputers.start(3);
    stack = await Stack.start();
    await stack.api.ok('PATCH', '/settings', { sshPort: computers.port, pollInterval: 5 });
    await stack.publishClient();
    quiet = new ForeignDp('quiet', stack.gatewayUrls[0] ?? '');
  }, 180_000);

  afterAll(async () => {
    await stack?.stop();
    await computers?.stop();
  }, 60_000);

  const { get, post } = {
    get: <T>(path: string): Promise<T> => stack.api.ok<T>('GET', path),
    post: <T>(path: string, body: unknown): Promise<T> => stack.api.ok<T>('POST', path, body),
  };
  const computer = async (name: string): Promise<ComputerView> => {
    const { items } = await get<{ items: ComputerView[] }>(`/computers?q=${name}`);
    const found = items.find((one) => one.name === name.toUpperCase());
    if (!found) throw new Error(`no computer ${name}`);
    return found;
  };
  const release = async (name: string): Promise<Released> => {
    const { results } = await post<{ results: Released[] }>('/computers/release', {
      computers: [(await computer(name)).id],
    });
    if (!results[0]) throw new Error('no answer');
    return results[0];
  };
  /** Lets the quiet DP ask; the order as it got it last. */
  const handed = async (order: string | undefined): Promise<ForeignOrder> => {
    const { body } = await quiet.poll();
    for (const one of body.orders) taken.set(one.order.order, one.order);
    const found = taken.get(order ?? '');
    if (!found) throw new Error(`order ${order} is not handed over: ${JSON.stringify(body)}`);
    return found;
  };
  const account = (
    username: string,
    password: string,
    order: number,
    dps: string[],
  ): Promise<{ id: string }> =>
    post('/accounts', { label: username, tenant: 'default', username, password, order, scope: { dps } });
  const isRegistered = (name: string): Promise<ComputerView> =>
    eventually(async () => {
      const found = await computer(name);
      if (found.state !== 'pending-restart') throw new Error(JSON.stringify(found));
      return found;
    }, PATIENCE);
  const rowOf = (n: number): string => `${computers.name(n)};${computers.address(n)}`;

  it('R1: an import shows every row before anything is written, and ends in a summary', async () => {
    const form = new FormData();
    form.set('source', 'csv');
    form.set('tenant', 'default');
    form.set('dp', 'server');
    form.set('file', new Blob(['name\nfirst\nsecond\nnot a name!\nfirst\n']), 'computers.csv');
    const { id } = await post<{ id: string }>('/imports', form);
    const previewed = await stack.runState(id, 'previewed');
    expect(previewed['counts']).toMatchObject({ rows: 4, new: 2, rejected: 2 });
    const { items } = await get<{ items: { line: number; verdict: string; messages: object[] }[] }>(
      `/imports/${id}/rows`,
    );
    expect(items.map(({ verdict }) => verdict)).toEqual(['new', 'new', 'rejected', 'rejected']);
    expect(items.slice(2).every(({ messages }) => messages.length > 0)).toBe(true);
    expect(await get('/computers?q=first')).toMatchObject({ total: 0 });
    await post(`/imports/${id}/commit`, {});
    expect(await stack.runState(id, 'committed')).toMatchObject({ counts: { new: 2, rejected: 2 } });
    expect(await computer('first')).toMatchObject({ state: 'imported', dp: { fixed: 'server' } });
  }, 180_000);

  it('R7: a DP gets orders only when it is installed and an administrator has enabled it', async () => {
    const body = { id: 'quiet', name: 'Quiet', tenant: null };
    const { joinToken } = await post<{ joinToken: string }>('/distribution-points', body);
    await account('anybody', 'secret', 1, ['quiet']);
    await stack.importCsv('name\nsite-1\nsite-2\nsite-3\n', 'quiet');
    expect(await release('site-1')).toMatchObject({ order: null, code: 'DP_NOT_ENABLED' });
    expect((await quiet.enrol(joinToken)).status).toBe(201);
    expect(await quiet.poll()).toMatchObject({ status: 200, body: { status: 'pending', orders: [] } });
    expect(await release('site-1')).toMatchObject({ order: null, code: 'DP_NOT_ENABLED' });
    const enabled = await post('/distribution-points/quiet/enable', { keyFingerprint: quiet.fingerprint });
    // what was entered before the DP had keys cannot be opened there
    expect(enabled).toMatchObject({ accountsToEnter: [{ label: 'anybody' }] });
    await account('somebody', 'secret', 2, ['quiet']);
    await eventually(async () => expect((await quiet.poll()).body.status).toBe('enabled'), PATIENCE);
  }, 180_000);

  it('R3: an imported computer is in the folder of those not yet registered, and nothing runs before its release', async () => {
    const { items } = await get<{ items: ComputerView[] }>('/computers?folder=unregistered&q=site-');
    expect(items).toMatchObject([1, 2, 3].map((n) => ({ name: `SITE-${n}`, dp: { fixed: 'quiet' } })));
    expect(await get('/distribution-points/quiet/orders')).toMatchObject({ total: 0 });
    expect(await quiet.poll()).toMatchObject({ status: 200, body: { orders: [] } });
  }, 180_000);

  it('R4: a release puts an order on the DP’s queue and says so; without a DP the server DP does it', async () => {
    const released = await release('site-1');
    expect(released).toMatchObject({ via: 'dp', dp: 'quiet', message: expect.stringContaining('queue') });
    await eventually(
      async () => expect(await get('/distribution-points/quiet')).toMatchObject({ queue: { ready: 1 } }),
      PATIENCE,
    );
    expect(await release('site-1')).toMatchObject({ order: released.order });

    await stack.addDp('server', 'methods: [ssh]\n');
    await account(computers.user, computers.password, 1, ['server']);
    await stack.importCsv(`name;address\n${rowOf(1)}\n`, null);
    expect(await release(computers.name(1))).toMatchObject({ via: 'server-dp', dp: 'server' });
    await isRegistered(computers.name(1));
  }, 180_000);

  it('R5: the administration of a DP shows whether, and for which computers, it has orders', async () => {
    await release('site-2');
    const dp = await get('/distribution-points/quiet');
    expect(dp).toMatchObject({ orders: { open: 2, running: 0 } });
    const { items } = await get<{ items: (OrderView & { computerName: string })[] }>(
      '/distribution-points/quiet/orders',
    );
    expect(items.map(({ computerName }) => computerName).toSorted()).toEqual(['SITE-1', 'SITE-2']);
  }, 180_000);

  it('R2: the DP given at import stays until the installation has finished, and a failed one has not', async () => {
    const { id } = await computer('site-3');
    const { order } = await release('site-3');
    const refused = (): Promise<unknown> => stack.api.call('PATCH', `/computers/${id}`, { dp: 'server' });
    expect(await refused()).toMatchObject({ status: 409, body: { code: 'DP_FIXED' } });
    const mine = await eventually(() => handed(order ?? undefined), PATIENCE);
    await quiet.report([
      { order: mine, state: 'accepted' },
      { order: mine, state: 'failed', phase: 'stage', failure: { code: 'DISK_FULL', native: null } },
    ]);
    await eventually(async () => expect((await computer('site-3')).state).toBe('install-failed'), PATIENCE);
    expect(await refused()).toMatchObject({
      status: 409,
      body: { code: 'DP_FIXED', detail: expect.stringContaining('import it again') },
    });
    const anew = await post<ComputerView>(`/computers/${id}/reimport`, { dp: null });
    expect(anew).toMatchObject({ state: 'imported', dp: { fixed: null } });
  }, 180_000);

  it('R8: the server decides when a DP asks again; a status carries its age and its source', async () => {
    const after = async (path: string, pollInterval: number | null): Promise<void> => {
      await stack.api.ok('PATCH', `${path}/settings`, { pollInterval, pollJitter: 0 });
      const { effective } = await get<{ effective: Record<string, { value: number; from: string }> }>(
        '/distribution-points/quiet/settings',
      );
      const expected = effective['pollInterval']?.value;
      await eventually(async () => expect((await quiet.poll()).body.pollAfter).toBe(expected), PATIENCE);
    };
    await after('', 40);
    await after('/distribution-points/quiet', 20);
    await after('/distribution-points/quiet', null);

    // several polls pass while the DP works; should its lease lapse meanwhile, it gets the order again
    const { openOrder, id } = await computer('site-1');
    const order = await eventually(async () => {
      const mine = await handed(openOrder?.id);
      await quiet.report([{ order: mine, state: 'accepted' }]);
      expect(await get(`/orders/${mine.order}`)).toMatchObject({ state: 'running' });
      return mine;
    }, PATIENCE);
    await quiet.poll({ running: [{ order: order.order, fence: order.fence }] });
    await quiet.report([{ order, state: 'progress', phase: 'install', percent: 40 }]);
    await eventually(
      async () =>
        expect(await get(`/orders/${order.order}`)).toMatchObject({
          state: 'running',
          lastReport: { phase: 'install', percent: 40 },
        }),
      PATIENCE,
    );
    await quiet.report([{ order, state: 'succeeded', result: 'OK' }]);
    const installed = await eventually(async () => {
      const found = await computer('site-1');
      expect(found).toMatchObject({ state: 'awaiting-registration', status: { source: 'dp' } });
      return found;
    }, PATIENCE);
    expect(installed.status.age).toBeGreaterThanOrEqual(0);
    const { items: told } = await get<{ items: { source: string; at: string }[] }>(
      `/computers/${id}/timeline`,
    );
    expect(new Set(told.map(({ source }) => source))).toEqual(new Set(['importer', 'admin', 'server', 'dp']));
  }, 180_000);

  it('R6: a DP installs with an account that is stored centrally or on it, several in turn; there must be one', async () => {
    const berlin = await stack.addDp('berlin', 'methods: [ssh]\n');
    await stack.importCsv(`name;address\n${rowOf(2)}\n`, 'berlin');
    expect(await release(computers.name(2))).toMatchObject({ order: null, code: 'NO_ACCOUNT' });
    const [wrong, right] = [
      await account('nobody-here', 'wrong', 1, ['berlin']),
      await account(computers.user, computers.password, 2, ['berlin']),
    ];
    const { order } = await release(computers.name(2));
    const { id } = await isRegistered(computers.name(2));
    const tried = await eventually(async () => {
      const { items } = await get<{ items: { order: string; data: { accounts?: object[] } }[] }>(
        `/computers/${id}/timeline?limit=100`,
      );
      const found = items.find((one) => one.order === order && (one.data.accounts?.length ?? 0) > 1);
      if (!found) throw new Error(JSON.stringify(items));
      return found.data.accounts;
    }, PATIENCE);
    expect(tried).toEqual([
      { account: wrong.id, result: 'AUTH_FAILED' },
      { account: right.id, result: 'OK' },
    ]);

    const kept = join(stack.folder, 'oslo-accounts.yaml');
    const own = { username: computers.user, password: computers.password };
    writeFileSync(kept, JSON.stringify([own]), { mode: 0o600 });
    await stack.addDp('oslo', `methods: [ssh]\nlocalAccounts: ${kept}\n`);
    await stack.importCsv(`name;address\n${rowOf(3)}\n`, 'oslo');
    // the server learns of accounts on a DP from its polls
    await eventually(
      async () =>
        expect(await release(computers.name(3))).toMatchObject({ order: expect.any(String), dp: 'oslo' }),
      PATIENCE,
    );
    await isRegistered(computers.name(3));
    expect(berlin.agent.isRunning).toBe(true);
  }, 300_000);

  it('R12: a DP only calls out: to its gateway and to computers, never to the broker, and nothing listens on it', () => {
    const { agent } = stack.dps.get('berlin') ?? {};
    const sockets = socketsOf(agent?.pid ?? 0);
    const gateway = Number(new URL(stack.gatewayUrls[0] ?? '').port);
    expect(sockets.filter(({ state }) => state === 'listening')).toEqual([]);
    expect([...new Set(sockets.map(({ port }) => port))]).toEqual([gateway]);
    const broker = Number(new URL(stack.ground.amqpUrl).port);
    const known = [...socketsOf(stack.gateways[0]?.pid ?? 0)].map(({ port }) => port);
    // the same look finds the broker where it is: behind the gateway
    expect(known).toContain(broker);
  }, 60_000);

  it('leave no dead letter behind', async () => {
    expect(await stack.deadLetters()).toEqual({});
  });
});

/** TCP sockets of a process: what it listens on, and which port of the other side it is connected to. */
function socketsOf(pid: number): { state: 'listening' | 'connected'; port: number }[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const table = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').trim().split('\n').slice(1),
  );
  return table.flatMap((line) => {
    const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
    if (!own.has(inode) || (state !== '0A' && state !== '01')) return [];
    const port = Number.parseInt(remote.split(':')[1] ?? '', 16);
    return [{ state: state === '0A' ? ('listening' as const) : ('connected' as const), port }];
  });
}
