import { generateSealingKeyPair, sealingKeyId } from './keys.js';
import { openAccount, openText, sealAccount, sealText } from './sealed-account.js';

describe('sealed accounts', () => {
  const dp = generateSealingKeyPair();
  const binding = { account: 'acc-1', keyId: sealingKeyId(dp.publicKey), recipient: 'dp-1' };
  const secret = { username: 'deploy', domain: 'CORP', password: 'Geheim-Wört' };

  it('open for the DP they were sealed to', () => {
    expect(openAccount(dp.privateKey, binding, sealAccount(dp.publicKey, binding, secret))).toEqual(secret);
  });

  it('hold nothing readable and differ each time', () => {
    const [one, two] = [1, 2].map(() => sealAccount(dp.publicKey, binding, secret));
    expect(one).not.toBe(two);
    expect(Buffer.from(one ?? '', 'base64url').includes('deploy')).toBe(false);
  });

  it.each([
    ['another account', { ...binding, account: 'acc-2' }],
    ['another DP', { ...binding, recipient: 'dp-2' }],
    ['another key id', { ...binding, keyId: 'x' }],
  ])('cannot be passed off as for %s', (_, other) => {
    expect(openAccount(dp.privateKey, other, sealAccount(dp.publicKey, binding, secret))).toBeNull();
  });

  it('do not open for another key, cut short, or as another kind of secret', () => {
    const sealed = sealAccount(dp.publicKey, binding, secret);
    expect(openAccount(generateSealingKeyPair().privateKey, binding, sealed)).toBeNull();
    for (const cut of ['', 'AA', sealed.slice(0, 43), sealed.slice(0, -2), `${sealed}=`]) {
      expect(openAccount(dp.privateKey, binding, cut)).toBeNull();
    }
    expect(openText(dp.privateKey, 'relaypoint/other/v1', binding, sealed)).toBeNull();
  });

  it('are refused when what opens is not an account', () => {
    for (const text of ['', 'null', '[]', '{}', '{"username":""}', '{"username":"a","password":1}']) {
      const sealed = sealText(dp.publicKey, 'relaypoint/account/v1', binding, text);
      expect(openAccount(dp.privateKey, binding, sealed)).toBeNull();
    }
  });

  it('carry only the fields of an account', () => {
    const given = { ...secret, note: 'not for the DP' };
    expect(openAccount(dp.privateKey, binding, sealAccount(dp.publicKey, binding, given))).toEqual(secret);
  });
});
