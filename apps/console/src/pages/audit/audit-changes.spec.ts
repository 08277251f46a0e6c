/// <reference types="jest" />
import { changesOf } from './audit-changes.js';

describe('what an entry of the audit changed', () => {
  it('is told field by field, nested ones too, and what stayed is known as such', () => {
    const before = { name: 'North', scope: { dps: ['a'], all: false }, note: null };
    const after = { name: 'North', scope: { dps: ['a', 'b'], all: false } };
    expect(changesOf(before, after)).toEqual([
      { field: 'name', old: 'North', now: 'North', changed: false },
      { field: 'scope.dps', old: ['a'], now: ['a', 'b'], changed: true },
      { field: 'scope.all', old: false, now: false, changed: false },
      { field: 'note', old: null, now: undefined, changed: false },
    ]);
  });

  it('has all fields of what was made or deleted, and none where nothing is told', () => {
    expect(changesOf(undefined, { size: 3 })).toEqual([
      { field: 'size', old: undefined, now: 3, changed: true },
    ]);
    expect(changesOf(null, undefined)).toEqual([]);
  });
});
