import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { AES_128_GCM, hpkeOpen, hpkeSeal } from './hpke.js';
import { generateSealingKeyPair, keyPairFromRawPrivate, rawPublicKey } from './keys.js';

const hex = (text: string) => Buffer.from(text, 'hex');
const info = Buffer.from('relaypoint/account/v1');
const aad = Buffer.from('{"account":"a"}');
const text = Buffer.from('{"username":"müller","password":"S3cret"}');

describe('HPKE base mode', () => {
  // RFC 9180 appendix A.1.1, sequence number 0
  const rfc = {
    skEm: hex('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736'),
    skRm: hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'),
    pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    info: hex('4f6465206f6e2061204772656369616e2055726e'),
    aad: hex('436f756e742d30'),
    pt: hex('4265617574792069732074727574682c20747275746820626561757479'),
    ct: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  };

  it('makes exactly what the RFC prints, and opens it', () => {
    const recipient = keyPairFromRawPrivate('x25519', rfc.skRm);
    expect(rawPublicKey(recipient.publicKey).toString('hex')).toBe(rfc.pkRm);
    const ephemeral = keyPairFromRawPrivate('x25519', rfc.skEm);
    const sealed = hpkeSeal(recipient.publicKey, rfc.info, rfc.aad, rfc.pt, AES_128_GCM, ephemeral);
    expect(sealed.enc.toString('hex')).toBe(rfc.enc);
    expect(sealed.ct.toString('hex')).toBe(rfc.ct);
    expect(hpkeOpen(recipient.privateKey, sealed, rfc.info, rfc.aad, AES_128_GCM)).toEqual(rfc.pt);
  });

  const theirs = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  const arrayBuffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer;

  it('opens what another implementation sealed', async () => {
    const { privateKey, publicKey } = generateSealingKeyPair();
    const key = await theirs.kem.deserializePublicKey(arrayBuffer(rawPublicKey(publicKey)));
    const sender = await theirs.createSenderContext({ recipientPublicKey: key, info: arrayBuffer(info) });
    const ct = Buffer.from(await sender.seal(arrayBuffer(text), arrayBuffer(aad)));
    expect(hpkeOpen(privateKey, { enc: Buffer.from(sender.enc), ct }, info, aad)).toEqual(text);
  });

  it('seals what another implementation opens', async () => {
    const pair = generateSealingKeyPair();
    const raw = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const sealed = hpkeSeal(pair.publicKey, info, aad, text);
    const recipient = await theirs.createRecipientContext({
      recipientKey: await theirs.kem.deserializePrivateKey(arrayBuffer(raw)),
      enc: arrayBuffer(sealed.enc),
      info: arrayBuffer(info),
    });
    expect(Buffer.from(await recipient.open(arrayBuffer(sealed.ct), arrayBuffer(aad)))).toEqual(text);
  });

  it('refuses every single changed bit, another info, other bound data and another key', () => {
    const { privateKey, publicKey } = generateSealingKeyPair();
    const sealed = hpkeSeal(publicKey, info, aad, text);
    for (let bit = 0; bit < sealed.ct.length * 8; bit++) {
      const ct = Buffer.from(sealed.ct);
      ct.writeUInt8(ct.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(hpkeOpen(privateKey, { ...sealed, ct }, info, aad)).toBeNull();
    }
    expect(hpkeOpen(privateKey, sealed, Buffer.from('other'), aad)).toBeNull();
    expect(hpkeOpen(privateKey, sealed, info, Buffer.from('{}'))).toBeNull();
    expect(hpkeOpen(generateSealingKeyPair().privateKey, sealed, info, aad)).toBeNull();
    expect(hpkeOpen(privateKey, { ...sealed, ct: sealed.ct.subarray(0, 15) }, info, aad)).toBeNull();
    expect(hpkeOpen(privateKey, sealed, info, aad)).toEqual(text);
  });

  it('refuses a low-order ephemeral key', () => {
    const { privateKey, publicKey } = generateSealingKeyPair();
    const { ct } = hpkeSeal(publicKey, info, aad, text);
    expect(hpkeOpen(privateKey, { enc: Buffer.alloc(32), ct }, info, aad)).toBeNull();
  });
});
