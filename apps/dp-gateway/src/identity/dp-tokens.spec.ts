import { generateSigningKeyPair, type KeyPair, makeDpToken, publicKeyText } from '#sealing';
import type { DpIdentity } from './identity-cache.js';
import { DpTokens } from './dp-tokens.js';

const NOW = Date.parse('2026-11-23T10:00:00Z');

const identityOf = (dp: string, pair: KeyPair): DpIdentity => ({
  dp,
  status: 'enabled',
  signingKey: publicKeyText(pair.publicKey),
  key: pair.publicKey,
  settings: { pollInterval: 60, pollJitter: 10, longPoll: true },
});

describe('verifying DPs by their tokens', () => {
  const pair = generateSigningKeyPair();
  const identity = identityOf('berlin', pair);

  it('takes a token for as long as it lives, a minute of clock difference included', async () => {
    const tokens = new DpTokens();
    const token = await makeDpToken('berlin', pair.privateKey, new Date(NOW), 120);
    for (const seconds of [0, 1, 119, 179]) {
      const verdict = await tokens.verify(token, identity, NOW + seconds * 1000);
      expect(verdict).toMatchObject({ ok: true, token: { dp: 'berlin' } });
    }
    expect(await tokens.verify(token, identity, NOW + 181_000)).toEqual({ ok: false, fault: 'expired' });
    expect(tokens.dpOf(token)).toBe('berlin');
  });

  it('tells by how much the clock of a DP is off, whose token it is but for its times', async () => {
    const tokens = new DpTokens();
    const made = async (minutes: number, by = pair): Promise<unknown> =>
      tokens.verify(
        await makeDpToken('berlin', by.privateKey, new Date(NOW + minutes * 60_000)),
        identity,
        NOW,
      );
    expect(await made(10)).toEqual({ ok: false, fault: 'early', clockOff: 600 });
    expect(await made(-10)).toEqual({ ok: false, fault: 'expired', clockOff: -600 });
    expect(await made(-10, generateSigningKeyPair())).toEqual({ ok: false, fault: 'signature' });
  });

  it('asks for the new key once keys were rotated, also for a token it has seen', async () => {
    const tokens = new DpTokens();
    const token = await makeDpToken('berlin', pair.privateKey, new Date(NOW));
    expect(await tokens.verify(token, identity, NOW)).toMatchObject({ ok: true });
    const rotated = identityOf('berlin', generateSigningKeyPair());
    expect(await tokens.verify(token, rotated, NOW)).toEqual({ ok: false, fault: 'signature' });
  });

  it('does not take the token of one DP for another that has the same key', async () => {
    const tokens = new DpTokens();
    const token = await makeDpToken('hamburg', pair.privateKey, new Date(NOW));
    expect(await tokens.verify(token, identity, NOW)).toEqual({ ok: false, fault: 'claims' });
    expect(await tokens.verify(token, identityOf('hamburg', pair), NOW)).toMatchObject({ ok: true });
    expect(await tokens.verify(token, identity, NOW)).toEqual({ ok: false, fault: 'claims' });
  });

  it('remembers a bounded number of tokens, and none that was refused', async () => {
    const tokens = new DpTokens(2);
    const forged = await makeDpToken('berlin', generateSigningKeyPair().privateKey, new Date(NOW));
    expect(await tokens.verify(forged, identity, NOW)).toEqual({ ok: false, fault: 'signature' });
    expect(tokens.size).toBe(0);
    for (let i = 0; i < 3; i += 1) {
      await tokens.verify(await makeDpToken('berlin', pair.privateKey, new Date(NOW)), identity, NOW);
    }
    expect(tokens.size).toBe(2);
  });
});
