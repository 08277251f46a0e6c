import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { fromBase64Url, toBase64Url } from './bytes.js';
import { deriveToken } from './derived-token.js';

/** A private key with its public half. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** What a raw key may be used for: `ed25519` signs, `x25519` has secrets sealed to it. */
export type KeyKind = 'ed25519' | 'x25519';

/** Length of every raw key here, in bytes. */
export const RAW_KEY_BYTES = 32;

// The fixed DER heads of RFC 8410 keys: 32 raw bytes follow. Node has no raw import of its own.
const SPKI_HEAD = {
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
} as const satisfies Record<KeyKind, Buffer>;
const PKCS8_HEAD = {
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
} as const satisfies Record<KeyKind, Buffer>;

/** A new Ed25519 pair for signing (JWT of a DP, orders of the server). */
export function generateSigningKeyPair(): KeyPair {
  return generateKeyPairSync('ed25519');
}

/** A new X25519 pair that secrets are sealed to. */
export function generateSealingKeyPair(): KeyPair {
  return generateKeyPairSync('x25519');
}

/** The raw 32 bytes of a public key, or of the public half of a private one. */
export function rawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-RAW_KEY_BYTES);
}

/** The raw public key as base64url, its form on the wire. */
export function publicKeyText(key: KeyObject): string {
  return toBase64Url(rawPublicKey(key));
}

/**
 * The public key behind 32 raw bytes.
 *
 * @throws TypeError when the length is another
 */
export function publicKeyFromRaw(kind: KeyKind, raw: Uint8Array): KeyObject {
  if (raw.length !== RAW_KEY_BYTES) throw new TypeError(`a raw ${kind} key has 32 bytes, not ${raw.length}`);
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD[kind], raw]), format: 'der', type: 'spki' });
}

/**
 * The public key behind its text on the wire.
 *
 * @returns `null` unless the text is base64url of exactly 32 bytes; for `x25519` also when they are a point of low order
 */
export function publicKeyFromText(kind: KeyKind, text: string): KeyObject | null {
  const raw = fromBase64Url(text);
  if (raw?.length !== RAW_KEY_BYTES) return null;
  const key = publicKeyFromRaw(kind, raw);
  return kind === 'x25519' && isLowOrder(key) ? null : key;
}

/** Any key finds a point of low order: its product with every private key is zero. */
const PROBE = generateSealingKeyPair();

/**
 * Whether a sealing key is a point of low order: everybody would know the secret shared with it, so nothing may be sealed to
 * it (RFC 7748 §6.1 and RFC 9180 §7.1.4, the check for an all-zero result, which OpenSSL answers by refusing).
 */
function isLowOrder(publicKey: KeyObject): boolean {
  try {
    return diffieHellman({ privateKey: PROBE.privateKey, publicKey }).every((byte) => byte === 0);
  } catch {
    return true;
  }
}

/** The pair behind a raw private key; for test vectors and for keys kept raw. */
export function keyPairFromRawPrivate(kind: KeyKind, raw: Uint8Array): KeyPair {
  if (raw.length !== RAW_KEY_BYTES) throw new TypeError(`a raw ${kind} key has 32 bytes, not ${raw.length}`);
  const der = Buffer.concat([PKCS8_HEAD[kind], raw]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/**
 * What an administrator compares before enabling a DP: `SHA256:` and the base64 SHA-256 of the raw signing key
 * followed by the raw sealing key, without `=` padding as OpenSSH prints it.
 */
export function dpKeyFingerprint(signingKey: KeyObject, sealingKey: KeyObject): string {
  return fingerprintOf(rawPublicKey(signingKey), rawPublicKey(sealingKey));
}

/** The server key's fingerprint, as the join command carries it: the same form over the raw signing key alone. */
export function serverKeyFingerprint(signingKey: KeyObject): string {
  return fingerprintOf(rawPublicKey(signingKey));
}

function fingerprintOf(...parts: Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return `SHA256:${hash.digest('base64').replace(/=+$/, '')}`;
}

/** Compares fingerprints as people pass them on: trailing `=` padding and white space around do not count. */
export function sameFingerprint(a: string, b: string): boolean {
  const plain = (text: string) => text.trim().replace(/=+$/, '');
  return plain(a) === plain(b);
}

/** Which key an account is sealed to: the first 16 characters of base64url SHA-256 of the raw sealing key. */
export function sealingKeyId(sealingKey: KeyObject): string {
  return createHash('sha256').update(rawPublicKey(sealingKey)).digest('base64url').slice(0, 16);
}

/**
 * `SHA256:` and the base64 SHA-256 of a token that nothing else uses: tells keys that tokens are derived from apart, and
 * gives none of them away.
 */
export function tokenKeyFingerprint(tokenKey: Uint8Array): string {
  return fingerprintOf(Buffer.from(deriveToken(tokenKey, 'fingerprint')));
}
