import type { AuditEntry, ImportRow, ImportRunId } from '#domain';
import { after, computer, openStage, order, type Stage, tenant } from '../testing/stage.js';
import { AUDIT_SORT_FIELDS, AuditRepository } from './audit.repository.js';
import { COMPUTER_SORT_FIELDS, ComputerRepository } from './computer.repository.js';
import { IMPORT_ROW_SORT_FIELDS, ImportRowRepository } from './import.repositories.js';
import { ORDER_SORT_FIELDS, OrderRepository } from './order.repository.js';
import type { PageRequest, PageResult } from './pages.js';

jest.setTimeout(180_000);

const COUNT = 6;
const run = 'sorted' as ImportRunId;
const some = <T>(make: (n: number) => T): T[] => Array.from({ length: COUNT }, (_, n) => make(n));

const auditEntry = (n: number): AuditEntry => ({
  id: `a${n}`,
  at: after(n % 4),
  who: null,
  address: null,
  action: `dp.${n % 2}`,
  target: `dp:${n % 3}`,
  tenant,
  data: {},
});

const importRow = (n: number): ImportRow => ({
  id: `${run}:${n}`,
  run,
  tenant,
  line: n,
  verdict: n % 2 === 0 ? 'known' : 'new',
  name: `PC${n % 3}`,
  hostName: `PC${n}`,
  fqdn: null,
  address: null,
  identity: `name:PC${n}`,
  dp: null,
  inventory: computer(n).inventory,
  messages: [],
  warned: false,
  computer: null,
  newComputer: null,
  changes: [],
  outcome: null,
  raw: [],
});

type Sort = { field: string; descending: boolean }[];
/** All pairs of fields, each field with itself too, in all directions. */
function pairs(fields: readonly string[]): Sort[] {
  const wishes = fields.flatMap((field) => [false, true].map((descending) => ({ field, descending })));
  return wishes.flatMap((first) => wishes.map((second) => [first, second]));
}

describe('pages of a list that is sorted by two fields', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    await stage
      .get(OrderRepository)
      .insertMany(some((n) => order(n, { createdAt: after(n % 3), state: n % 2 ? 'failed' : 'planned' })));
    const named = (n: number) => ({ identity: `name:${n}`, hostName: `PC${n}`, createdAt: after(n % 2) });
    await stage
      .get(ComputerRepository)
      .insertNew(
        some((n) => computer(n, { name: `PC${n}`, ...named(n), address: n % 2 ? null : '10.0.0.1' })),
      );
    await stage.get(AuditRepository).append(some(auditEntry));
    await stage.get(ImportRowRepository).insertNew(some(importRow));
  }, 60_000);

  afterAll(() => stage.close(), 30_000);

  type List = (request: PageRequest<never>) => Promise<PageResult<{ id: string }>>;
  it.each<[string, readonly string[], (of: Stage) => List]>([
    ['orders', ORDER_SORT_FIELDS, (of) => (request) => of.get(OrderRepository).list('all', {}, request)],
    [
      'computers',
      COMPUTER_SORT_FIELDS,
      (of) => (request) => of.get(ComputerRepository).list('all', {}, request),
    ],
    [
      'audit entries',
      AUDIT_SORT_FIELDS,
      (of) => (request) => of.get(AuditRepository).list('all', {}, request),
    ],
    ['rows', IMPORT_ROW_SORT_FIELDS, (of) => (request) => of.get(ImportRowRepository).list(run, {}, request)],
  ])('have each of the %s once, whichever they are', async (_, fields, listOf) => {
    const list = listOf(stage);
    for (const sort of pairs(fields)) {
      const seen: string[] = [];
      let next: string | null = null;
      do {
        const request = { limit: 2, after: next, sort: sort as never };
        const page: PageResult<{ id: string }> = await list(request);
        seen.push(...page.items.map(({ id }) => id));
        next = page.next;
      } while (next !== null && seen.length <= COUNT);
      expect({ sort, count: seen.length, different: new Set(seen).size }).toEqual({
        sort,
        count: COUNT,
        different: COUNT,
      });
    }
  });

  it('obey a wish before what orders equal things by themselves', async () => {
    const orders = stage.get(OrderRepository);
    const sort = [
      { field: 'dp', descending: false },
      { field: 'createdAt', descending: false },
    ] as const;
    const { items } = await orders.list('all', {}, { limit: COUNT, sort });
    const times = items.map(({ createdAt }) => createdAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});
