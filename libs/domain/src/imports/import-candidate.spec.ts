import { textIn } from '#texts';
import { domainToASCII } from 'node:url';
import { readRow, type RowLayout, type RowReading } from './import-candidate.js';

const layout: RowLayout = {
  columns: { name: 0, fqdn: 1, address: 2, description: 3, lastLogon: 4, dp: 5 },
  width: 6,
};
const read = (...cells: string[]): RowReading => readRow(cells, 9, layout, domainToASCII);
const texts = (row: RowReading): string[] =>
  (row.ok ? row.candidate : row.refused).messages.map((message) => textIn('en', message));

test('a full row is a candidate', () => {
  const row = read('PC01', 'pc01.corp.test', '10.0.0.1', 'Büro', '2026-02-28', ' Site-A ');
  expect(row).toMatchObject({
    ok: true,
    candidate: {
      line: 9,
      name: 'PC01',
      fqdn: 'pc01.corp.test',
      guid: null,
      address: '10.0.0.1',
      dp: 'site-a',
      inventory: { description: 'Büro', lastLogon: new Date('2026-02-28T00:00:00Z'), os: null },
      messages: [],
    },
  });
});

test.each([
  [['PC01'], 'Line 9: 1 column found, 6 expected'],
  [['PC01', '', '', '', '', '', 'x'], 'Line 9: 7 columns found, 6 expected'],
])('%j is refused for its columns', (cells, text) => {
  expect(texts(read(...cells))).toEqual([text]);
});

describe('name and FQDN', () => {
  test('the FQDN alone will do', () => {
    expect(read('', 'pc01.corp.test', '', '', '', '')).toMatchObject({
      ok: true,
      candidate: { name: 'PC01' },
    });
  });
  test('a name without FQDN will do', () => {
    expect(read('PC01', '', '', '', '', '')).toMatchObject({ ok: true, candidate: { fqdn: null } });
  });
  test('a name column with the FQDN in it adds it', () => {
    expect(read('pc01.corp.test', 'PC01', '', '', '', '')).toMatchObject({
      ok: true,
      candidate: { name: 'PC01', fqdn: 'pc01.corp.test' },
    });
  });
  test('when they do not belong together the FQDN counts, with a warning', () => {
    const row = read('Kasse 1', 'pc01.corp.test', '', '', '', '');
    expect(row).toMatchObject({ ok: true, candidate: { name: 'PC01' } });
    expect(texts(row)).toEqual([
      'Line 9: name "Kasse 1" and FQDN "pc01.corp.test" do not belong together; the FQDN counts',
    ]);
  });
  test('a broken FQDN refuses the row', () => {
    expect(texts(read('PC01', 'pc 01.corp.test', '', '', '', ''))).toHaveLength(1);
  });
  test('nothing at all is an empty name', () => {
    expect(texts(read('', '', '', '', '', ''))).toEqual(['Line 9: Name is empty']);
  });
});

describe('values', () => {
  const value = (cells: Record<'address' | 'description' | 'lastLogon', string>): RowReading =>
    read('PC01', '', cells.address, cells.description, cells.lastLogon, '');
  const none = { address: '', description: '', lastLogon: '' };

  test('an address that is none is dropped with a warning', () => {
    const row = value({ ...none, address: '10.0.0' });
    expect(row).toMatchObject({ ok: true, candidate: { address: null } });
    expect(texts(row)).toEqual(['Line 9: "10.0.0" is not an IP address']);
  });

  test.each(['M?nchen', 'M\ufffdnchen'])('%s looks damaged, and is kept', (description) => {
    const row = value({ ...none, description });
    expect(row).toMatchObject({ ok: true, candidate: { inventory: { description } } });
    expect(texts(row)).toEqual([`Line 9: "${description}": value looks damaged by the export`]);
  });
  test('a question is no damage', () => {
    expect(texts(value({ ...none, description: 'Wozu? Test' }))).toEqual([]);
  });
  test('the name of a .NET type is no value', () => {
    const row = value({
      ...none,
      description: 'Microsoft.ActiveDirectory.Management.ADPropertyValueCollection',
    });
    expect(row).toMatchObject({ ok: true, candidate: { inventory: { description: null } } });
    expect(texts(row)).toHaveLength(1);
  });
  test('what is too long is cut with a warning', () => {
    const row = value({ ...none, description: 'x'.repeat(2000) });
    expect(row.ok ? row.candidate.inventory.description : null).toHaveLength(1024);
    expect(texts(row)).toEqual(['Line 9: description is cut to 1,024 characters']);
  });

  test.each([
    ['2026-02-28', '2026-02-28T00:00:00.000Z'],
    ['2026-02-28 14:05', '2026-02-28T14:05:00.000Z'],
    ['2026-02-28T14:05:06Z', '2026-02-28T14:05:06.000Z'],
    ['2026-02-28T14:05:06+02:00', '2026-02-28T12:05:06.000Z'],
    ['28.02.2026', '2026-02-28T00:00:00.000Z'],
    ['1.2.2026 08:00:30', '2026-02-01T08:00:30.000Z'],
  ])('%s is %s', (lastLogon, iso) => {
    const row = value({ ...none, lastLogon });
    expect(row.ok && row.candidate.inventory.lastLogon?.toISOString()).toBe(iso);
    expect(texts(row)).toEqual([]);
  });
  test.each(['31/12/26', '2026-02-30', '32.1.2026', 'gestern', '2026-02-28 25:00'])(
    '%s is no date, and dropped with a warning',
    (lastLogon) => {
      const row = value({ ...none, lastLogon });
      expect(row).toMatchObject({ ok: true, candidate: { inventory: { lastLogon: null } } });
      expect(texts(row)).toEqual([`Line 9: "${lastLogon}" is not a date in format YYYY-MM-DD or DD.MM.YYYY`]);
    },
  );
});
