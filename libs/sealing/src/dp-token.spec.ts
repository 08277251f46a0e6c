import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { claimedDp, makeDpToken, verifyDpToken } from './dp-token.js';
import { generateSealingKeyPair, generateSigningKeyPair, rawPublicKey } from './keys.js';

const now = new Date('2026-03-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const dp = generateSigningKeyPair();
const at = (offset: number) => new Date(now.getTime() + offset * 1000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = { iss: 'd1', sub: 'd1', aud: 'relaypoint', iat: seconds, exp: seconds + 60, jti: 'j1' };

/** A token with any header and claims, properly signed. */
function token(changes: object, header: object = { alg: 'EdDSA' }, key = dp.privateKey): string {
  const body = `${part(header)}.${part({ ...claims, ...changes })}`;
  return `${body}.${sign(null, Buffer.from(body), key).toString('base64url')}`;
}
const verdict = (text: string, when = now) => verifyDpToken(text, dp.publicKey, when);

describe('DP tokens', () => {
  it('name their DP, and have an id of their own', async () => {
    const text = await makeDpToken('d1', dp.privateKey, now);
    expect(claimedDp(text)).toBe('d1');
    const first = await verdict(text);
    const second = await verdict(await makeDpToken('d1', dp.privateKey, now));
    expect(first).toMatchObject({ ok: true, token: { dp: 'd1', issuedAt: now, expiresAt: at(240) } });
    expect(first.ok && second.ok && first.token.jti !== second.token.jti).toBe(true);
  });

  it('never live longer than five minutes', async () => {
    const text = await makeDpToken('d1', dp.privateKey, now, 3600);
    expect(await verdict(text)).toMatchObject({ ok: true, token: { expiresAt: at(300) } });
  });

  it('forgive 60 seconds of clock difference and no more', async () => {
    const text = token({});
    expect(await verdict(text, at(60 + 59))).toMatchObject({ ok: true });
    expect(await verdict(text, at(60 + 61))).toEqual({ ok: false, fault: 'expired', clockOff: -121 });
    expect(await verdict(text, at(-59))).toMatchObject({ ok: true });
    expect(await verdict(text, at(-61))).toEqual({ ok: false, fault: 'early', clockOff: 61 });
  });

  it.each([
    ['no issuer', { iss: undefined }, 'claims'],
    ['no subject', { sub: undefined }, 'claims'],
    ['another subject', { sub: 'd2' }, 'claims'],
    ['another audience', { aud: 'elsewhere' }, 'claims'],
    ['several audiences', { aud: ['relaypoint', 'elsewhere'] }, 'claims'],
    ['no id', { jti: undefined }, 'claims'],
    ['an empty id', { jti: '' }, 'claims'],
    ['no issue time', { iat: undefined }, 'claims'],
    ['no expiry', { exp: undefined }, 'claims'],
    ['an expiry far ahead', { exp: seconds + 301 }, 'too-long'],
  ])('are refused with %s', async (_, changes, fault) => {
    expect(await verdict(token(changes))).toEqual({ ok: false, fault });
  });

  it('are refused when signed by another key', async () => {
    const other = generateSigningKeyPair();
    expect(await verdict(token({}, { alg: 'EdDSA' }, other.privateKey))).toEqual({
      ok: false,
      fault: 'signature',
    });
  });

  it('are refused without a signature, whatever the spelling of none', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const verdictOf = await verdict(`${part({ alg })}.${part(claims)}.`);
      expect(verdictOf.ok).toBe(false);
    }
  });

  it('are refused when the public key was used as an HMAC secret, or another algorithm is named', async () => {
    const pem = dp.publicKey.export({ format: 'pem', type: 'spki' });
    const body = `${part({ alg: 'HS256' })}.${part(claims)}`;
    for (const secret of [rawPublicKey(dp.publicKey), Buffer.from(pem)]) {
      const forged = `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
      expect(await verdict(forged)).toEqual({ ok: false, fault: 'signature' });
    }
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rsaBody = `${part({ alg: 'RS256' })}.${part(claims)}`;
    const signed = `${rsaBody}.${sign('sha256', Buffer.from(rsaBody), rsa.privateKey).toString('base64url')}`;
    expect(await verdict(signed)).toEqual({ ok: false, fault: 'signature' });
  });

  it('are refused when their header carries a key of its own', async () => {
    const other = generateSigningKeyPair();
    const jwk = other.publicKey.export({ format: 'jwk' });
    expect((await verdict(token({}, { alg: 'EdDSA', jwk }, other.privateKey))).ok).toBe(false);
  });

  it('are refused when they are no tokens', async () => {
    for (const text of ['', 'x', 'a.b.c', '..', `${part({ alg: 'EdDSA' })}.${part(claims)}`]) {
      expect((await verdict(text)).ok).toBe(false);
      expect(claimedDp('x')).toBeNull();
    }
  });

  it('are only verified with an Ed25519 public key', async () => {
    const { publicKey } = generateSealingKeyPair();
    await expect(verifyDpToken(token({}), publicKey, now)).rejects.toThrow('Ed25519');
  });
});
