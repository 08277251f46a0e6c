import { domainToASCII } from 'node:url';
import { assert, asyncProperty, constantFrom, oneof, uint8Array, array, string } from 'fast-check';
import iconv from 'iconv-lite';
import { readRow, type CsvOptions } from '#domain';
import { ImportFailure } from '../../runs/import-failure.js';
import { openCsv } from './csv-file.js';
import { decodedText } from './decoded-text.js';
import { detectEncoding } from './encoding.js';

/** The way of an upload: encoding, text, records, rows. One line for each row, or the file's fault. */
async function read(file: Uint8Array, options: CsvOptions = {}, piece = 65_536): Promise<string[]> {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < file.length; at += piece)
      yield await Promise.resolve(file.subarray(at, at + piece));
  };
  try {
    const encoding = await detectEncoding(pieces(), options.encoding);
    const text = decodedText(pieces(), encoding, options.encoding !== undefined);
    const csv = await openCsv(text, encoding, options, domainToASCII);
    const verdicts: string[] = [];
    for await (const record of csv.rows) {
      if (record.kind !== 'cells') {
        verdicts.push(`${record.line} ${record.kind}`);
        continue;
      }
      const row = readRow(record.cells, record.line, csv.layout, domainToASCII);
      const messages = row.ok ? row.candidate.messages : row.refused.messages;
      const name = row.ok ? (row.candidate.fqdn ?? row.candidate.name) : 'no';
      const excluded = row.ok && row.candidate.excluded ? ['excluded'] : [];
      verdicts.push([record.line, name, ...messages.map(({ code }) => code), ...excluded].join(' '));
    }
    return verdicts;
  } catch (error) {
    if (!(error instanceof ImportFailure)) throw error;
    const { code, line } = error.fault;
    return [line === null ? code : `${code} ${line}`];
  }
}

const bytes = (text: string, encoding = 'utf8', addBOM = false): Buffer =>
  iconv.encode(text, encoding, { addBOM });
const german = 'Rechnername;Standort\r\npc1;Köln\r\n';

type Case = [what: string, file: string | Buffer, verdicts: string[], options?: CsvOptions];

