import type { mongo } from 'mongoose';
import type { TenantScope } from '#domain';
import { computer, openStage, tenant, type Stage } from '../testing/stage.js';
import { ComputerRepository, type ComputerFilter, type ComputerSortField } from './computer.repository.js';

describe('a page of computers that were searched for', () => {
  let stage: Stage;
  let computers: ComputerRepository;
  /** Commands on computers, in their order; an aggregation is a count. */
  let sent: string[] = [];
  /** The indexes that pages were to be found by. */
  let hints: unknown[] = [];
  let filters: string[] = [];

  beforeAll(async () => {
    stage = await openStage({ monitorCommands: true });
    computers = stage.get(ComputerRepository);
    await computers.insertNew(
      Array.from({ length: 20 }, (_, n) => {
        const made = computer(n);
        return { ...made, inventory: { ...made.inventory, ou: n < 5 ? 'OU=Sales' : null } };
      }),
    );
    stage.connection
      .getClient()
      .on('commandStarted', ({ commandName, command }: mongo.CommandStartedEvent) => {
        if (command[commandName] !== 'computers') return;
        sent.push(commandName);
        if (commandName !== 'find') return;
        hints.push(command['hint'] && Object.keys(command['hint'] as object).join());
        filters.push(JSON.stringify(command['filter']));
      });
  }, 60_000);
  beforeEach(() => {
    sent = [];
    hints = [];
    filters = [];
  });
  afterAll(() => stage.close(), 30_000);

  it.each<[string, ComputerFilter, number]>([
    ['none', { q: 'nowhere' }, 0],
    ['fewer than a page holds', { q: 'pc1' }, 11],
    ['as many as a page holds', { q: 'pc' }, 20],
    ['those of an OU', { ou: 'Sales' }, 5],
    ['those with a word', { text: 'ou=sales' }, 5],
  ])('looks through the index once where it finds all there are: %s', async (_, filter, total) => {
    expect(await computers.list('all', filter, { limit: 20 })).toMatchObject({ total, next: null });
    expect(sent).toEqual(['find']);
  });

  it.each<[string, TenantScope, ComputerFilter, ComputerSortField | null, string | undefined]>([
    ['of names', 'all', { q: 'pc' }, null, 'name,_id,search'],
    ['of words', 'all', { text: 'pc' }, 'name', 'name,_id,words'],
    ["of a tenant's words", [tenant], { text: 'pc' }, null, 'tenant,name,_id,words'],
    ['that has another order', 'all', { text: 'pc' }, 'createdAt', undefined],
    ['of an OU', 'all', { ou: 'Sales' }, null, undefined],
  ])('is found by the one index that holds what is looked for and is in order: %s', async (...one) => {
    const [, scope, filter, field, index] = one;
    const sort = field && { sort: [{ field, descending: true }] };
    const first = await computers.list(scope, filter, { limit: 3, ...sort });
    const second = await computers.list(scope, filter, { limit: 3, ...sort, after: first.next });
    expect(hints).toEqual([index, index]);
    // without a word on its first key MongoDB looks at documents, not at entries
    if (index) for (const sentFilter of filters) expect(sentFilter).toContain(`"${index.split(',')[0]}":`);
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe('ou' in filter ? 5 : 6);
  });

  it('counts where there are more', async () => {
    expect(await computers.list('all', { q: 'pc' }, { limit: 6 })).toMatchObject({ total: 20 });
    expect(sent).toEqual(['find', 'aggregate']);
  });

  it.each([1, 6, 7])('counts nothing for who wants to know of %s at most', async (countTo) => {
    const page = await computers.list('all', { q: 'pc' }, { limit: 6, countTo });
    expect(page).toMatchObject({ total: countTo, next: expect.any(String) });
    expect(page.items).toHaveLength(6);
    expect(sent).toEqual(['find']);
  });

  it('counts as far as is wished', async () => {
    expect(await computers.list('all', { q: 'pc' }, { limit: 6, countTo: 10 })).toMatchObject({ total: 10 });
    expect(await computers.list('all', {}, { limit: 6, countTo: 10 })).toMatchObject({ total: 10 });
  });
});
