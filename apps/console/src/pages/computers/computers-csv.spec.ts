/// <reference types="jest" />
import { csvFile, isDays } from './computers-csv.js';

const columnsOf = (columns: string | null): string | null =>
  new URLSearchParams(csvFile({}, columns, 'en').url.split('?')[1]).get('columns');

describe('the CSV of the computers that are shown', () => {
  it('has everything where nobody chose columns, or none that there are', () => {
    expect(csvFile({ folder: 'all', attention: true }, null, 'de')).toEqual({
      url: '/api/v1/computers/export.csv?folder=all&attention=true&lang=de',
      left: [],
    });
    expect(columnsOf('')).toBeNull();
    expect(columnsOf('shoe-size,toString')).toBeNull();
  });

  it('has the chosen columns beside what an import needs, in their order', () => {
    expect(columnsOf('os,state,os')).toBe('name,fqdn,os,state');
  });

  it('says which of them it does not have, and has no others instead', () => {
    expect(csvFile({}, 'age,state,source', 'en').left).toEqual(['age', 'source']);
    expect(columnsOf('age,state,source')).toBe('name,fqdn,state');
    expect(columnsOf('age')).toBe('name,fqdn');
  });
});

describe('days without a contact', () => {
  it.each(['1', '90', '9999'])('can be %s', (value) => expect(isDays(value)).toBe(true));
  it.each(['abc', '', '0', '-1', 'Infinity', '10000'])('cannot be "%s"', (value) =>
    expect(isDays(value)).toBe(false),
  );
});
