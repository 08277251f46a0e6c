import { createHash } from 'node:crypto';
import { toBase64Url } from './bytes.js';
import {
  dpKeyFingerprint,
  generateSealingKeyPair,
  generateSigningKeyPair,
  keyPairFromRawPrivate,
  publicKeyFromRaw,
  publicKeyFromText,
  publicKeyText,
  rawPublicKey,
  sameFingerprint,
  sealingKeyId,
  serverKeyFingerprint,
} from './keys.js';

describe('keys', () => {
  it('knows the key pair of RFC 8032 §7.1 test 1', () => {
    const signing = keyPairFromRawPrivate(
      'ed25519',
      Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'),
    );
    expect(rawPublicKey(signing.publicKey).toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
  });

  it('comes back from its text on the wire', () => {
    const { publicKey } = generateSigningKeyPair();
    expect(publicKeyText(publicKey)).toMatch(/^[\w-]{43}$/);
    const back = publicKeyFromText('ed25519', publicKeyText(publicKey));
    expect(back?.equals(publicKey)).toBe(true);
  });

  it.each(['', 'AAAA', 'not base64url!', `${'A'.repeat(43)}=`, 'A'.repeat(44), `${'A'.repeat(42)}B`])(
    'takes no %p for a key',
    (text) => {
      expect(publicKeyFromText('x25519', text)).toBeNull();
    },
  );

  // the points of order 1, 2, 4 and 8 of Curve25519 and its twist, in every form that 32 bytes have for them
  const LOW_ORDER = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
  ];
  it.each(LOW_ORDER.flatMap((hex) => [hex, highBitSet(hex)]))(
    'takes no point of low order for a key that secrets are sealed to: %s',
    (hex) => {
      expect(publicKeyFromText('x25519', toBase64Url(Buffer.from(hex, 'hex')))).toBeNull();
    },
  );

  it('says what is wrong with raw bytes of another length', () => {
    expect(() => publicKeyFromRaw('ed25519', Buffer.alloc(31))).toThrow('32 bytes, not 31');
    expect(() => keyPairFromRawPrivate('x25519', Buffer.alloc(33))).toThrow('32 bytes, not 33');
  });

  it('has the fingerprint of signing key then sealing key, without padding', () => {
    const signing = generateSigningKeyPair().publicKey;
    const sealing = generateSealingKeyPair().publicKey;
    const digest = createHash('sha256').update(rawPublicKey(signing)).update(rawPublicKey(sealing)).digest();
    const padded = `SHA256:${digest.toString('base64')}`;
    expect(dpKeyFingerprint(signing, sealing)).toBe(padded.slice(0, -1));
    expect(sameFingerprint(dpKeyFingerprint(signing, sealing), ` ${padded}\n`)).toBe(true);
    expect(sameFingerprint(dpKeyFingerprint(signing, sealing), serverKeyFingerprint(signing))).toBe(false);
  });

  it('names a sealing key by 16 characters of its digest', () => {
    const { publicKey } = generateSealingKeyPair();
    const digest = createHash('sha256').update(rawPublicKey(publicKey)).digest();
    expect(sealingKeyId(publicKey)).toBe(toBase64Url(digest).slice(0, 16));
  });
});

/** RFC 7748 §5 ignores the highest bit of a point. */
function highBitSet(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes[31] = (bytes[31] ?? 0) | 0x80;
  return bytes.toString('hex');
}
