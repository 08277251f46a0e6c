import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constantTimeEquals, fromBase64Url, sha256 } from './bytes.js';
import { deriveToken, randomToken } from './derived-token.js';
import {
  createPrivateFile,
  loadKeyFile,
  loadOrCreateKeyFile,
  loadOrCreateSecretFile,
  readPrivateFile,
  writePrivateFile,
} from './key-files.js';
import { publicKeyText } from './keys.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealing-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('key files', () => {
  it('are made once, for their owner alone, and read again', async () => {
    const path = join(folder, 'signing.key');
    const made = await loadOrCreateKeyFile(path, 'ed25519');
    const read = await loadKeyFile(path, 'ed25519');
    expect(read && publicKeyText(read.publicKey)).toBe(publicKeyText(made.publicKey));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['signing.key']);
  });

  it('are the same for all who start at once', async () => {
    const path = join(folder, 'k');
    const pairs = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateKeyFile(path, 'x25519')));
    expect(new Set(pairs.map((pair) => publicKeyText(pair.publicKey))).size).toBe(1);
    const secret = join(folder, 's');
    const secrets = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateSecretFile(secret)));
    expect(new Set(secrets.map((bytes) => bytes.toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['k', 's']);
  });

  it('are refused when others may read them, or when they hold something else', async () => {
    const path = join(folder, 'k');
    await loadOrCreateKeyFile(path, 'ed25519');
    await expect(loadKeyFile(path, 'x25519')).rejects.toThrow('does not hold an x25519 key');
    await chmod(path, 0o640);
    await expect(loadKeyFile(path, 'ed25519')).rejects.toThrow('0600');
    await writeFile(path, 'hello');
    await chmod(path, 0o600);
    await expect(loadKeyFile(path, 'ed25519')).rejects.toThrow('holds no private key');
    await expect(loadOrCreateSecretFile(path)).rejects.toThrow('does not hold 32 bytes');
    expect(await loadKeyFile(join(folder, 'none'), 'ed25519')).toBeNull();
  });

  it('are written whole, over a file or never over one', async () => {
    const path = join(folder, 'f');
    expect(await createPrivateFile(path, 'one')).toBe(true);
    expect(await createPrivateFile(path, 'two')).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('one');
    await writePrivateFile(path, 'three');
    expect((await readPrivateFile(path))?.toString()).toBe('three');
    expect(await readdir(folder)).toEqual(['f']);
  });
});

describe('derived tokens', () => {
  const key = Buffer.alloc(32, 7);

  it('can be made again, and differ by key, purpose and every part', () => {
    const token = deriveToken(key, 'registration', 'order', 'computer');
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(deriveToken(key, 'registration', 'order', 'computer')).toBe(token);
    const others = [
      deriveToken(Buffer.alloc(32, 8), 'registration', 'order', 'computer'),
      deriveToken(key, 'client', 'order', 'computer'),
      deriveToken(key, 'registration', 'orderc', 'omputer'),
      deriveToken(key, 'registration', 'order', 'computer', ''),
      deriveToken(key, 'registration', 'order:8:computer'),
    ];
    expect(new Set([token, ...others]).size).toBe(6);
  });

  it('need a key of full length', () => {
    expect(() => deriveToken(Buffer.alloc(31), 'x')).toThrow('32 bytes');
  });

  it('are random when they stand for nothing', () => {
    expect(randomToken()).toMatch(/^[\w-]{43}$/);
    expect(randomToken()).not.toBe(randomToken());
  });
});

describe('bytes', () => {
  it('are read strictly', () => {
    expect(fromBase64Url('aGk')?.toString()).toBe('hi');
    for (const text of ['aGk=', 'aG k', 'aGl', 'a+/b', 'a']) expect(fromBase64Url(text)).toBeNull();
  });

  it('are compared and digested', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(constantTimeEquals('a', 'a')).toBe(true);
    expect(constantTimeEquals('a', 'ab')).toBe(false);
  });
});
