import type { Account, DpId, DistributionPoint, InstallOrder, OrderId } from '#domain';
import { AccountRepository, DistributionPointRepository, OrderRepository } from '#persistence';
import { enabledDp, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { AccountTrials } from './account-trials.js';
import { EligibilityPolicy } from './eligibility-policy.js';

const DP = 'site' as DpId;

/** Others note logins on the same accounts, between this server's reads and writes. */
describe('logins that are noted on accounts', () => {
  let server: TestServer;
  let trials: AccountTrials;
  let gate: EligibilityPolicy;
  let accounts: AccountRepository;
  let dp: DistributionPoint;
  let count = 0;

  beforeAll(async () => {
    // no sweep of its own comes in between
    server = await startTestServer({ SWEEP_INTERVAL_MS: '60000' });
    trials = server.app.get(AccountTrials, { strict: false });
    gate = server.app.get(EligibilityPolicy, { strict: false });
    accounts = server.app.get(AccountRepository);
    await enabledDp(server, DP);
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const found = await server.app.get(DistributionPointRepository).findById('all', DP);
    if (!found) throw new Error('no DP');
    dp = found;
    for (const order of [1, 2]) {
      const wish = {
        label: `a${order}`,
        tenant: 'default',
        username: `u${order}`,
        password: 'p',
        order,
        scope: 'all',
      };
      await server.post('/api/v1/accounts', wish);
    }
  }, 120_000);
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => server.stop(), 60_000);

  const released = async (): Promise<InstallOrder> => {
    const { id } = await importedComputer(server, `tried-${(count += 1)}`, DP);
    const { body } = await server.post('/api/v1/computers/release', { computers: [id] });
    const [order] = await server.app.get(OrderRepository).findByIds([body.results[0].order as OrderId]);
    if (!order) throw new Error('not released');
    return order;
  };
  const stored = (): Promise<Account[]> => accounts.list('all');
  /** Somebody else is quicker at each write of one account; both writes are real. */
  const raced = (label: string, change: (account: Account) => Account): jest.SpyInstance => {
    const replace = accounts.replace.bind(accounts);
    return jest.spyOn(accounts, 'replace').mockImplementation(async (account) => {
      const now = (await stored()).find(({ id }) => id === account.id);
      if (now?.label === label) await replace(change(now));
      return replace(account);
    });
  };

  it('hold an order for two seconds when others keep changing its account, and leave no note', async () => {
    const order = await released();
    const now = new Date();
    const writes = raced('a2', (account) => account);
    const holds = await trials.begin([{ order, dp }], await gate.look([order], now), now);
    expect(holds.get(order.id)).toEqual({
      code: 'ACCOUNT_UNPROVEN',
      until: new Date(now.getTime() + 2_000),
    });
    // five tries, each of both accounts
    expect(writes).toHaveBeenCalledTimes(10);
    jest.restoreAllMocks();
    const again = await trials.begin([{ order, dp }], await gate.look([order], now), now);
    expect(again.size).toBe(0);
    expect((await stored()).map(({ logins }) => logins)).toMatchObject([
      [{ order: order.id }],
      [{ order: order.id }],
    ]);
    for (const account of await stored()) await accounts.replace({ ...account, logins: [] });
  }, 60_000);

  it('are taken back from the one account when the order has to wait for the other after all', async () => {
    const order = await released();
    const now = new Date();
    const others = ['o1', 'o2'].map((one) => ({ order: one as OrderId, dp: DP, at: now }));
    raced('a2', (account) => ({ ...account, logins: others }));
    const holds = await trials.begin([{ order, dp }], await gate.look([order], now), now);
    expect(holds.get(order.id)).toEqual({
      code: 'ACCOUNT_UNPROVEN',
      until: new Date(now.getTime() + 60_000),
    });
    expect((await stored()).map(({ logins }) => logins)).toEqual([[], others]);
  }, 60_000);
});
