import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fromBase64Url,
  keyPairFromRawPrivate,
  privateKeyPem,
  readPrivateFile,
  serverKeyFingerprint,
  tokenKeyFingerprint,
} from '#sealing';
import { type AdminEnv, keyFolderOf } from '../program/admin-env.js';
import { CommandFault } from '../program/faults.js';

/** Names of the files in which a server keeps its keys (apps/server, keys). */
export const SIGNING_FILE = 'order-signing.pem';
export const TOKEN_FILE = 'token.key';

/** By which a database knows its server keys. */
export interface Fingerprints {
  signing: string;
  token: string;
}

/** Key files by name. */
export type KeyFiles = ReadonlyMap<string, Buffer>;

/**
 * The keys of this environment as files, also those that are given by variables.
 *
 * @param more further folders with keys, such as the importers'
 * @throws CommandFault for a key that is none; Error for one that others can read
 */
export async function readKeyFiles(env: AdminEnv, more: readonly string[] = []): Promise<KeyFiles> {
  const files = new Map<string, Buffer>();
  for (const folder of [...more, keyFolderOf(env)]) {
    for (const name of await keyNamesIn(folder)) {
      const content = await readPrivateFile(join(folder, name));
      if (content) files.set(name, content);
    }
  }
  const { SERVER_SIGNING_KEY: signing, SERVER_TOKEN_KEY: token } = env;
  if (signing !== undefined) {
    const { privateKey } = keyPairFromRawPrivate('ed25519', rawKey('SERVER_SIGNING_KEY', signing));
    files.set(SIGNING_FILE, Buffer.from(privateKeyPem(privateKey)));
  }
  if (token !== undefined) files.set(TOKEN_FILE, rawKey('SERVER_TOKEN_KEY', token));
  return files;
}

/** Null: the server's keys are not among them. @throws CommandFault when they are unusable */
export function fingerprintsOf(files: KeyFiles): Fingerprints | null {
  const signing = files.get(SIGNING_FILE);
  const token = files.get(TOKEN_FILE);
  if (!signing || !token) return null;
  try {
    return {
      signing: serverKeyFingerprint(createPublicKey(createPrivateKey(signing))),
      token: tokenKeyFingerprint(token),
    };
  } catch {
    throw new CommandFault(`${SIGNING_FILE} or ${TOKEN_FILE} holds no key`);
  }
}

export function sameKeys(a: Fingerprints, b: Fingerprints): boolean {
  return a.signing === b.signing && a.token === b.token;
}

async function keyNamesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && /^[a-z].*\.(?:pem|key)$/.test(entry.name))
      .map(({ name }) => name);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function rawKey(name: string, text: string): Buffer {
  const bytes = fromBase64Url(text);
  if (bytes?.length !== 32) throw new CommandFault(`${name} must be 32 bytes as base64url`);
  return Buffer.from(bytes);
}
