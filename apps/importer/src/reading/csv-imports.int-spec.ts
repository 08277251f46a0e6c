import type { ImportRow } from '#domain';
import { textIn } from '#texts';
import { eventually } from '../../../../tools/testing/eventually.js';
import { computerRows } from '../../testing/computer-rows.js';
import { ImportStage, TENANT } from '../../testing/import-stage.js';

const texts = (row: ImportRow | undefined): string[] => (row?.messages ?? []).map((one) => textIn('en', one));

describe('a CSV import through the importer service', () => {
  let stage: ImportStage;

  beforeAll(async () => {
    stage = await ImportStage.open();
    await stage.addDp('site-a');
    await stage.addDp('site-b');
    await stage.addDp('foreign', 'other');
    await stage.startImporter();
  }, 60_000);

  afterAll(() => stage.close());

  test('previews row by row and writes no computer before the commit', async () => {
    const run = await stage.preview('Name;IP;Standort\nPC01;10.0.0.1;Haus 1\nPC 02;;\n', { dp: 'site-a' });
    expect(run.counts).toMatchObject({ rows: 2, new: 1, rejected: 1, warned: 1, withoutDp: 0 });
    expect(run.detected).toEqual({
      encoding: 'utf-8',
      delimiter: ';',
      header: true,
      columns: { name: 0, address: 1, location: 2 },
    });
    const [first, second] = await stage.rows(run);
    expect(first).toMatchObject({ line: 2, verdict: 'new', name: 'PC01', dp: 'site-a', address: '10.0.0.1' });
    expect(texts(second)).toEqual([
      'Line 3: "PC 02" contains a space, which a computer name must not contain',
    ]);
    expect(await stage.computers.countOfTenant(TENANT)).toBe(0);
    await stage.discard(run.id);
    await stage.until(run.id, 'discarded');
  });

  test('a commit makes computers with their DP fixed, and their history begins', async () => {
    const run = await stage.import('Name;DNSHostName\nPC10;pc10.corp.test\nPC11;\n', { dp: 'site-a' });
    expect(run.summary).toMatchObject({ created: 2, changed: 0, known: 0, rejected: 0 });
    const [one] = await stage.computers.findByNameKeys(TENANT, ['pc10.corp.test']);
    expect(one).toMatchObject({
      name: 'PC10',
      state: 'imported',
      dp: { fixed: 'site-a' },
      source: { kind: 'csv', run: run.id, row: 2 },
      identity: 'name:pc10.corp.test',
    });
    const history = await stage.timeline.listByComputer('all', one!.id, { limit: 10 });
    expect(history.items.map((event) => event.kind)).toEqual(['imported']);
  });

  test('the same file again makes nothing; another DP is refused for every row', async () => {
    const file = computerRows(5, 'again');
    await stage.import(file, { dp: 'site-a' });
    const again = await stage.preview(file, { dp: 'site-a' });
    expect(again.counts).toMatchObject({ rows: 5, known: 5 });
    const noDp = await stage.preview(file);
    expect(noDp.counts).toMatchObject({ rows: 5, known: 5 });
    const other = await stage.preview(file, { dp: 'site-b' });
    expect(other.counts).toMatchObject({ rows: 5, rejected: 5 });
    const [row] = await stage.rows(other);
    expect(row?.messages.map((m) => m.code)).toEqual(['DP_FIXED']);
    expect(texts(row)[0]).toContain('delete the computer and import it again');
  });

  test('rows name their own DP; one that is unknown or of another tenant rejects its row', async () => {
    const run = await stage.preview(
      'Name,DP\ncol1,site-b\ncol2,\ncol3,nowhere\ncol4,foreign\ncol5,SITE-A\n',
      { dp: 'site-a' },
    );
    const rows = await stage.rows(run);
    expect(rows.map((row) => [row.verdict, row.dp])).toEqual([
      ['new', 'site-b'],
      ['new', 'site-a'],
      ['rejected', null],
      ['rejected', null],
      ['new', 'site-a'],
    ]);
    expect(rows[3]?.messages[0]?.code).toBe('UNKNOWN_DP');
  });

  test('without a name column the run says what it saw, and a second try reads the same upload', async () => {
    const run = await stage.preview('Kennung;Raum\ngm01;1\ngm02;2\n');
    expect(run).toMatchObject({ state: 'failed', fault: { code: 'NO_NAME_COLUMN' } });
    expect(run.columns).toEqual([
      { index: 0, header: 'Kennung', samples: ['gm01', 'gm02'] },
      { index: 1, header: 'Raum', samples: ['1', '2'] },
    ]);
    await stage.readAgain(run.id, { columns: { name: 0 } });
    const second = await stage.until(run.id, 'previewed');
    expect(second.counts).toMatchObject({ rows: 2, new: 2 });
    expect((await stage.rows(second)).map((row) => row.name)).toEqual(['GM01', 'GM02']);
  });

  test('an undo deletes what nobody has released, and says what it kept', async () => {
    const run = await stage.import('Name\nundo1\nundo2\nundo3\nundo4\n', { dp: 'site-a' });
    const [released, registered] = await stage.computers.findByNameKeys(TENANT, ['UNDO2', 'UNDO4']);
    await stage.computers.replace({ ...released!, state: 'install-failed' });
    await stage.computers.replace({ ...registered!, state: 'ready' });
    await stage.undo(run.id);
    const undone = await stage.until(run.id, 'undone');
    expect(undone.undo).toMatchObject({
      deleted: 2,
      kept: 2,
      gone: 0,
      reasons: { released: 1, registered: 1 },
      examples: [
        { name: 'UNDO2', reason: 'released' },
        { name: 'UNDO4', reason: 'registered' },
      ],
    });
    const left = await stage.computers.findByNameKeys(TENANT, ['UNDO1', 'UNDO2', 'UNDO3', 'UNDO4']);
    expect(left.map((computer) => computer.name).toSorted()).toEqual(['UNDO2', 'UNDO4']);
  });

  test('a discarded run leaves neither rows nor upload', async () => {
    const run = await stage.preview('Name\ndisc1\n');
    await stage.discard(run.id);
    const { file } = await stage.until(run.id, 'discarded');
    expect(file).not.toBeNull();
    await eventually(async () => {
      expect((await stage.run(run.id)).file).toBeNull();
      expect(await stage.rows(run)).toEqual([]);
    });
  });
});
