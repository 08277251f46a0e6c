// The part of the tar format (POSIX.1-1988, ustar) that a backup needs: plain files with short names, of known size.
// Any tar lists and unpacks it; what is read is read strictly, because we have written it.
import type { ByteSource } from './byte-source.js';
import { DamagedArchive } from './damaged-archive.js';

/** One file of an archive. */
export interface TarEntry {
  name: string;
  content: Buffer;
}

const BLOCK = 512;
const NAME_BYTES = 100;
const SIZE = { from: 124, to: 136 };
const TIME = { from: 136, to: 148 };
/** The end of an archive: two blocks of zeros. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** A file as the bytes that stand for it: a block that describes it, its content, zeros up to the next block. */
export function tarEntry({ name, content }: TarEntry, at: Date): Buffer[] {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new RangeError(`too long a name for an archive: ${name}`);
  const seconds = Math.floor(at.getTime() / 1000);
  return [headerOf(name, content.length, seconds), content, Buffer.alloc(-content.length & (BLOCK - 1))];
}

/**
 * The files of an archive, one after the other.
 *
 * @param most bytes that a file may have
 * @throws DamagedArchive
 */
export async function* readTar(source: ByteSource, most: number): AsyncGenerator<TarEntry> {
  for (;;) {
    const header = await source.take(BLOCK);
    if (isEmpty(header)) break;
    const { name, size } = readHeader(header);
    if (size > most)
      throw new DamagedArchive(`${name} is said to have ${size} bytes, more than any part has`);
    const content = Buffer.from(await source.take(size));
    if (!isEmpty(await source.take(-size & (BLOCK - 1))))
      throw new DamagedArchive(`the archive is damaged: behind ${name} there is something`);
    yield { name, content };
  }
  if (!isEmpty(await source.take(BLOCK)) || !(await source.isAtEnd()))
    throw new DamagedArchive('the archive is damaged: there is something behind its end');
}

function headerOf(name: string, size: number, seconds: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const field = (from: number, text: string): void => void header.write(text, from, 'latin1');
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  field(0, name);
  field(100, octal(0o600, 7));
  field(108, octal(0, 7));
  field(116, octal(0, 7));
  field(SIZE.from, octal(size, 11));
  field(TIME.from, octal(seconds, 11));
  // the sum is made with blanks in its own place
  field(148, ' '.repeat(8));
  field(156, '0');
  field(257, 'ustar\0');
  field(263, '00');
  const sum = header.reduce((all, byte) => all + byte, 0);
  field(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return header;
}

/** Every byte has to be as we write it. */
function readHeader(header: Buffer): { name: string; size: number } {
  const text = (from: number, to: number): string =>
    header.subarray(from, to).toString('latin1').replace(/\0.*$/s, '');
  const name = text(0, NAME_BYTES);
  const size = Number.parseInt(text(SIZE.from, SIZE.to), 8);
  const seconds = Number.parseInt(text(TIME.from, TIME.to), 8);
  const isOurs = size >= 0 && seconds >= 0 && headerOf(name, size, seconds).equals(header);
  if (!isOurs)
    throw new DamagedArchive('this is no backup, or a damaged one: a part does not begin as it should');
  return { name, size };
}

function isEmpty(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
