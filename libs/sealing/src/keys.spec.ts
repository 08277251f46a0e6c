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
