import { type KeyObject, sign, verify } from 'node:crypto';
import { fromBase64Url, toBase64Url } from './bytes.js';
import { canonicalJson } from './canonical-json.js';

/** The server's signature over an order: Ed25519 over its canonical JSON (RFC 8785), base64url. */
export function signOrder(privateKey: KeyObject, order: unknown): string {
  return toBase64Url(sign(null, Buffer.from(canonicalJson(order)), privateKey));
}

/**
 * Whether `signature` is the server's over exactly this order. Give it the order as it was parsed from the wire, before
 * unknown fields are dropped: those are signed as well.
 */
export function verifyOrder(publicKey: KeyObject, order: unknown, signature: string): boolean {
  const bytes = fromBase64Url(signature);
  if (bytes?.length !== 64 || publicKey.asymmetricKeyType !== 'ed25519') return false;
  try {
    return verify(null, Buffer.from(canonicalJson(order)), publicKey, bytes);
  } catch {
    return false;
  }
}
