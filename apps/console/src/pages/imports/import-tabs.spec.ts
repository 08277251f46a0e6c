/// <reference types="jest" />
import type { Schema } from '../../api.js';
import { tabsOf } from './import-tabs.js';

type Run = Schema['ImportRunDto'];

const counts = {
  rows: 12,
  new: 5,
  known: 2,
  changed: 1,
  excluded: 1,
  rejected: 3,
  warned: 4,
  missing: 0,
  withoutDp: 0,
  namesakes: 1,
};
const previewed = { state: 'previewed', counts, undecided: 1, summary: null } as Run;
const summary = { created: 2, changed: 1, known: 1, rejected: 1, skipped: 1, at: '' };
const committed: Run = { ...previewed, state: 'committed', summary };

describe('the tabs of an import', () => {
  it.each([previewed, committed])('are of all rows, each in one part ($state)', (run) => {
    const parts = tabsOf(run).filter(({ isPart }) => isPart);
    expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(counts.rows);
  });

  it('show what a preview makes of them, and those with warnings or to be decided across that', () => {
    const shown = tabsOf(previewed).map(({ name, count }) => `${name} ${count}`);
    expect(shown).toEqual([
      'all 12',
      'new 5',
      'changed 1',
      'known 2',
      'excluded 1',
      'rejected 3',
      'warned 4',
      'undecided 1',
    ]);
  });

  it('show what a commit has made of them, in the counts of its summary', () => {
    const shown = tabsOf(committed).map(({ name, count, filter }) => [name, count, filter]);
    expect(shown).toContainEqual(['created', 2, { outcome: 'created' }]);
    expect(shown).toContainEqual(['rejected', 3, { verdict: 'rejected' }]);
    expect(shown).toContainEqual(['refused', 1, { outcome: 'rejected' }]);
    expect(shown.map(([name]) => name)).not.toContain('new');
  });

  it('leave out what no row has come to', () => {
    const clean = tabsOf({ ...committed, summary: { ...summary, known: 0, rejected: 0, skipped: 0 } });
    expect(clean.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['refused']));
    expect(clean.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['skipped']));
  });
});
