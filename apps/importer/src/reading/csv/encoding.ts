import { isAscii, isUtf8 } from 'node:buffer';
import type { CsvEncoding } from '#domain';
import { ImportFailure } from '../../runs/import-failure.js';

const HEAD = 4096;
const CR = 0x0d;
const NEWLINE = 0x0a;
/** Bytes of a line that are looked at. */
const LONGEST_LINE = 65_536;

/**
 * Finds out how a file is encoded: a BOM, else the NUL bytes of UTF-16 in the first 4 KiB, else UTF-8 when the whole
 * file is valid UTF-8, or when some lines of it are that have more than ASCII; else MacRoman when its lines end in CR
 * alone (Excel for Mac), else Windows-1252. No statistics: they guess wrong on short files with a single umlaut.
 *
 * @param file the whole file, read once
 * @param told what the request says; then only empty and binary files are looked for
 * @throws ImportFailure EMPTY_FILE, BINARY_FILE
 */
export async function detectEncoding(
  file: AsyncIterable<Uint8Array>,
  told: CsvEncoding | undefined,
): Promise<CsvEncoding> {
  const utf8 = new Utf8Check();
  const lines = new LinesCheck();
  let head = Buffer.alloc(0);
  let size = 0;
  let hasNul = false;
  for await (const part of file) {
    const chunk = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    size += chunk.length;
    if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)]);
    hasNul ||= chunk.includes(0);
    utf8.add(chunk);
    lines.add(chunk);
  }
  if (size === 0) throw new ImportFailure('EMPTY_FILE', 'file.empty');
  const found =
    told ?? byBom(head) ?? byNuls(head) ?? (utf8.ends() || lines.someAreUtf8 ? 'utf-8' : lines.singleByte);
  if (hasNul && found !== 'utf-16le' && found !== 'utf-16be') throw binary(head);
  return found;
}

/** What the lines of a file are that is not UTF-8 as a whole. */
class LinesCheck {
  private open = Buffer.alloc(0);
  private hasCr = false;
  private hasNewline = false;
  /** Some have characters beyond ASCII, as UTF-8: another program has written into the file. */
  someAreUtf8 = false;

  get singleByte(): CsvEncoding {
    return this.hasCr && !this.hasNewline ? 'macintosh' : 'windows-1252';
  }

  add(chunk: Buffer): void {
    this.hasCr ||= chunk.includes(CR);
    this.hasNewline ||= chunk.includes(NEWLINE);
    if (this.someAreUtf8) return;
    const bytes = this.open.length > 0 ? Buffer.concat([this.open, chunk]) : chunk;
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      const line = bytes.subarray(at, end);
      this.someAreUtf8 ||= !isAscii(line) && isUtf8(line);
      at = end + 1;
    }
    this.open = Buffer.from(bytes.subarray(at, at + LONGEST_LINE));
  }
}

function byBom(head: Buffer): CsvEncoding | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8-bom';
  const utf32 = head[0] === 0xff && head[1] === 0xfe && head[2] === 0 && head[3] === 0;
  if (utf32) throw binary(head);
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return null;
}

/** Most characters of a European file are below U+0100: in UTF-16 one byte of each pair is NUL, and the other never. */
function byNuls(head: Buffer): CsvEncoding | null {
  const nuls = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = nuls;
  const pairs = Math.floor(head.length / 2);
  if (pairs === 0) return null;
  if (odd > pairs * 0.5 && even === 0) return 'utf-16le';
  if (even > pairs * 0.5 && odd === 0) return 'utf-16be';
  return null;
}

function binary(head: Buffer): ImportFailure {
  const zip = head.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, 3, 4]));
  return new ImportFailure('BINARY_FILE', zip ? 'file.excel' : 'file.binary');
}

/** Validity of UTF-8 over chunks that may cut a character in two. */
class Utf8Check {
  private valid = true;
  private open = Buffer.alloc(0);

  add(chunk: Buffer): void {
    if (!this.valid) return;
    const bytes = this.open.length > 0 ? Buffer.concat([this.open, chunk]) : chunk;
    const whole = bytes.length - openCharacter(bytes);
    this.valid = isUtf8(bytes.subarray(0, whole));
    this.open = Buffer.from(bytes.subarray(whole));
  }

  ends(): boolean {
    return this.valid && this.open.length === 0;
  }
}

/** Bytes at the end that begin a character without ending it, 0 to 3. */
export function openCharacter(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? back : 0;
    }
  }
  return 0;
}
