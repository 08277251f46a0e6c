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

/**
 * The server's signature over a text that is no JSON, base64url. Texts of each kind have a first line of their own, so that
 * none passes for another, nor for an order.
 */
export function signText(privateKey: KeyObject, text: string): string {
  return toBase64Url(sign(null, Buffer.from(text), privateKey));
}

/** Whether `signature` is the key's over exactly this text. */
export function verifyText(publicKey: KeyObject, text: string, signature: string): boolean {
  const bytes = fromBase64Url(signature);
  if (bytes?.length !== 64 || publicKey.asymmetricKeyType !== 'ed25519') return false;
  return verify(null, Buffer.from(text), publicKey, bytes);
}
