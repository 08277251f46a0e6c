import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { TestComputers } from '../tools/testing/computers.js';
import { eventually } from '../tools/testing/eventually.js';
import { Stack } from './support/stack.js';

interface OrderView {
  state: string;
  failure: { code: string } | null;
}
interface TimelineView {
  items: { kind: string; data?: { accounts?: { account: string; result: string }[] } }[];
}

jest.setTimeout(300_000);

describeAsRoot('R6: the account for a computer is kept centrally or on its DP', () => {
  let stack: Stack;
  let computers: TestComputers;
  let accountsFile: string;

  beforeAll(async () => {
    computers = await TestComputers.start(4);
    stack = await Stack.start();
    await stack.api.ok('PATCH', '/settings', { sshPort: computers.port, pollInterval: 5 });
    await stack.publishClient();
    const state = join(stack.folder, 'dp-north');
    mkdirSync(state, { recursive: true, mode: 0o700 });
    accountsFile = join(state, 'accounts.yaml');
    keepOnDp(computers.password);
    await stack.addDp('north', 'methods: [ssh]\nlocalAccounts: accounts.yaml\n');
    const rows = [1, 2, 3, 4].map((n) => `${computers.name(n)};;${computers.address(n)}`);
    await stack.importCsv(['Name;FQDN;IP-Adresse', ...rows].join('\r\n'), 'north');
  });
  afterAll(async () => {
    await stack?.stop();
    await computers?.stop();
  });

  const keepOnDp = (...passwords: string[]): void => {
    const accounts = passwords.map((password) => ({ username: computers.user, password }));
    writeFileSync(accountsFile, JSON.stringify(accounts), { mode: 0o600 });
  };
  const keepCentrally = async (label: string, password: string, order: number): Promise<string> => {
    const { id } = await stack.api.ok<{ id: string }>('POST', '/accounts', {
      label,
      tenant: 'default',
      username: computers.user,
      password,
      order,
      scope: 'all',
    });
    return id;
  };

  /** Releases a computer, sees its order to the end, and answers with the accounts that were tried. */
  const installed = async (n: number): Promise<{ tried: string[]; order: OrderView }> => {
    const { items } = await stack.api.ok<{ items: { id: string }[] }>(
      'GET',
      `/computers?q=${computers.name(n)}`,
    );
    const computer = items[0]?.id ?? '';
    const released = await stack.api.ok<{ results: { order: string }[] }>('POST', '/computers/release', {
      computers: [computer],
    });
    const id = released.results[0]?.order ?? '';
    expect(id).not.toBe('');
    const order = await eventually(
      async () => {
        const seen = await stack.api.ok<OrderView>('GET', `/orders/${id}`);
        if (!['succeeded', 'failed', 'expired'].includes(seen.state)) throw new Error(JSON.stringify(seen));
        return seen;
      },
      { timeoutMs: 120_000 },
    );
    // a registration may end the order before the DP has told what it tried
    const tried = await eventually(
      async () => {
        const { items: events } = await stack.api.ok<TimelineView>(
          'GET',
          `/computers/${computer}/timeline?limit=100`,
        );
        const told = events.flatMap((event) => (event.data?.accounts?.length ? [event.data.accounts] : []));
        if (!told[0]) throw new Error(JSON.stringify(events));
        return told[0].map(({ account, result }) => `${account} ${result}`);
      },
      { timeoutMs: 120_000 },
    );
    return { tried, order };
  };

  it('on the DP alone: nothing of it is known at the centre', async () => {
    await eventually(
      async () =>
        expect(await stack.api.ok('GET', '/distribution-points/north')).toMatchObject({
          agent: { localAccounts: 1 },
        }),
      { timeoutMs: 60_000 },
    );
    const { tried, order } = await installed(1);
    expect(order).toMatchObject({ state: 'succeeded' });
    expect(tried).toEqual(['local OK']);
  });

  it('centrally: sealed to the DP, tried before those of the DP', async () => {
    const central = await keepCentrally('central', computers.password, 5);
    const { tried, order } = await installed(2);
    expect(order).toMatchObject({ state: 'succeeded' });
    expect(tried).toEqual([`${central} OK`]);
  });

  it('several in turn, and none so often that it is locked', async () => {
    const wrong = await keepCentrally('outdated', 'an outdated password', 1);
    const { items } = await stack.api.ok<{ items: { id: string; label: string }[] }>('GET', '/accounts');
    const right = items.find(({ label }) => label === 'central')?.id ?? '';
    for (const n of [3, 4]) {
      const { tried, order } = await installed(n);
      expect(order).toMatchObject({ state: 'succeeded' });
      expect(tried).toEqual([`${wrong} AUTH_FAILED`, `${right} OK`]);
    }
    // after two refusals in a row a brake keeps everybody from using it
    await eventually(
      async () =>
        expect(await stack.api.ok('GET', '/brakes')).toMatchObject({
          items: [{ scope: { account: wrong }, lifted: null }],
        }),
      { timeoutMs: 60_000 },
    );
    expect(await stack.deadLetters()).toEqual({});
  });
});
