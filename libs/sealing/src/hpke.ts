import { createCipheriv, createDecipheriv, createHmac, diffieHellman, type KeyObject } from 'node:crypto';
import {
  generateSealingKeyPair,
  type KeyPair,
  publicKeyFromRaw,
  RAW_KEY_BYTES,
  rawPublicKey,
} from './keys.js';

/**
 * HPKE (RFC 9180) base mode, single shot, on node:crypto alone: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001.
 * Names follow the RFC, so that the code can be read beside it.
 */
export interface HpkeSealed {
  /** The ephemeral public key, 32 bytes. */
  readonly enc: Buffer;
  /** Ciphertext with its 16-byte tag at the end. */
  readonly ct: Buffer;
}

interface Aead {
  readonly id: number;
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm';
  readonly keyBytes: number;
}

/** The AEAD of every Relaypoint secret. */
const AES_256_GCM: Aead = { id: 2, cipher: 'aes-256-gcm', keyBytes: 32 };
/** Only here because the RFC's printed X25519 vectors (appendix A.1) use it. */
export const AES_128_GCM: Aead = { id: 1, cipher: 'aes-128-gcm', keyBytes: 16 };

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HASH_BYTES = 32;
const EMPTY = Buffer.alloc(0);
const VERSION = Buffer.from('HPKE-v1');

function twoBytes(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

const KEM_SUITE = Buffer.concat([Buffer.from('KEM'), twoBytes(0x20)]);

function hpkeSuite(aead: Aead): Buffer {
  return Buffer.concat([Buffer.from('HPKE'), twoBytes(0x20), twoBytes(1), twoBytes(aead.id)]);
}

/** RFC 9180 §4, LabeledExtract. */
function labeledExtract(suite: Buffer, salt: Buffer, label: string, ikm: Buffer): Buffer {
  const key = salt.length > 0 ? salt : Buffer.alloc(HASH_BYTES);
  return createHmac('sha256', key)
    .update(Buffer.concat([VERSION, suite, Buffer.from(label), ikm]))
    .digest();
}

/** RFC 9180 §4, LabeledExpand, over RFC 5869 §2.3. */
function labeledExpand(suite: Buffer, prk: Buffer, label: string, info: Buffer, length: number): Buffer {
  const labeled = Buffer.concat([twoBytes(length), VERSION, suite, Buffer.from(label), info]);
  let block: Buffer = EMPTY;
  let out: Buffer = EMPTY;
  for (let n = 1; out.length < length; n++) {
    block = createHmac('sha256', prk)
      .update(Buffer.concat([block, labeled, Buffer.from([n])]))
      .digest();
    out = Buffer.concat([out, block]);
  }
  return out.subarray(0, length);
}

/** RFC 9180 §4.1, ExtractAndExpand of DHKEM. */
function sharedSecret(dh: Buffer, enc: Buffer, recipient: Buffer): Buffer {
  const prk = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh);
  return labeledExpand(KEM_SUITE, prk, 'shared_secret', Buffer.concat([enc, recipient]), HASH_BYTES);
}

/** RFC 9180 §5.1, KeySchedule in base mode (no PSK). */
function keySchedule(aead: Aead, secretOfKem: Buffer, info: Uint8Array): { key: Buffer; nonce: Buffer } {
  const suite = hpkeSuite(aead);
  const context = Buffer.concat([
    Buffer.from([0]),
    labeledExtract(suite, EMPTY, 'psk_id_hash', EMPTY),
    labeledExtract(suite, EMPTY, 'info_hash', Buffer.from(info)),
  ]);
  const secret = labeledExtract(suite, secretOfKem, 'secret', EMPTY);
  return {
    key: labeledExpand(suite, secret, 'key', context, aead.keyBytes),
    nonce: labeledExpand(suite, secret, 'base_nonce', context, NONCE_BYTES),
  };
}

/**
 * Seals `plaintext` so that only the holder of `recipient`'s private key can open it, and only with the same `info` and
 * `aad`. The sender is not authenticated: orders are signed for that.
 *
 * @param ephemeral only for test vectors; a fresh pair otherwise
 */
export function hpkeSeal(
  recipient: KeyObject,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
  aead: Aead = AES_256_GCM,
  ephemeral: KeyPair = generateSealingKeyPair(),
): HpkeSealed {
  const enc = rawPublicKey(ephemeral.publicKey);
  const dh = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient });
  const { key, nonce } = keySchedule(aead, sharedSecret(dh, enc, rawPublicKey(recipient)), info);
  const cipher = createCipheriv(aead.cipher, key, nonce);
  cipher.setAAD(aad);
  const ct = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  dh.fill(0);
  key.fill(0);
  return { enc, ct };
}

/**
 * Opens what {@link hpkeSeal} made.
 *
 * @returns the plain text, or `null` when anything differs: key, info, aad, a single bit (RFC 9180 §5.2)
 */
export function hpkeOpen(
  privateKey: KeyObject,
  sealed: HpkeSealed,
  info: Uint8Array,
  aad: Uint8Array,
  aead: Aead = AES_256_GCM,
): Buffer | null {
  if (sealed.enc.length !== RAW_KEY_BYTES || sealed.ct.length < TAG_BYTES) return null;
  try {
    // a low-order ephemeral key makes diffieHellman throw (RFC 9180 §7.1.4 asks for that check)
    const dh = diffieHellman({ privateKey, publicKey: publicKeyFromRaw('x25519', sealed.enc) });
    const { key, nonce } = keySchedule(aead, sharedSecret(dh, sealed.enc, rawPublicKey(privateKey)), info);
    const decipher = createDecipheriv(aead.cipher, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.ct.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(sealed.ct.subarray(0, -TAG_BYTES)), decipher.final()]);
    dh.fill(0);
    key.fill(0);
    return plain;
  } catch {
    return null;
  }
}
