import { createCipheriv, createDecipheriv, randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { z } from 'zod';
import type { ByteSource } from './byte-source.js';
import { DamagedArchive } from './damaged-archive.js';

/** The first line of an archive that is encrypted; a line of JSON with {@link Parameters} follows. */
export const ENCRYPTED = 'relaypoint-backup-encrypted 1\n';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const CHUNK = 64 * 1024;
/** Longest second line that is read. */
const LINE_BYTES = 1024;
/** scrypt as RFC 7914 §2 asks for files: 128 MiB and about half a second for each guess. */
const COST = { N: 2 ** 17, r: 8, p: 1 };

const parameters = z.strictObject({
  cipher: z.literal('aes-256-gcm'),
  kdf: z.literal('scrypt'),
  salt: z.base64url(),
  // what a stranger's file may make this machine spend
  N: z
    .int()
    .min(2)
    .max(2 ** 20),
  r: z.int().min(1).max(32),
  p: z.int().min(1).max(4),
});
type Parameters = z.infer<typeof parameters>;

/**
 * Encrypts a stream in chunks by a key that follows from a passphrase, as STREAM does (Hoang, Reyhanitabar, Rogaway,
 * Vizár 2015): the nonce holds the chunk's number and whether it is the last, so that none can be moved, left out or cut
 * off at the end. The salt is new for each archive, so no key is used twice.
 */
export class Encryption {
  private number = 0;
  private waiting: Buffer = Buffer.alloc(0);

  private constructor(
    /** What the archive begins with. */
    readonly header: Buffer,
    private readonly key: Buffer,
  ) {}

  static async by(passphrase: string): Promise<Encryption> {
    const salt = randomBytes(16);
    const line: Parameters = { cipher: CIPHER, kdf: 'scrypt', salt: salt.toString('base64url'), ...COST };
    const header = Buffer.from(`${ENCRYPTED}${JSON.stringify(line)}\n`);
    return new Encryption(header, await keyOf(passphrase, line));
  }

  /** The encrypted form of as much as makes whole chunks; one is held back, because the last one is marked. */
  update(bytes: Buffer): Buffer {
    const all = Buffer.concat([this.waiting, bytes]);
    const sealed: Buffer[] = [];
    let at = 0;
    for (; all.length - at > CHUNK; at += CHUNK) sealed.push(this.seal(all.subarray(at, at + CHUNK), false));
    this.waiting = all.subarray(at);
    return Buffer.concat(sealed);
  }

  final(): Buffer {
    return this.seal(this.waiting, true);
  }

  private seal(chunk: Buffer, isLast: boolean): Buffer {
    const cipher = createCipheriv(CIPHER, this.key, nonceOf(this.number, isLast));
    this.number += 1;
    cipher.setAAD(this.header);
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  }
}

/**
 * The plain bytes of an encrypted archive.
 *
 * @param source behind the first line
 * @throws DamagedArchive also for a wrong passphrase, which cannot be told from damage in the first chunk
 */
export async function* decrypted(source: ByteSource, passphrase: string): AsyncGenerator<Buffer> {
  const line = await lineOf(source);
  const header = Buffer.from(`${ENCRYPTED}${line}\n`);
  const key = await keyOf(passphrase, parametersOf(line));
  for (let number = 0; ; number += 1) {
    const chunk = await source.upTo(CHUNK + TAG_BYTES);
    const isLast = await source.isAtEnd();
    const plain = open(chunk, key, nonceOf(number, isLast), header);
    if (!plain) {
      throw new DamagedArchive(
        number === 0
          ? 'the passphrase is wrong, or the archive is damaged at its beginning'
          : 'the archive is damaged, or not whole',
      );
    }
    yield plain;
    if (isLast) return;
  }
}

async function lineOf(source: ByteSource): Promise<string> {
  let line = '';
  for (;;) {
    const next = (await source.take(1)).toString('latin1');
    if (next === '\n') return line;
    line += next;
    if (line.length > LINE_BYTES) throw new DamagedArchive('the archive is damaged in its second line');
  }
}

function parametersOf(line: string): Parameters {
  try {
    return parameters.parse(JSON.parse(line));
  } catch {
    throw new DamagedArchive('the archive is damaged in its second line, or of a later version');
  }
}

function open(chunk: Buffer, key: Buffer, nonce: Buffer, header: Buffer): Buffer | null {
  if (chunk.length < TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(header);
  decipher.setAuthTag(chunk.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(chunk.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 0);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

function keyOf(passphrase: string, { salt, N, r, p }: Parameters): Promise<Buffer> {
  // the library counts 128·N·r bytes and a little more
  const options: ScryptOptions = { N, r, p, maxmem: 129 * N * r + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64url'), KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
