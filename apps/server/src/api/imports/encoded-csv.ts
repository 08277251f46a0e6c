import iconv from 'iconv-lite';
import type { CsvEncoding } from '#domain';

/** How a file of an encoding is written: iconv-lite's name of it, and IANA's for `charset`. UTF-8 has a BOM, so that Excel reads it. */
const WRITTEN = {
  'utf-8': { iconv: 'utf8', charset: 'utf-8', bom: true },
  'utf-8-bom': { iconv: 'utf8', charset: 'utf-8', bom: true },
  'utf-16le': { iconv: 'utf-16le', charset: 'utf-16le', bom: true },
  'utf-16be': { iconv: 'utf-16be', charset: 'utf-16be', bom: true },
  'windows-1252': { iconv: 'win1252', charset: 'windows-1252', bom: false },
  cp850: { iconv: 'cp850', charset: 'ibm850', bom: false },
  macintosh: { iconv: 'macintosh', charset: 'macintosh', bom: false },
} as const satisfies Record<CsvEncoding, { iconv: string; charset: string; bom: boolean }>;

/** What typographic characters of our own sentences are in code pages that do not have them. */
const PLAIN: Readonly<Record<string, string>> = {
  '„': '"',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
  '…': '...',
  '→': '->',
  '\u202f': ' ',
};

/** The content type of a CSV file in an encoding. */
export function csvContentType(encoding: CsvEncoding): string {
  return `text/csv; charset=${WRITTEN[encoding].charset}`;
}

/**
 * A text in the encoding of the file that it belongs to, so that the same program opens both. Cells came from that
 * encoding and fit it; of our own sentences around them, typographic characters that do not fit become plain ones.
 *
 * @param text without BOM
 */
export async function* encodedCsv(
  text: AsyncIterable<string> | Iterable<string>,
  encoding: CsvEncoding,
): AsyncGenerator<Buffer> {
  const { iconv: name, bom } = WRITTEN[encoding];
  if (bom) yield iconv.encode('\ufeff', name);
  for await (const part of text) yield iconv.encode(bom ? part : fitting(part, name), name);
}

function fitting(text: string, name: string): string {
  return text.replaceAll(/[^\p{ASCII}]/gu, (character) => {
    const fits = iconv.decode(iconv.encode(character, name), name) === character;
    return fits ? character : (PLAIN[character] ?? character);
  });
}
