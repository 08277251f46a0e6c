import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import type { CsvEncoding } from '#domain';
import { openCharacter } from './encoding.js';

const ICONV_NAMES = {
  'utf-8': 'utf8',
  'utf-8-bom': 'utf8',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  'windows-1252': 'win1252',
  cp850: 'cp850',
  macintosh: 'macintosh',
} as const satisfies Record<CsvEncoding, string>;

/** Bytes of a line beyond which it is not waited for: it is no row anyway. */
const LONGEST_LINE = 1024 * 1024;
const NEWLINE = 0x0a;
const CR = 0x0d;

/**
 * The text of a file, piece by piece, without BOM and with `\n` for every line end. iconv-lite, because
 * `TextDecoder('windows-1252')` of several Node versions decodes `€` and `–` wrongly (nodejs/node#60888).
 *
 * @param isTold somebody said that this is the encoding; else a line of a UTF-8 file that is none is Windows-1252, since
 * another program may have written into it
 * @param onBytes is told how many bytes have been read so far
 */
export async function* decodedText(
  file: AsyncIterable<Uint8Array>,
  encoding: CsvEncoding,
  isTold: boolean,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<string> {
  const name = ICONV_NAMES[encoding];
  const decoder = name === 'utf8' && !isTold ? new LineDecoder() : iconv.getDecoder(name, { stripBOM: true });
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

/** Decodes whole lines, each as UTF-8 or else as Windows-1252: both have the same line ends. */
class LineDecoder {
  private open = Buffer.alloc(0);
  private begun = false;

  write(part: Buffer): string {
    const bytes = this.open.length > 0 ? Buffer.concat([this.open, part]) : part;
    const end = Math.max(bytes.lastIndexOf(NEWLINE), bytes.lastIndexOf(CR)) + 1;
    const cut = end === 0 && bytes.length > LONGEST_LINE ? bytes.length - openCharacter(bytes) : end;
    this.open = Buffer.from(bytes.subarray(cut));
    return this.lines(bytes.subarray(0, cut));
  }

  end(): string {
    return this.lines(this.open);
  }

  private lines(bytes: Buffer): string {
    const text = isUtf8(bytes) ? bytes.toString('utf8') : linesOf(bytes).map(decodedLine).join('');
    if (this.begun || text === '') return text;
    this.begun = true;
    return text.replace(/^\ufeff/, '');
  }
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let at = 0;
  for (const [index, byte] of bytes.entries()) {
    if (byte !== NEWLINE && byte !== CR) continue;
    lines.push(bytes.subarray(at, index + 1));
    at = index + 1;
  }
  return [...lines, bytes.subarray(at)];
}

function decodedLine(line: Buffer): string {
  return isUtf8(line) ? line.toString('utf8') : iconv.decode(line, 'win1252');
}

function unixLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
