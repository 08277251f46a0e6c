import type { DpId, ImportProfileId, TenantId } from '../base/ids.js';
import { dpIndex } from './dp-suggestion.js';
import {
  headerShape,
  mergedMapping,
  profileOfRun,
  withProfile,
  type ImportProfile,
} from './import-profile.js';
import type { ImportRun } from './import-run.js';
import { columnValues, likelyDpColumn } from './mapped-values.js';
import { rowColumns } from './row-columns.js';

const names: readonly (readonly [id: string, name: string])[] = [
  ['north-site', 'Nord'],
  ['south-site', 'Süd'],
  ['site-07', 'Werk Köln'],
  ['site-08', 'Werk Bonn'],
  ['site-70', 'Twin'],
  ['other-70', 'Twin'],
];
const DPS = dpIndex(names.map(([id, name]) => ({ id: id as DpId, name, isDisabled: false })));

describe('a DP', () => {
  test.each([
    ['North-Site', 'north-site'],
    ['SÜD', 'south-site'],
    ['werk  köln', 'site-07'],
    ['Twin', null],
    ['north-sit', null],
  ])('is found by id or name: %s', (text, expected) => {
    expect(DPS.find(text)?.dp ?? null).toBe(expected);
  });

  test.each([
    ['north-sit', 'north-site'],
    ['nroth-site', 'north-site'],
    ['siet 07', 'site-07'],
    ['Standort 07', 'site-07'],
    ['Filiale 8', 'site-08'],
    ['Standort 09', null],
    ['Koeln', null],
    ['Werk Koeln', 'site-07'],
    ['Sud', 'south-site'],
    ['Wreck', null],
    ['Standort 70', 'site-70'],
    ['-', null],
  ])('is suggested for %s', (text, expected) => {
    expect(DPS.suggest(text)?.id ?? null).toBe(expected);
  });
});

describe('the values of a column', () => {
  test('are put together, counted, and each says where it goes', () => {
    const values = columnValues(
      [
        { cell: 'north-site', rows: 3 },
        { cell: ' NORTH-SITE', rows: 1 },
        { cell: 'north-sit', rows: 2 },
        { cell: 'Süd', rows: 5 },
        { cell: 'Lager', rows: 1 },
        { cell: 'N/A', rows: 1 },
        { cell: '', rows: 1 },
      ],
      { column: 0, values: [{ value: 'lager', target: 'reject', dp: null }] },
      DPS,
    );
    expect(
      values.map(({ value, rows, dp, by, suggestion }) => [value, rows, dp, by, suggestion?.id]),
    ).toEqual([
      ['Süd', 5, 'south-site', 'name', undefined],
      ['north-site', 4, 'north-site', 'id', undefined],
      ['', 2, null, null, undefined],
      ['north-sit', 2, null, null, 'north-site'],
      ['Lager', 1, null, 'mapping', undefined],
    ]);
  });

  test('the column is the one of the mapping, the DP, the location, else the one that looks like DPs', () => {
    const columns = ['Name', 'Raum', 'Wo'].map((header, index) => ({
      index,
      header,
      samples: [] as string[],
    }));
    columns[2]?.samples.push('Standort 07', 'north-sit');
    const run = (detected: object): Pick<ImportRun, 'columns' | 'detected'> => ({
      columns,
      detected: { encoding: 'utf-8', delimiter: ';', header: true, columns: { name: 0, ...detected } },
    });
    const of = (one: Pick<ImportRun, 'columns' | 'detected'>, column?: string): number | null =>
      likelyDpColumn(
        one,
        column === undefined ? null : { column, values: [] },
        rowColumns(
          columns.map(({ header }) => header),
          {},
        ),
        DPS,
      );
    expect(of(run({ dp: 1 }), 'wo')).toBe(2);
    expect(of(run({ dp: 1, location: 2 }))).toBe(1);
    expect(of(run({ location: 1 }))).toBe(1);
    expect(of(run({}))).toBe(2);
    columns[2]?.samples.splice(0);
    expect(of(run({}))).toBeNull();
  });
});

describe('a profile', () => {
  const profile: ImportProfile = {
    id: 'p-1' as ImportProfileId,
    tenant: 'default' as TenantId,
    name: 'Inventory',
    shape: 'kiste|standort',
    headers: ['Kiste', 'Standort'],
    columns: { name: 'Kiste' },
    mapping: { column: 'Standort', values: [{ value: 'Nord', target: 'dp', dp: 'north-site' as DpId }] },
    dpFromColumn: null,
    withoutDp: 'reject',
    createdAt: new Date(0),
    changedAt: new Date(0),
    revision: 0,
  };

  test('is known by headings in whatever order and spelling', () => {
    expect(headerShape(['Kiste', 'Standort', ''])).toBe(headerShape([null, 'STANDORT', ' kiste']));
    expect(headerShape(['Kiste'])).not.toBe(headerShape(['Kiste', 'Standort']));
    expect(headerShape([null, ''])).toBeNull();
    const long = Array.from({ length: 200 }, (_, index) => `Spalte ${index}`);
    expect(headerShape(long)).not.toBe(headerShape([...long.slice(0, -1), 'Spalte neu']));
  });

  test('says what the request does not', () => {
    expect(withProfile({}, null)).toEqual({});
    expect(withProfile({ columns: { dp: 3 }, withoutDp: 'server' }, profile)).toEqual({
      columns: { name: 'Kiste', dp: 3 },
      mapping: profile.mapping,
      withoutDp: 'server',
    });
  });

  test('keeps what a person said of a run, by headings', () => {
    const run = {
      columns: [
        { index: 0, header: 'Kiste', samples: [] },
        { index: 1, header: 'Standort', samples: [] },
      ],
      detected: { encoding: 'utf-8', delimiter: ';', header: true, columns: { name: 0 } },
    } as const;
    const { mapping } = profile;
    const options = { columns: { name: 0 }, ...(mapping && { mapping: { ...mapping, column: 1 } }) };
    expect(profileOfRun(run, options)).toEqual({
      shape: profile.shape,
      headers: profile.headers,
      columns: { name: 'Kiste' },
      mapping,
      dpFromColumn: null,
      withoutDp: null,
    });
    const headless = { ...run, detected: { ...run.detected, header: false } };
    expect(() => profileOfRun(headless, options)).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }));
  });

  test('keeps what it knew of values that a later file does not have', () => {
    const mapping = (column: number | string, ...values: [value: string, dp: string][]) => ({
      column,
      values: values.map(([value, dp]) => ({ value, target: 'dp' as const, dp: dp as DpId })),
    });
    const before = mapping('Standort', ['Nord', 'n'], ['Süd', 's'], ['Ost', 'o']);
    const now = mapping('standort', ['NORD', 'n2'], ['West', 'w']);
    // of the east, which is in the file, nothing is said any more
    expect(mergedMapping(before, now, ['Nord', 'West', 'ost'])).toEqual(
      mapping('standort', ['Süd', 's'], ['NORD', 'n2'], ['West', 'w']),
    );
    expect(mergedMapping(before, mapping('Raum', ['1', 'n']), [])).toEqual(mapping('Raum', ['1', 'n']));
    expect(mergedMapping(before, null, [])).toEqual(before);
    expect(mergedMapping(null, now, [])).toEqual(now);
  });
});
