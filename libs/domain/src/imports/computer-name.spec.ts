import { textIn } from '#texts';
import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import {
  identityByGuid,
  identityByName,
  nameKeyOf,
  type NameResult,
  normaliseComputerName,
} from './computer-name.js';

const read = (raw: string) => normaliseComputerName(raw, domainToASCII);
const textOf = (name: NameResult): string | null => (name.ok ? null : textIn('en', name));

describe('names that are accepted', () => {
  test.each([
    ['PC01', 'PC01', null],
    [' PC01\u00a0', 'PC01', null],
    ['pc01', 'PC01', null],
    ['pc01.corp.test', 'PC01', 'pc01.corp.test'],
    ['PC01.Corp.TEST', 'PC01', 'pc01.corp.test'],
    ['pc01.corp.test.', 'PC01', 'pc01.corp.test'],
    ['PC01$', 'PC01', null],
    ['\\\\PC01', 'PC01', null],
    ['3com-7.corp.test', '3COM-7', '3com-7.corp.test'],
    ['a-name-of-twenty-one.corp.test', 'A-NAME-OF-TWENT', 'a-name-of-twenty-one.corp.test'],
    ['\ufeffPC01\u200b', 'PC01', null],
  ])('%j is %s', (raw, name, fqdn) => {
    expect(read(raw)).toMatchObject({ ok: true, name, fqdn, warnings: [], original: null });
  });

  test('the domain of DOMAIN\\NAME$ is kept apart', () => {
    expect(read('CORP\\PC01$')).toMatchObject({ ok: true, name: 'PC01', fqdn: null, domain: 'CORP' });
  });
});

test.each([
  ['LAPTOP-BUCHHALTUNG-01', 'LAPTOP-BUCHHALT', 'LAPTOP-BUCHHALTUNG-01'],
  ['ubuntu-workstation-01.corp.test', 'UBUNTU-WORKSTAT', 'UBUNTU-WORKSTATION-01'],
  ['bücherei-ausleihe-3', 'XN--BCHEREI-AUSLEIHE-3-M6B', 'XN--BCHEREI-AUSLEIHE-3-M6B'],
])(
  'the host name of %j is whole, beside its NetBIOS name; an international one is never cut',
  (raw, name, hostName) => {
    expect(read(raw)).toMatchObject({ ok: true, name, hostName });
  },
);

describe('names that are accepted with a warning', () => {
  test.each([
    [
      'abcdefghijklmnopqrst',
      'NAME_LONG',
      'longer than 15 characters; NetBIOS name would be ABCDEFGHIJKLMNO',
      'ABCDEFGHIJKLMNO',
    ],
    ['pc_01', 'NAME_UNDERSCORE', 'underscore in name', 'PC_01'],
    [
      'münchen-pc.corp.test',
      'NAME_NON_ASCII',
      'non-ASCII name stored as xn--mnchen-pc-q9a.corp.test',
      'XN--MNCHEN-PC-Q9A',
    ],
  ])('%j: %s', (raw, code, text, name) => {
    const accepted = read(raw);
    expect(accepted).toMatchObject({ ok: true, name, warnings: [{ code }] });
    expect(accepted.ok && accepted.warnings.map((one) => textIn('en', one))).toEqual([text]);
  });

  test('the name as it was written is kept beside its xn-- form', () => {
    expect(read('münchen-pc.corp.test')).toMatchObject({ original: 'münchen-pc.corp.test' });
    expect(read('mu\u0308nchen-pc')).toMatchObject({ original: 'münchen-pc', name: 'XN--MNCHEN-PC-Q9A' });
  });
});

