import { pageInMemory } from './page-in-memory.js';

interface Thing {
  id: string;
  name: string;
  seen: Date;
}
const thing = (id: string, name: string, seen: number): Thing => ({ id, name, seen: new Date(seen) });
const values = { name: (one: Thing) => one.name, seen: (one: Thing) => one.seen };
const ids = (page: { items: readonly Thing[] }): string[] => page.items.map(({ id }) => id);

describe('a page of a list in memory', () => {
  const things = [thing('3', 'a', 10), thing('1', 'b', 20), thing('2', 'c', 10), thing('4', 'd', 30)];

  it.each([
    ['seen', ['3', '2', '1', '4']],
    ['-seen', ['4', '1', '3', '2']],
    ['-name', ['4', '2', '1', '3']],
    ['seen,-name', ['2', '3', '1', '4']],
    [undefined, ['3', '1', '2', '4']],
  ])('goes on behind the one before, sorted by %s', (sort, wanted) => {
    const seen: string[] = [];
    let next: string | null | undefined;
    do {
      const page = pageInMemory(
        things,
        { limit: 1, ...(sort && { sort }), ...(next && { after: next }) },
        values,
      );
      seen.push(...ids(page));
      next = page.next;
    } while (next !== null);
    expect(seen).toEqual(wanted);
  });

  it('goes on where the last item was, wherever that is by now', () => {
    const first = pageInMemory(things, { limit: 2, sort: 'seen' }, values);
    expect(ids(first)).toEqual(['3', '2']);
    const rest = (now: readonly Thing[]) =>
      ids(pageInMemory(now, { limit: 9, sort: 'seen', after: first.next ?? '' }, values));
    // seen again meanwhile: behind all others
    expect(rest(things.map((one) => (one.id === '2' ? { ...one, seen: new Date(99) } : one)))).toEqual([
      '1',
      '4',
      '2',
    ]);
    expect(rest(things.filter(({ id }) => id !== '2'))).toEqual(['1', '4']);
  });

  it.each(['rubbish', '2', Buffer.from('["-seen",10,"c","2"]').toString('base64url')])(
    'is not found by a cursor of something else: %s',
    (after) => {
      expect(() => pageInMemory(things, { sort: 'seen', after }, values)).toThrow(
        expect.objectContaining({ code: 'VALIDATION_FAILED' }),
      );
    },
  );
});
