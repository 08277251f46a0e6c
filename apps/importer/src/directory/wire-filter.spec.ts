import { BerWriter, EqualityFilter, FilterParser, type Filter } from 'ldapts';
import { typedFilter } from './wire-filter.js';

const wire = (filter: Filter): string => {
  const writer = new BerWriter();
  filter.write(writer);
  return writer.buffer.toString('hex');
};

describe('a filter on the wire', () => {
  it.each([
    '(cn=PC-1)',
    '(cn=*)',
    '(cn=PC*-*1)',
    '(x>=5)',
    '(x<=5)',
    '(cn~=pc)',
    '(&(a=1)(|(b=2)(!(c=3))))',
    '(uac:1.2.840.113556.1.4.803:=2)',
    '(ou:dn:=Berlin)',
  ])('%s is what ldapts makes of it', (text) => {
    expect(wire(typedFilter(text))).toBe(wire(FilterParser.parseString(text)));
  });

  it('has the bytes that were escaped', () => {
    const guid = Buffer.from('2fc30011ff', 'hex');
    const expected = wire(new EqualityFilter({ attribute: 'objectGUID', value: guid }));
    expect(wire(typedFilter('(objectGUID=\\2f\\c3\\00\\11\\ff)'))).toBe(expected);
    expect(wire(typedFilter('(cn=M\\c3\\bc*)'))).toBe(wire(typedFilter('(cn=Mü*)')));
  });

  it('is refused with the position', () => {
    expect(() => typedFilter('(&(cn=a)')).toThrow(/FILTER_INVALID.*position 1/i);
  });
});
