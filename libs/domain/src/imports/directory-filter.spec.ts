import { readDirectoryFilter, type DirectoryFilter } from './directory-filter.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = (filter: string): DirectoryFilter => {
  const reading = readDirectoryFilter(filter);
  if (!reading.ok) throw new Error(`${filter}: ${reading.position} ${reading.why.key}`);
  return reading.filter;
};

describe('an LDAP filter', () => {
  it('has bytes for values: an escape stands for one byte, whatever it means', () => {
    const equal = (value: Uint8Array) => ({ kind: 'equal', attribute: 'cn', value });
    expect(read('(cn=M\\c3\\bcnchen)')).toEqual(equal(text('München')));
    expect(read('(cn=München)')).toEqual(equal(text('München')));
    expect(read('(cn=\\2f\\c3\\00\\FF)')).toEqual(equal(bytes(0x2f, 0xc3, 0, 0xff)));
    expect(read('(cn=a\\2a\\28b\\29\\5c)')).toEqual(equal(text('a*(b)\\')));
    expect(read('(cn=)')).toEqual(equal(bytes()));
    expect(read('(cn= 😀 )')).toEqual(equal(text(' 😀 ')));
  });

  it.each([
    ['(cn=*)', { kind: 'present', attribute: 'cn' }],
    ['(cn=PC*)', { initial: text('PC'), any: [], final: null }],
    ['(cn=*-\\c3\\bc*b*)', { initial: null, any: [text('-ü'), text('b')], final: null }],
    ['(cn=a*b*c)', { initial: text('a'), any: [text('b')], final: text('c') }],
    ['(x>=5)', { kind: 'atLeast', value: text('5') }],
    ['(x<=5)', { kind: 'atMost', value: text('5') }],
    ['(cn~=pc)', { kind: 'approximately', value: text('pc') }],
    ['(cn;lang-de=x)', { kind: 'equal', attribute: 'cn;lang-de' }],
    ['(2.5.4.3=x)', { kind: 'equal', attribute: '2.5.4.3' }],
    [
      '(a:1.2.840.113556.1.4.803:=2)',
      { kind: 'extensible', attribute: 'a', rule: '1.2.840.113556.1.4.803', dn: false },
    ],
    ['(ou:dn:=Berlin)', { kind: 'extensible', attribute: 'ou', rule: null, dn: true }],
    ['(:dn:2.4.6:=x)', { kind: 'extensible', attribute: null, rule: '2.4.6', dn: true }],
    ['( & (a=1) (!(b=2)) )', { kind: 'and', filters: [{ kind: 'equal' }, { kind: 'not' }] }],
    ['(|(a=1)(b=2)(c=3))', { kind: 'or', filters: [{}, {}, {}] }],
  ])('%s is read', (filter, expected) => {
    expect(read(filter)).toMatchObject(expected);
  });

  it.each([
    ['cn=x', 1, 'filter.opensMissing'],
    ['', 1, 'filter.opensMissing'],
    ['(&(cn=', 3, 'filter.notClosed'],
    ['(&(cn=a)', 1, 'filter.notClosed'],
    ['(&(cn=a)b)', 9, 'filter.closesMissing'],
    ['(cn=a))', 7, 'filter.textAfter'],
    ['(cn=a(b)', 6, 'filter.mustBeEscaped'],
    ['(cn>=a*)', 7, 'filter.mustBeEscaped'],
    ['(cn=\\zz)', 5, 'filter.badEscape'],
    ['(cn=ab\\4)', 7, 'filter.badEscape'],
    ['(&)', 3, 'filter.nothingToJoin'],
    ['(cn)', 2, 'filter.noComparison'],
    ['(my name=x)', 2, 'filter.noAttribute'],
    ['(cn:a b:=x)', 2, 'filter.badRule'],
    [`${'(!'.repeat(60)}(a=1)${')'.repeat(60)}`, 103, 'filter.tooDeep'],
  ])('%j is refused at %i', (filter, position, key) => {
    expect(readDirectoryFilter(filter)).toMatchObject({ ok: false, position, why: { key } });
  });
});
