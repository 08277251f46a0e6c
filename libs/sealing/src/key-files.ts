import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateSealingKeyPair, generateSigningKeyPair, type KeyKind, type KeyPair } from './keys.js';

/**
 * Writes a file that only its owner can read, all of it or nothing: to a new file beside it, fsync, rename, fsync of
 * the folder.
 */
export async function writePrivateFile(path: string, data: string | Uint8Array): Promise<void> {
  const fresh = await writeFresh(path, data);
  await rename(fresh, path);
  await syncFolder(dirname(path));
}

/** As {@link writePrivateFile}, but never over an existing file; `false` when there was one. */
export async function createPrivateFile(path: string, data: string | Uint8Array): Promise<boolean> {
  const fresh = await writeFresh(path, data);
  try {
    await link(fresh, path);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(fresh);
  }
  await syncFolder(dirname(path));
  return true;
}

/**
 * Reads a file that must be its owner's alone.
 *
 * @returns `null` when there is none
 * @throws Error when group or others may read it: a secret that everybody could have read is no secret
 */
export async function readPrivateFile(path: string): Promise<Buffer | null> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw new Error(
        `${path} can be read by others; make it 0600 (and its content anew if they could see it)`,
      );
    }
    return await readFile(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * The key pair kept in a file (PKCS#8 PEM, 0600), made on first use. Two processes that start at once get the same.
 *
 * @throws Error when the file holds another kind of key or is readable by others
 */
export async function loadOrCreateKeyFile(path: string, kind: KeyKind): Promise<KeyPair> {
  const known = await loadKeyFile(path, kind);
  if (known) return known;
  const made = kind === 'ed25519' ? generateSigningKeyPair() : generateSealingKeyPair();
  if (await createPrivateFile(path, privateKeyPem(made.privateKey))) return made;
  const theirs = await loadKeyFile(path, kind);
  if (!theirs) throw new Error(`${path} vanished while it was read`);
  return theirs;
}

/** The key pair kept in a file, or `null` when there is no file. */
export async function loadKeyFile(path: string, kind: KeyKind): Promise<KeyPair | null> {
  const pem = await readPrivateFile(path);
  if (!pem) return null;
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (error) {
    throw new Error(`${path} holds no private key`, { cause: error });
  } finally {
    pem.fill(0);
  }
  if (privateKey.asymmetricKeyType !== kind) throw new Error(`${path} does not hold an ${kind} key`);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** A random secret of `bytes` bytes kept in a file (0600), made on first use: the server's HMAC key. */
export async function loadOrCreateSecretFile(path: string, bytes = 32): Promise<Buffer> {
  for (const _ of [1, 2]) {
    const known = await readPrivateFile(path);
    if (known && known.length !== bytes) throw new Error(`${path} does not hold ${bytes} bytes`);
    if (known) return known;
    await createPrivateFile(path, randomBytes(bytes));
  }
  throw new Error(`${path} vanished while it was read`);
}

/** A private key as PKCS#8 PEM. */
export function privateKeyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

async function writeFresh(path: string, data: string | Uint8Array): Promise<string> {
  const fresh = join(dirname(path), `.${randomBytes(8).toString('hex')}.new`);
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(data);
    await file.sync();
    await file.chmod(0o600);
  } catch (error) {
    // on a full disk each try would leave another one
    await unlink(fresh).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
  return fresh;
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
