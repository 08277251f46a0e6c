import iconv from 'iconv-lite';
import type { CsvEncoding } from '#domain';

const ICONV_NAMES = {
  'utf-8': 'utf8',
  'utf-8-bom': 'utf8',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  'windows-1252': 'win1252',
} as const satisfies Record<CsvEncoding, string>;

/**
 * The text of a file, piece by piece, without BOM and with `\n` for every line end. iconv-lite, because
 * `TextDecoder('windows-1252')` of several Node versions decodes `€` and `–` wrongly (nodejs/node#60888).
 *
 * @param onBytes is told how many bytes have been read so far
 */
export async function* decodedText(
  file: AsyncIterable<Uint8Array>,
  encoding: CsvEncoding,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<string> {
  const decoder = iconv.getDecoder(ICONV_NAMES[encoding], { stripBOM: true });
  let bytes = 0;
  let heldCr = false;
  for await (const part of file) {
    bytes += part.byteLength;
    onBytes(bytes);
    let text = decoder.write(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    if (heldCr) text = `\r${text}`;
    // A CR at the end may be the first half of a CRLF.
    heldCr = text.endsWith('\r');
    if (heldCr) text = text.slice(0, -1);
    if (text !== '') yield unixLines(text);
  }
  const last = (heldCr ? '\r' : '') + (decoder.end() ?? '');
  if (last !== '') yield unixLines(last);
}

function unixLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