const FILES: Case[] = [
  ['nothing', '', ['EMPTY_FILE']],
  ['blank lines', '\n\r\n  \n', ['EMPTY_FILE']],
  ['only a BOM', bytes('', 'utf8', true), ['EMPTY_FILE']],
  ['a NUL', 'Name\npc\0\n', ['BINARY_FILE']],
  ['an Excel workbook', Buffer.from('PK\u0003\u0004\0\0'), ['BINARY_FILE']],
  ['UTF-8', german, ['2 PC1']],
  ['UTF-8 with BOM', bytes(german, 'utf8', true), ['2 PC1']],
  ['Windows-1252', bytes(german, 'win1252'), ['2 PC1']],
  ['UTF-16 LE with BOM', bytes(german, 'utf-16le', true), ['2 PC1']],
  ['UTF-16 BE with BOM', bytes(german, 'utf-16be', true), ['2 PC1']],
  ['UTF-16 LE without BOM', bytes(german, 'utf-16le'), ['2 PC1']],
  ['UTF-16 BE without BOM', bytes(german, 'utf-16be'), ['2 PC1']],
  [
    'a wrong encoding by order',
    bytes('Name\nmünchen\n', 'win1252'),
    ['2 no NAME_BROKEN_ENCODING'],
    { encoding: 'utf-8' },
  ],
  ['semicolons', 'Name;OS\npc1;a,b\n', ['2 PC1']],
  ['commas', 'Name,OS\npc1,a;b\n', ['2 PC1']],
  ['tabs', 'Name\tOS\npc1\t\n', ['2 PC1']],
  ['bars', 'Name|OS\npc1|x\n', ['2 PC1']],
  ['a delimiter by order', 'Name,OS;x\npc1,y;z\n', ['2 PC1'], { delimiter: ',' }],
  ['sep=', 'sep=,\nName,OS\npc1,x\n', ['3 PC1']],
  ['sep= in quotes', '"sep=;"\nName;OS\npc1;x\n', ['3 PC1']],
  ['#TYPE', '#TYPE Selected.ADComputer\n"Name","OS"\n"pc1","x"\n', ['3 PC1']],
  ['sep= and #TYPE', 'sep=,\n#TYPE x\nName,OS\npc1,x\n', ['4 PC1']],
  ['only sep=', 'sep=;', ['EMPTY_FILE']],
  ['blank lines before the header', '\n\nName\npc1\n', ['4 PC1']],
  ['only a header', 'Name;OS\n', []],
  ['no last line end', 'Name\npc1', ['2 PC1']],
  ['CR line ends', 'Name\rpc1\rpc2\r', ['2 PC1', '3 PC2']],
  ['mixed line ends', 'Name\r\npc1\npc2\rpc3', ['2 PC1', '3 PC2', '4 PC3']],
  ['a list of names', 'pc1\npc2\n', ['1 PC1', '2 PC2']],
  ['a list of FQDNs', 'pc1.corp.test\npc2.corp.test\n', ['1 pc1.corp.test', '2 pc2.corp.test']],
  ['no header by order', 'pc1;x\npc2;y\n', ['1 PC1', '2 PC2'], { header: false, columns: { name: 0 } }],
  ['a header by order', 'server1\npc2\n', ['2 PC2'], { header: true, columns: { name: 0 } }],
  ['a column by its header', 'Kiste;x\npc1;y\n', ['2 PC1'], { columns: { name: 'Kiste' } }],
  ['a column by number', 'Kiste;x\npc1;y\n', ['2 PC1'], { header: true, columns: { name: 0 } }],
  ['a column that is not there', 'Name;x\npc1;y\n', ['UNKNOWN_COLUMN'], { columns: { name: 'PCs' } }],
  ['a column number that is not there', 'Name;x\npc1;y\n', ['UNKNOWN_COLUMN'], { columns: { name: 7 } }],
  ['no name column', 'Kiste;Etage\npc1;1\n', ['NO_NAME_COLUMN']],
  ['a header twice', 'Name;OS;Name\npc1;x;pc2\n', ['DUPLICATE_HEADER']],
  ['DNSHostName alone', 'DNSHostName\npc1.corp.test\n', ['2 pc1.corp.test']],
  ['quotes', '"Name";"OS"\n"pc1";"a ""b"""\n', ['2 PC1']],
  ['a delimiter in quotes', 'Name;OS\npc1;"a;b"\n', ['2 PC1']],
  ['a line end in quotes', 'Name;OS\npc1;"a\nb"\npc2;c\n', ['2 PC1', '4 PC2']],
  ['CRLF in quotes', 'Name;OS\r\npc1;"a\r\nb"\r\npc2;c\r\n', ['2 PC1', '4 PC2']],
  ['a quote that is not closed', 'Name;OS\npc1;x\npc2;"y\npc3;z\n', ['UNCLOSED_QUOTE 3']],
  ['text behind a quote', 'Name;OS\n"pc1"x;y\npc2;z\n', ['2 bad-quote', '3 PC2']],
  ['a quote within a cell', 'Name;OS\npc1;27" screen\n', ['2 PC1']],
  [
    'cells that are left out at the end',
    'Name;OS;Ort\npc1\npc2;x\npc3;x;y\n',
    ['2 PC1 CELLS_MISSING', '3 PC2 CELLS_MISSING', '4 PC3'],
  ],
  [
    'two files in one, the second with more columns',
    'Name;OS\npc1;x\nName;OS;Location\npc2;y;z\n',
    ['2 PC1', '3 no COLUMN_COUNT', '4 no COLUMN_COUNT'],
  ],
  [
    'rows with words that are headings elsewhere',
    'Hostname;Type;Role\npc1;Notebook;x\npc2;Client;Workstation\n',
    ['2 PC1', '3 PC2'],
  ],
  [
    'several rows for one computer',
    'Computername;Name;Status\npc1;ALG;on\npc1;BITS;on\npc1;Spooler;on\n',
    ['2 PC1', '3 PC1', '4 PC1'],
  ],
  ['a DP that is left out', 'Name;OS;DP\npc1;x\n', ['2 no COLUMN_COUNT']],
  ['empty cells too many', 'Name;OS\npc1;x;\npc2;x;;\n', ['2 PC1', '3 PC2']],
  ['a title above the table', 'Computers of the north\n\nName,OS\npc1,x\n', ['4 PC1']],
  ['a title that is a heading', 'Workstations\nComputer Name,OS,Location\npc1,x,y\n', ['3 PC1']],
  [
    'a title of empty cells',
    'Liste Nord;;\n;;\nRechnername;Betriebssystem;Ort\npc1;x;y\n',
    ['4 PC1'],
    { header: true, columns: { name: 0 } },
  ],
  [
    'a report of Configuration Manager',
    'textbox7\nAll systems\n\nDetails_Table0_Netbios_Name0,Details_Table0_IP_Addresses0\nPC1,10.1.2.3\n',
    ['5 PC1'],
  ],
  [
    'a computer called as a heading',
    'pc1;x\npc2;y\nhost;z\n',
    ['1 PC1', '2 PC2', '3 HOST'],
    { header: false, columns: { name: 0 } },
  ],
  ['a heading again', 'Name;OS\npc1;x\nName;OS\npc2;y\n', ['2 PC1', '3 no HEADING', '4 PC2']],
  [
    'names that are headings with a nought',
    'Name\npc0\npc-0\nhost_0\nclient0\n',
    ['2 PC0', '3 PC-0', '4 HOST_0 NAME_UNDERSCORE', '5 CLIENT0'],
  ],
  ['a heading in the plural', 'Hosts\npc1\n', ['2 PC1']],
  ['a heading of another language', "Nom de l'ordinateur;OS\npc1;x\n", ['2 PC1']],
  ['a comma within the heading', 'Rechnername;Raum, Etage, Haus\npc1;1\npc2;2\n', ['2 PC1', '3 PC2']],
  ['a column Host of addresses', 'id,name,host\na,pc1,10.0.0.1\nb,pc2,10.0.0.1\n', ['2 PC1', '3 PC2']],
  ['a column of kinds of devices', 'Device;Name\nNotebook;pc1\nNotebook;pc2\n', ['2 PC1', '3 PC2']],
  ['an account beside a common name', 'Name;SamAccountName\nalpha;pc1$\nbeta;pc2$\n', ['2 PC1', '3 PC2']],
  ['text as a formula', 'Name,OS\n"=""PC1""",x\n="PC2",y\n', ['2 PC1', '3 PC2']],
  ['nothing, in other words', 'Name;IP;LastLogonDate;FQDN\npc1;NULL;N/A;-\n', ['2 PC1']],
  [
    'addresses of nobody',
    'Name;IP\npc1;0.0.0.0\npc2;239.1.1.1\npc3;::\npc4;10.0.0.1\n',
    ['2 PC1 ADDRESS_INVALID', '3 PC2 ADDRESS_INVALID', '4 PC3 ADDRESS_INVALID', '5 PC4'],
  ],
  [
    'a FILETIME',
    'Name;LastLogonTimestamp\npc1;133700000000000000\npc2;0\npc3;12345\n',
    ['2 PC1', '3 PC2', '4 PC3 DATE_INVALID'],
  ],
  ['a disabled one', 'Name;Enabled\npc1;False\npc2;True\npc3;\n', ['2 PC1 excluded', '3 PC2', '4 PC3']],
  ['typographic quotes', '„Name“;OS\n„pc1“;x\n', ['2 no NAME_BAD_CHARACTER']],
  [
    'symbols',
    'Name\npc™1\npc✓\nmünchen\n',
    ['2 no NAME_BAD_CHARACTER', '3 no NAME_BAD_CHARACTER', '4 XN--MNCHEN-3YA NAME_NON_ASCII'],
  ],
  ['a heading twice that decides nothing', 'Name;OS;OS\npc1;x;y\n', ['2 PC1']],
  [
    'a Windows-1252 line in a UTF-8 file',
    Buffer.concat([bytes('Name\nköln\n'), bytes('münchen\n', 'win1252')]),
    ['2 XN--KLN-SNA NAME_NON_ASCII', '3 XN--MNCHEN-3YA NAME_NON_ASCII'],
  ],
  ['MacRoman', bytes('Name\rmünchen\r', 'macintosh'), ['2 XN--MNCHEN-3YA NAME_NON_ASCII']],
  [
    'cp850 by order',
    bytes('Name\nmünchen\n', 'cp850'),
    ['2 XN--MNCHEN-3YA NAME_NON_ASCII'],
    { encoding: 'cp850' },
  ],
  ['too many columns', 'Name;OS\npc1;a;b\n', ['2 no COLUMN_COUNT']],
  ['a line of 70,000 characters', `Name\n${'x'.repeat(70_000)}\npc2\n`, ['2 too-long', '3 PC2']],
  ['blanks around a name', 'Name;OS\n  pc1\u00a0 ;x\n', ['2 PC1']],
  ['a trailing dot and capitals', 'Name\nPC1.Corp.Test.\n', ['2 pc1.corp.test']],
  ['an account name', 'Name\npc1$\n', ['2 PC1']],
  ['a domain before the name', 'Name\nCORP\\pc1$\n', ['2 PC1']],
  ['a UNC name', 'Name\n\\\\pc1\n', ['2 PC1']],
  ['an underscore', 'Name\npc_01\n', ['2 PC_01 NAME_UNDERSCORE']],
  ['an umlaut', 'Name\nmünchen-pc.corp.test\n', ['2 xn--mnchen-pc-q9a.corp.test NAME_NON_ASCII']],
  ['an empty name', 'Name;OS\n;x\n', ['2 no NAME_EMPTY']],
  ['an IPv4 address', 'Name\n192.168.1.5\n', ['2 no NAME_IS_ADDRESS']],
  ['an IPv6 address', 'Name\nfe80::1\n', ['2 no NAME_IS_ADDRESS']],
  ['half an address', 'Name\n1.2\n', ['2 no NAME_BROKEN_ADDRESS']],
  ['digits', 'Name\n12345\n', ['2 no NAME_ONLY_DIGITS']],
  ['a formula', 'Name\n=cmd|x\n', ['2 no NAME_FORMULA'], { delimiter: ';' }],
  ['a blank within', 'Name\npc 01\n', ['2 no NAME_BAD_CHARACTER']],
  ['a hyphen at the end', 'Name\npc-\n', ['2 no NAME_BAD_LABEL']],
  ['an empty label', 'Name\na..b\n', ['2 no NAME_EMPTY_LABEL']],
  ['a reserved name', 'Name\nlocalhost\n', ['2 no NAME_RESERVED']],
  ['a label of 64 characters', `Name\n${'a'.repeat(64)}\n`, ['2 no NAME_TOO_LONG']],
  ['a name of 253 characters and more', `Name\n${'abcdefghi.'.repeat(26)}de\n`, ['2 no NAME_TOO_LONG']],
  ['an address that is none', 'Name;IP\npc1;10.0.0\n', ['2 PC1 ADDRESS_INVALID']],
];

