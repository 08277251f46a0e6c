import { createHmac, randomBytes } from 'node:crypto';
import { toBase64Url } from './bytes.js';

/**
 * A token that the server can make again at any time and so never stores: HMAC-SHA-256 by a server key over a purpose
 * and what the token is bound to, as base64url (43 characters). Parts are length-prefixed, so that ("ab", "c") and
 * ("a", "bc") differ.
 *
 * @param key at least 32 bytes
 * @param purpose e.g. `registration`, `client`; tokens of one purpose never pass for another
 */
export function deriveToken(key: Uint8Array, purpose: string, ...parts: string[]): string {
  if (key.length < 32) throw new TypeError('a token key has at least 32 bytes');
  const hmac = createHmac('sha256', key);
  for (const part of [purpose, ...parts]) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
  return toBase64Url(hmac.digest());
}

/** A fresh secret of 256 bits, base64url: join tokens, API tokens, session ids. */
export function randomToken(): string {
  return toBase64Url(randomBytes(32));
}
