import {
  domainOf,
  fileTimeOf,
  guidOf,
  numberOf,
  parentOf,
  ridOf,
  sameDn,
  textOf,
  textsOf,
} from './directory-values.js';

describe('values of a directory', () => {
  it('writes a GUID with its first three groups turned round', () => {
    const bytes = Buffer.from('33221100554477668899aabbccddeeff', 'hex');
    expect(guidOf(bytes)).toBe('00112233-4455-6677-8899-aabbccddeeff');
    expect([guidOf(null), guidOf(Buffer.alloc(15))]).toEqual([null, null]);
  });

  it('takes the account from the end of a SID', () => {
    const sid = Buffer.from('010500000000000515000000c6cc451501df67a8b491e8d403020000', 'hex');
    expect([ridOf(sid), ridOf(Buffer.alloc(4)), ridOf(null)]).toEqual([515, null, null]);
  });

  it('reads a FILETIME, and knows the two forms of never', () => {
    expect(fileTimeOf('133801632000000000')).toEqual(new Date('2025-01-01T00:00:00Z'));
    for (const never of ['0', '9223372036854775807', 'soon', undefined, []]) {
      expect(fileTimeOf(never)).toBeNull();
    }
  });

  it('takes a missing, a single and several values', () => {
    expect([textOf(undefined), textOf([]), textOf(' '), textOf('a'), textOf(['b', 'c'])]).toEqual([
      null,
      null,
      null,
      'a',
      'b',
    ]);
    expect([textsOf(undefined), textsOf('a'), textsOf(['b', 'c'])]).toEqual([[], ['a'], ['b', 'c']]);
    expect([numberOf('4098'), numberOf('-5'), numberOf('x'), numberOf([])]).toEqual([4098, -5, null, null]);
  });

  it('divides names at commas that are not protected', () => {
    const dn = 'CN=PC\\, Buchhaltung (alt)*\\\\1,OU=Außenstelle Fürth,DC=corp,DC=Example,DC=test';
    expect(parentOf(dn)).toBe('OU=Außenstelle Fürth,DC=corp,DC=Example,DC=test');
    expect(domainOf(dn)).toBe('corp.example.test');
    expect(domainOf('CN=x,O=none')).toBe('');
  });

  it('knows a name in the spelling of another server', () => {
    expect(sameDn('cn=PC-1, ou=Köln,dc=Corp')).toBe(sameDn('CN=pc-1,OU=KÖLN,DC=corp'));
    expect(sameDn('CN=a,DC=b')).not.toBe(sameDn('CN=a\\,DC=b'));
  });
});
