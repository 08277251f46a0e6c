import { describeAsRoot } from '../tools/testing/as-root.js';
import { TestComputers } from '../tools/testing/computers.js';
import { eventually } from '../tools/testing/eventually.js';
import { Stack } from './support/stack.js';

jest.setTimeout(300_000);

const DPS = ['north', 'south', 'west'];
/** Computers of each DP. */
const EACH = 4;
const PASSWORD_CHANGED = 'the new one, that nobody has entered';

describeAsRoot('an account whose password is changed after it has worked', () => {
  let stack: Stack;
  let computers: TestComputers;
  const numbers = DPS.flatMap((_, dp) =>
    Array.from({ length: EACH }, (_one, index) => dp * EACH + index + 1),
  );

  beforeAll(async () => {
    computers = await TestComputers.start(numbers.length);
    stack = await Stack.start();
    await stack.api.ok('PATCH', '/settings', { sshPort: computers.port, pollInterval: 5 });
    await stack.publishClient();
    for (const [index, dp] of DPS.entries()) {
      await stack.addDp(dp, 'methods: [ssh]\n');
      const own = numbers.slice(index * EACH, (index + 1) * EACH);
      const rows = own.map((n) => `${computers.name(n)};;${computers.address(n)}`);
      await stack.importCsv(['Name;FQDN;IP-Adresse', ...rows].join('\r\n'), dp);
    }
    await stack.api.ok('POST', '/accounts', {
      label: 'shared',
      tenant: 'default',
      username: computers.user,
      password: computers.password,
      order: 1,
      scope: 'all',
    });
  });
  afterAll(async () => {
    await stack?.stop();
    await computers?.stop();
  });

  const release = async (which: readonly number[]): Promise<string[]> => {
    const { items } = await stack.api.ok<{ items: { id: string; name: string }[] }>(
      'GET',
      '/computers?limit=100',
    );
    const names = new Set(which.map((n) => computers.name(n).toUpperCase()));
    const ids = items.filter(({ name }) => names.has(name.toUpperCase())).map(({ id }) => id);
    expect(ids).toHaveLength(which.length);
    const { results } = await stack.api.ok<{ results: { order: string }[] }>('POST', '/computers/release', {
      computers: ids,
    });
    return results.map(({ order }) => order);
  };
  const stateOf = async (order: string) =>
    stack.api.ok<{ state: string; heldBack: { code: string } | null }>('GET', `/orders/${order}`);
  const refused = (): number => numbers.reduce((sum, n) => sum + computers.refusedPasswords(n).length, 0);

  it('is refused fewer times than a directory allows, by all DPs together, before its brake falls', async () => {
    const first = await release([1, 1 + EACH, 1 + 2 * EACH]);
    await eventually(
      async () => {
        const states = await Promise.all(first.map(async (order) => (await stateOf(order)).state));
        expect(states).toEqual(first.map(() => 'succeeded'));
      },
      { timeoutMs: 120_000 },
    );
    expect(refused()).toBe(0);

    for (const n of numbers)
      await computers.exec(n, `echo '${computers.user}:${PASSWORD_CHANGED}' | chpasswd -c SHA512`);
    const rest = await release(numbers.filter((n) => n % EACH !== 1));
    await eventually(
      async () =>
        expect(await stack.api.ok('GET', '/brakes')).toMatchObject({ items: [{ cause: 'AUTH_FAILED' }] }),
      { timeoutMs: 120_000 },
    );
    await eventually(
      async () => {
        const seen = await Promise.all(rest.map(stateOf));
        const waiting = seen.filter(({ state }) => state !== 'failed');
        expect(waiting.map(({ heldBack }) => heldBack?.code)).toEqual(waiting.map(() => 'BRAKE'));
      },
      { timeoutMs: 120_000 },
    );
    // the default of the setting accountLogins; directories lock after five
    expect(refused()).toBeGreaterThanOrEqual(2);
    expect(refused()).toBeLessThanOrEqual(4);
  });
});
