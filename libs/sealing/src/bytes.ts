import { createHash, timingSafeEqual } from 'node:crypto';

/** Bytes as base64url without padding: the form of every key, signature and sealed secret on the wire. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * Strict base64url: only the alphabet, no padding, no stray bits. `Buffer.from` would silently skip what it does not
 * know, so that two texts could mean one key.
 *
 * @returns the bytes, or `null` when the text is not canonical base64url
 */
export function fromBase64Url(text: string): Buffer | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** SHA-256 as lower-case hex: file digests and stored tokens. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Compares two texts in a time that tells nothing about where they differ. */
export function constantTimeEquals(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
