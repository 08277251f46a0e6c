import type { ComputerId, ImportRun } from '#domain';
import { undecidedOf } from '#domain';
import { ImportStage, TENANT } from '../../testing/import-stage.js';

const FILE = [
  'Name;FQDN;Location',
  'BUERO-11;buero-11.south.test;South',
  'BUERO-12;buero-12.south.test;South',
  'BUERO-13;buero-13.south.test;South',
  'LAPTOP-BUCHHALTUNG-01;;South',
  'LAPTOP-BUCHHALTUNG-02;;South',
  'LAPTOP-BUCHHALT;;South',
  'BUERO-14;;South',
  'BUERO 15;;South',
  '',
].join('\n');

describe('rows with the name of another computer', () => {
  let stage: ImportStage;

  beforeAll(async () => {
    stage = await ImportStage.open();
    await stage.addDp('site-a');
    await stage.startImporter();
    await stage.import('Name;Location\nBUERO-11;North\nBUERO-12;North\nBUERO-13;North\n', { dp: 'site-a' });
  }, 90_000);

  afterAll(() => stage.close());

  const idOf = async (key: string): Promise<ComputerId | undefined> =>
    (await stage.computers.findByNameKeys(TENANT, [key]))[0]?.id;

  const expectCounts = async (run: ImportRun): Promise<void> => {
    const count = async (filter: Parameters<typeof stage.rowsOf.list>[1]): Promise<number> => {
      const { items, total } = await stage.rowsOf.list(run.id, filter, { limit: 500 });
      expect(total).toBe(items.length);
      return items.length;
    };
    const { counts, summary } = run;
    for (const verdict of ['new', 'known', 'changed', 'excluded', 'rejected'] as const)
      expect([verdict, await count({ verdict })]).toEqual([verdict, counts[verdict]]);
    expect(await count({})).toBe(counts.rows);
    expect(await count({ warned: true })).toBe(counts.warned);
    const but = (run.decisions?.lines ?? []).map(({ line }) => line);
    if (!run.decisions?.rest) expect(await count({ namesakes: { but } })).toBe(undecidedOf(run));
    if (!summary) return;
    for (const outcome of ['created', 'changed', 'known', 'rejected'] as const)
      expect([outcome, await count({ outcome })]).toEqual([outcome, summary[outcome]]);
  };

  test('wait for a decision; whole names that only begin alike do not', async () => {
    const run = await stage.preview(FILE, { dp: 'site-a' });
    expect(run.counts).toMatchObject({ rows: 8, new: 7, rejected: 1, namesakes: 4 });
    const asked = (await stage.rows(run)).filter(({ namesake }) => namesake);
    expect(asked.map(({ line, namesake }) => [line, namesake])).toEqual([
      [2, { computer: await idOf('BUERO-11'), line: null }],
      [3, { computer: await idOf('BUERO-12'), line: null }],
      [4, { computer: await idOf('BUERO-13'), line: null }],
      [7, { computer: null, line: 5 }],
    ]);
    await expectCounts(run);
    await stage.discard(run.id);
    await stage.until(run.id, 'discarded');
  });

  test('are taken as decided, and left out while nobody has', async () => {
    const before = await idOf('BUERO-11');
    const { id } = await stage.preview(FILE, { dp: 'site-a' });
    await stage.decide(id, 'same', [2]);
    await stage.decide(id, 'other', [3]);
    expect(undecidedOf(await stage.run(id))).toBe(2);
    await expectCounts(await stage.run(id));
    await stage.commit(id);
    const run = await stage.until(id, 'committed');
    expect(run.summary).toMatchObject({ created: 4, changed: 1, known: 0, rejected: 2 });
    await expectCounts(run);
    const [same] = await stage.computers.findByNameKeys(TENANT, ['buero-11.south.test']);
    expect(same).toMatchObject({ id: before, inventory: { location: 'South' } });
    expect(await idOf('BUERO-11')).toBeUndefined();
    expect(await idOf('BUERO-12')).toBeDefined();
    expect(await idOf('buero-12.south.test')).toBeDefined();
    expect(await idOf('buero-13.south.test')).toBeUndefined();
    expect(await idOf('LAPTOP-BUCHHALTUNG-02')).toBeDefined();
    const left = (await stage.rows(run)).filter(({ outcome }) => outcome === 'rejected');
    expect(left.map(({ line, messages }) => [line, messages.at(-1)?.code])).toEqual([
      [4, 'UNDECIDED'],
      [7, 'UNDECIDED'],
    ]);
  });

  test('are decided on all at once, too', async () => {
    const { id } = await stage.preview(FILE, { dp: 'site-a' });
    await stage.decide(id, 'same');
    await stage.commit(id);
    const run = await stage.until(id, 'committed');
    await expectCounts(run);
    expect(run.summary).toMatchObject({ created: 0, rejected: 0 });
    expect(await idOf('buero-13.south.test')).toBeDefined();
    expect(await idOf('BUERO-13')).toBeUndefined();
    const again = await stage.preview(FILE, { dp: 'site-a' });
    expect((await stage.rows(again)).filter(({ namesake }) => namesake?.computer).length).toBe(1);
  });
});