describe('names that are refused', () => {
  const FORBIDDEN = [...'/:*?"<>|,;~!#%^&\'(){}[]=+`'];

  test.each([
    ['', 'NAME_EMPTY', 'Name is empty'],
    ['  \u00a0', 'NAME_EMPTY', 'Name is empty'],
    ['$', 'NAME_EMPTY', 'Name is empty'],
    ['CORP\\', 'NAME_EMPTY', 'Name is empty'],
    [
      '192.168.1.5',
      'NAME_IS_ADDRESS',
      '"192.168.1.5" is an IP address; a host name is needed (use the IP column)',
    ],
    ['fe80::1', 'NAME_IS_ADDRESS', '"fe80::1" is an IP address; a host name is needed (use the IP column)'],
    ['1.2', 'NAME_BROKEN_ADDRESS', '"1.2" looks like a broken IP address'],
    ['0x7f.1', 'NAME_BROKEN_ADDRESS', '"0x7f.1" looks like a broken IP address'],
    ['pc.0x7f', 'NAME_BROKEN_ADDRESS', '"pc.0x7f" looks like a broken IP address'],
    ['192.168.1.500', 'NAME_BROKEN_ADDRESS', '"192.168.1.500" looks like a broken IP address'],
    ['12345', 'NAME_ONLY_DIGITS', '"12345" consists of digits only'],
    ['12345.corp.test', 'NAME_ONLY_DIGITS', '"12345" consists of digits only'],
    ['PC 01', 'NAME_BAD_CHARACTER', '"PC 01" contains a space, which a computer name must not contain'],
    ['pc%41', 'NAME_BAD_CHARACTER', '"pc%41" contains "%", which a computer name must not contain'],
    ['A\\B\\PC', 'NAME_BAD_CHARACTER', '"A\\B\\PC" contains "\\", which a computer name must not contain'],
    ['\\\\srv\\share', 'NAME_BAD_CHARACTER', undefined],
    ['http://pc01/', 'NAME_BAD_CHARACTER', undefined],
    ['pc\n01', 'NAME_CONTROL_CHARACTER', 'Name contains control characters'],
    ['-pc', 'NAME_BAD_LABEL', '"-pc" starts with "-"'],
    [
      'pc-',
      'NAME_BAD_LABEL',
      'Label "pc-" must start and end with a letter or digit and contain only letters, digits and hyphens',
    ],
    ['a..b', 'NAME_EMPTY_LABEL', '"a..b" has an empty label'],
    ['.pc', 'NAME_EMPTY_LABEL', undefined],
    [`${'a'.repeat(64)}.test`, 'NAME_TOO_LONG', 'Label "aaaaaaaaaaaaaaaaaaaa…" is longer than 63 characters'],
    [`${'abcdefghi.'.repeat(26)}test`, 'NAME_TOO_LONG', 'Name is longer than 253 characters'],
    [
      'M\ufffdNCHEN',
      'NAME_BROKEN_ENCODING',
      '"M\ufffdNCHEN" contains broken characters; the file was probably read with the wrong encoding',
    ],
    ['M\u0081NCHEN', 'NAME_BROKEN_ENCODING', undefined],
    ['=cmd|x', 'NAME_FORMULA', '"=cmd|x" starts with "="'],
    ['+pc', 'NAME_FORMULA', '"+pc" starts with "+"'],
    ['@pc', 'NAME_FORMULA', '"@pc" starts with "@"'],
    ['localhost', 'NAME_RESERVED', '"localhost" is a reserved name'],
    ['SERVER', 'NAME_RESERVED', '"SERVER" is a reserved name'],
    ['system.corp.test', 'NAME_RESERVED', undefined],
    ['Network', 'NAME_RESERVED', undefined],
    [
      'pc\u00ad1',
      'NAME_BAD_CHARACTER',
      '"pc\u00ad1" contains "U+00AD", which a computer name must not contain',
    ],
    ['pc™', 'NAME_BAD_CHARACTER', '"pc™" contains "™", which a computer name must not contain'],
    ['pc’s', 'NAME_BAD_CHARACTER', '"pc’s" contains "’", which a computer name must not contain'],
  ])('%j: %s', (raw, code, text) => {
    const refused = read(raw);
    expect(refused).toMatchObject({ ok: false, code });
    if (text !== undefined) expect(textOf(refused)).toBe(text);
  });

  test.each(FORBIDDEN)('%j is named as what it must not contain', (character) => {
    expect(textOf(read(`pc${character}1`))).toBe(
      `"pc${character}1" contains "${character}", which a computer name must not contain`,
    );
  });

  test('a long refused text is cut in its message', () => {
    const refused = read(`a ${'b'.repeat(5000)}`);
    expect(textOf(refused)?.length).toBeLessThan(150);
  });
});

test('whatever the text, an accepted name can be a NetBIOS name and an FQDN, and reads the same again', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'aB1-_.$\\ äß=:') }),
  );
  fc.assert(
    fc.property(texts, (raw) => {
      const result = read(raw);
      if (!result.ok) return expect(textIn('en', result)).not.toBe(result.key);
      expect(result.hostName).toMatch(/^[A-Z0-9_][A-Z0-9_-]{0,62}$/);
      expect(result.name).toMatch(/^(?:[A-Z0-9_][A-Z0-9_-]{0,14}|XN--[A-Z0-9_-]+)$/);
      expect(result.hostName.startsWith(result.name)).toBe(true);
      if (result.fqdn !== null) {
        expect(result.fqdn).toMatch(/^[a-z0-9_.-]{3,253}$/);
        expect(read(result.fqdn)).toMatchObject({ ok: true, name: result.name, fqdn: result.fqdn });
      }
    }),
    { numRuns: 5000 },
  );
});

test('the FQDN makes a computer one within its tenant, else its host name', () => {
  expect(nameKeyOf({ hostName: 'PC01', fqdn: 'pc01.corp.test' })).toBe('pc01.corp.test');
  expect(identityByName({ hostName: 'PC01', fqdn: null })).toBe('name:PC01');
  expect(identityByGuid('0A1B2C3D-0000-0000-0000-00000000000F')).toBe(
    'ad:0a1b2c3d-0000-0000-0000-00000000000f',
  );
});
