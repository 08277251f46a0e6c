/// <reference types="jest" />
import type { Schema } from '../../api.js';
import { changesOf, isSettled, notDetected, readsOtherwise, unseenOf, unsentOf } from './import-choices.js';

type Value = Schema['ColumnValueDto'];

const value = (name: string, dp: string | null): Value => ({
  value: name,
  rows: 1,
  dp,
  target: null,
  by: dp === null ? null : 'name',
  suggestion: null,
});
const known = value('Harbour', 'harbour');
const open = value('North', null);

describe('choices for the values of a column', () => {
  it('are changes only where they are others than what the rows show', () => {
    expect(changesOf([known, open], { Harbour: 'harbour', North: '' })).toEqual({});
    expect(changesOf([known, open], { Harbour: 'other', North: 'north' })).toEqual({
      Harbour: 'other',
      North: 'north',
    });
  });

  it('are settled once each value goes somewhere, and there is something to read', () => {
    expect(isSettled([known, open], { Harbour: 'other' })).toBe(false);
    expect(isSettled([known, open], { North: 'north' })).toBe(true);
    expect(isSettled([known], { Harbour: 'harbour' })).toBe(false);
  });

  it('stay where they were made while others were sent', () => {
    expect(unsentOf({ Harbour: 'other', North: 'north' }, { Harbour: 'other' })).toEqual({ North: 'north' });
    expect(unsentOf({ North: 'south' }, { North: 'north' })).toEqual({ North: 'south' });
    expect(unsentOf({ North: 'north' }, { North: 'north' })).toEqual({});
  });
});

describe('how a file is read', () => {
  const detected = {
    encoding: 'utf-8',
    delimiter: ';',
    header: true,
    columns: { name: 0, dp: 2 },
  } as const;

  it('is no change where it says what was seen anyway', () => {
    expect(notDetected({ encoding: 'utf-8', columns: { dp: 2, name: 0 } }, detected)).toEqual({});
    expect(notDetected({ header: false, columns: { name: 0 } }, detected)).toEqual({
      header: false,
      columns: { name: 0 },
    });
  });

  it('leaves the cells as they are when only columns are taken as something else', () => {
    expect(readsOtherwise({ columns: { name: 1 } })).toBe(false);
    expect(readsOtherwise({ columns: { name: 1 }, header: false })).toBe(true);
  });
});

describe('what was said of values that the file does not have', () => {
  const mapping = (column: number | string) => ({
    column,
    values: [
      { value: 'north', dp: 'n' },
      { value: 'South', dp: 's' },
    ],
  });
  const site = { index: 2, header: 'Site' };

  it('stays while the column is the same, by its number or its heading', () => {
    for (const column of [2, ' site'])
      expect(unseenOf(mapping(column), site, [value('North', null)])).toEqual([{ value: 'South', dp: 's' }]);
  });

  it('says nothing of another column', () => {
    expect(unseenOf(mapping(1), site, [])).toEqual([]);
    expect(unseenOf(mapping('Room'), site, [])).toEqual([]);
    expect(unseenOf(undefined, site, [])).toEqual([]);
  });
});
