import type { DpId, OrderId } from '#domain';
import { after, computer, now, openStage, order, type Stage } from '../testing/stage.js';
import { ComputerRepository } from './computer.repository.js';
import { OrderRepository } from './order.repository.js';
import type { PageRequest, PageResult } from './pages.js';

async function all<T>(
  list: (after: string | null) => Promise<PageResult<T>>,
  between: () => Promise<unknown> = async () => undefined,
): Promise<T[]> {
  const seen: T[] = [];
  let cursor: string | null = null;
  do {
    const result: PageResult<T> = await list(cursor);
    seen.push(...result.items);
    await between();
    cursor = result.next;
  } while (cursor !== null);
  return seen;
}

describe('pages of a list', () => {
  let stage: Stage;
  let computers: ComputerRepository;
  let orders: OrderRepository;

  beforeAll(async () => {
    stage = await openStage();
    computers = stage.get(ComputerRepository);
    orders = stage.get(OrderRepository);
  }, 60_000);

  afterAll(() => stage.close(), 30_000);

  it('neither repeat nor hide, while others are inserted before and behind', async () => {
    const name = (n: number): string => `M${String(n).padStart(3, '0')}`;
    const made = (n: number): ReturnType<typeof computer> =>
      computer(n, { name: name(n), identity: name(n), state: 'ready' });
    await computers.insertNew(Array.from({ length: 25 }, (_, i) => made(300 + i * 2)));
    let later = 299;
    const seen = await all(
      (cursor) => computers.list('all', { states: ['ready'] }, { limit: 7, after: cursor }),
      // Odd ones, from the front to the back: each stands before the place where the next page begins
      () => computers.insertNew([made((later += 2))]),
    );
    const wanted = Array.from({ length: 25 }, (_, i) => name(300 + i * 2));
    const names = seen.map((one) => one.name);
    expect(names.filter((one) => wanted.includes(one))).toEqual(wanted);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(names.toSorted());
  });

  it.each([true, false])(
    'show things without a value of the sort field too (descending: %s)',
    async (descending) => {
      const set = Array.from({ length: 12 }, (_, i) =>
        order(i, { state: 'failed', endedAt: i % 3 === 0 ? null : after(i % 4) }),
      );
      await orders.insertMany(set);
      const seen = await all((cursor) =>
        orders.list('all', {}, { limit: 1, after: cursor, sort: [{ field: 'endedAt', descending }] }),
      );
      expect(seen.map((one) => one.id).toSorted()).toEqual(set.map((one) => one.id).toSorted());
      const values = seen.map((one) => one.endedAt?.getTime() ?? 0);
      expect(values).toEqual(values.toSorted((a, b) => (descending ? b - a : a - b)));
    },
  );

  it('sort by several fields, each in its own direction', async () => {
    const seen = await all((cursor) =>
      orders.list(
        'all',
        {},
        {
          limit: 2,
          after: cursor,
          sort: [
            { field: 'endedAt', descending: true },
            { field: 'state', descending: false },
          ],
        },
      ),
    );
    expect(new Set(seen.map((one) => one.id)).size).toBe(12);
  });

  it('count all that match, also behind a cursor', async () => {
    const first = await orders.list('all', {}, { limit: 5 });
    expect(first.total).toBe(12);
    expect((await orders.list('all', {}, { limit: 5, after: first.next })).total).toBe(12);
  });

  it('refuse a cursor that is none of theirs', async () => {
    const { next } = await orders.list('all', {}, { limit: 2 });
    const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const values = JSON.parse(Buffer.from(next ?? '', 'base64url').toString()) as unknown[];
    const refused: PageRequest<'endedAt'>[] = [
      { limit: 2, after: 'rubbish' },
      { limit: 2, after: encoded(null) },
      { limit: 2, after: encoded(values.slice(0, 2)) },
      { limit: 2, after: encoded([values[0], { t: 1e99 }, values[2]]) },
      { limit: 2, after: encoded([values[0], { v: { $gt: '' } }, values[2]]) },
      { limit: 2, after: encoded([values[0], null, values[2]]) },
      // A real one, of another order
      { limit: 2, after: next, sort: [{ field: 'endedAt', descending: true }] },
    ];
    for (const request of refused) {
      await expect(orders.list('all', {}, request)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    }
    expect((await orders.list('all', {}, { limit: 2, after: next })).items).toHaveLength(2);
  });

  it('find orders by each of their filters', async () => {
    await orders.insertMany([order(50, { kind: 'probe', createdAt: after(60) })]);
    const ids = async (filter: Parameters<OrderRepository['list']>[1]): Promise<OrderId[]> =>
      (await orders.list('all', filter, { limit: 50 })).items.map((one) => one.id);
    expect(await ids({ kind: 'probe' })).toEqual(['o50']);
    expect(await ids({ since: after(30) })).toEqual(['o50']);
    expect(await ids({ computer: order(50).computer })).toEqual(['o50']);
    expect(await ids({ states: ['planned'], since: now })).toEqual(['o50']);
    expect(await ids({ states: [] })).toEqual([]);
  });

  it('orders are counted by the hour in which they were made and ended', async () => {
    const at = (text: string): Date => new Date(`2031-05-06T${text}Z`);
    await orders.insertMany([
      order(901, { createdAt: at('10:00:00') }),
      order(902, { createdAt: at('10:59:59'), endedAt: at('11:30:00'), state: 'succeeded' }),
      order(903, { createdAt: at('11:00:00'), endedAt: at('11:59:59'), state: 'failed' }),
    ]);
    const counts = await orders.perHour('all', at('10:00:00'));
    const hour = (text: string): string => at(`${text}:00:00`).toISOString();
    expect(counts).toHaveLength(4);
    expect(counts).toEqual(
      expect.arrayContaining([
        { hour: hour('10'), ended: null, count: 2 },
        { hour: hour('11'), ended: null, count: 1 },
        { hour: hour('11'), ended: 'succeeded', count: 1 },
        { hour: hour('11'), ended: 'failed', count: 1 },
      ]),
    );
    expect(await orders.perHour([], at('10:00:00'))).toEqual([]);
  });

  it('count things once: the pages that follow say what the first one said', async () => {
    await orders.insertMany([700, 701, 702].map((n) => order(n, { dp: 'counted' as DpId })));
    const dp = 'counted' as DpId;
    const first = await orders.list('all', { dp }, { limit: 1 });
    await orders.insertMany([order(703, { dp, createdAt: after(-1) })]);
    const second = await orders.list('all', { dp }, { limit: 1, after: first.next });
    expect([first.total, second.total]).toEqual([3, 3]);
    expect((await orders.list('all', { dp }, { limit: 1 })).total).toBe(4);
  });

  it('of orders by DP have the newest of each DP first, and turn round as a whole', async () => {
    const made = [
      [800, 'za', 1],
      [801, 'za', 2],
      [802, 'zb', 3],
    ] as const;
    await orders.insertMany(
      made.map(([n, dp, seconds]) =>
        order(n, { dp: dp as DpId, createdAt: after(seconds), kind: 'uninstall-client' }),
      ),
    );
    const by = (descending: boolean) =>
      all((cursor) =>
        orders.list(
          'all',
          { kind: 'uninstall-client' },
          { limit: 1, after: cursor, sort: [{ field: 'dp', descending }] },
        ),
      );
    expect((await by(false)).map((one) => one.id)).toEqual(['o801', 'o800', 'o802']);
    expect((await by(true)).map((one) => one.id)).toEqual(['o802', 'o800', 'o801']);
  });
});