describe('reading a CSV file', () => {
  test('the table is large', () => expect(FILES.length).toBeGreaterThanOrEqual(60));

  test.each(FILES)('%s', async (...[, file, verdicts, options]: Case) => {
    const content = Buffer.from(file);
    expect(await read(content, options)).toEqual(verdicts);
    // Where the pieces of an upload end must not matter.
    expect(await read(content, options, 7)).toEqual(verdicts);
  });

  test('a large file with CR alone, in UTF-8 but for one line, is read to its end', async () => {
    const count = 40_000;
    const lines = Array.from({ length: count }, (_, at) => bytes(`pc${at};Köln, Straße ${at}\r`));
    lines[count - 1] = bytes(`pc${count - 1};Köln\r`, 'win1252');
    const file = Buffer.concat([bytes('Name;Standort\r'), ...lines]);
    expect(file.length).toBeGreaterThan(1024 * 1024);
    const rows = await read(file, {}, 65_536);
    expect(rows).toHaveLength(count);
    expect(rows.at(-1)).toBe(`${count + 1} PC${count - 1}`);
  });

  test('arbitrary bytes end in rows or in a named fault, wherever the pieces end', async () => {
    const csvLike = array(
      oneof(
        constantFrom(
          '"',
          '""',
          ';',
          ',',
          '\n',
          '\r\n',
          '\r',
          '\t',
          'Name',
          'sep=',
          '#TYPE',
          '\0',
          'ü',
          'pc1',
        ),
        string(),
      ),
      { maxLength: 40 },
    ).map((parts) => new Uint8Array(Buffer.from(parts.join(''))));
    const anything = oneof(uint8Array({ maxLength: 300 }), csvLike);
    let pieces = 0;
    await assert(
      asyncProperty(anything, async (file) => {
        pieces = (pieces % 9) + 1;
        expect(await read(file, {}, pieces)).toEqual(await read(file));
      }),
      { numRuns: 10_000 },
    );
  }, 120_000);
});
