import iconv from 'iconv-lite';
import { CSV_ENCODINGS, type CsvEncoding } from '#domain';
import { csvContentType, encodedCsv } from './encoded-csv.js';

async function bytes(text: string, encoding: CsvEncoding): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of encodedCsv([text], encoding)) parts.push(part);
  return Buffer.concat(parts);
}

describe('a CSV file in the encoding of the upload', () => {
  it.each(CSV_ENCODINGS)('has in %s the cells that were read', async (encoding) => {
    const name = encoding === 'utf-8-bom' ? 'utf-8' : encoding;
    const text = 'Büro-1;Größe;3\r\n';
    expect(iconv.decode(await bytes(text, encoding), name)).toBe(text);
  });

  it('is marked where a spreadsheet could not know', async () => {
    expect([...(await bytes('a', 'utf-8'))]).toEqual([0xef, 0xbb, 0xbf, 0x61]);
    expect([...(await bytes('a', 'utf-16le'))]).toEqual([0xff, 0xfe, 0x61, 0]);
    expect([...(await bytes('a', 'utf-16be'))]).toEqual([0xfe, 0xff, 0, 0x61]);
    expect([...(await bytes('a', 'windows-1252'))]).toEqual([0x61]);
  });

  it('says typographic marks plainly where the code page has none', async () => {
    expect(iconv.decode(await bytes('„PC-1“ – …', 'cp850'), 'cp850')).toBe('"PC-1" - ...');
    expect(iconv.decode(await bytes('„PC-1“ – …', 'windows-1252'), 'windows-1252')).toBe('„PC-1“ – …');
  });

  it('is served under the name that IANA has for it', () => {
    expect(CSV_ENCODINGS.map(csvContentType)).toEqual([
      'text/csv; charset=utf-8',
      'text/csv; charset=utf-8',
      'text/csv; charset=utf-16le',
      'text/csv; charset=utf-16be',
      'text/csv; charset=windows-1252',
      'text/csv; charset=ibm850',
      'text/csv; charset=macintosh',
    ]);
  });
});
