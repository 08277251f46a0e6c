import type { mongo } from 'mongoose';
import { computer, openStage, type Stage } from '../testing/stage.js';
import { ComputerRepository, type ComputerFilter } from './computer.repository.js';

describe('a page of computers that were searched for', () => {
  let stage: Stage;
  let computers: ComputerRepository;
  /** Commands on computers, in their order; an aggregation is a count. */
  let sent: string[] = [];

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
        if (command[commandName] === 'computers') sent.push(commandName);
      });
  }, 60_000);
  beforeEach(() => (sent = []));
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
