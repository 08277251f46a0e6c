/// <reference types="jest" />
import { conditionOf, rowsOf, type Combined } from './rule-rows.js';

const address: Combined = { addressIn: '10.1.0.0/16' } as Combined;
const site: Combined = { adSite: 'Berlin' } as Combined;
const column: Combined = { column: { name: 'Site', is: 'North*' } };

describe('the rows of a condition', () => {
  it.each<[string, Combined]>([
    ['one criterion', address],
    ['one that must not hold', { not: site }],
    ['several of which one is enough', { any: [address, site] }],
    ['several that all must hold', { all: [address, column] }],
    ['all of them, one with a choice', { all: [address, { any: [site, { not: column }] }] }],
    ['one of them, each of several', { any: [{ all: [address, site] }, column] }],
  ])('are %s, and become the same condition', (_, condition) => {
    const rows = rowsOf(condition);
    expect(rows).not.toBeNull();
    expect(rows && conditionOf(rows).when).toEqual(condition);
  });

  it.each<[string, Combined]>([
    ['a choice within a choice', { all: [{ any: [{ all: [address, site] }, column] }] }],
    ['what must not hold together', { not: { all: [address, site] } }],
    ['nothing', { all: [] }],
  ])('cannot be %s', (_, condition) => {
    expect(rowsOf(condition)).toBeNull();
  });

  it('know where the server finds each of them', () => {
    const rows = rowsOf({ all: [address, { any: [site, column] }] });
    expect(rows && conditionOf(rows).paths).toEqual([
      ['when.all[0]'],
      ['when.all[1].any[0]', 'when.all[1].any[1]'],
    ]);
    const one = rowsOf(address);
    expect(one && conditionOf(one).paths).toEqual([['when']]);
  });

  it('lose the blanks around what was typed', () => {
    const row = { field: 'adSite', negated: false, value: ' Berlin ', column: '' };
    expect(conditionOf({ match: 'all', groups: [[row]] }).when).toEqual(site);
  });
});
