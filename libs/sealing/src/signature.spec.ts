import { generateSealingKeyPair, generateSigningKeyPair } from './keys.js';
import { signOrder, verifyOrder } from './signature.js';

describe('signed orders', () => {
  const server = generateSigningKeyPair();
  const order = { order: 'o1', dp: 'd1', fence: 3, computer: { name: 'PC-1', fqdn: null }, verify: false };
  const signature = signOrder(server.privateKey, order);

  it('verify whatever the order of their keys', () => {
    const { verify, computer, ...rest } = order;
    expect(verifyOrder(server.publicKey, { verify, computer, ...rest }, signature)).toBe(true);
  });

  it.each([
    ['another DP', { ...order, dp: 'd2' }],
    ['another computer', { ...order, computer: { name: 'PC-2', fqdn: null } }],
    ['a field more', { ...order, restart: 'when-required' }],
    ['a field less', { order: 'o1', dp: 'd1', fence: 3 }],
  ])('do not verify with %s', (_, changed) => {
    expect(verifyOrder(server.publicKey, changed, signature)).toBe(false);
  });

  it('do not verify by another key, or with a signature that is none', () => {
    expect(verifyOrder(generateSigningKeyPair().publicKey, order, signature)).toBe(false);
    expect(verifyOrder(generateSealingKeyPair().publicKey, order, signature)).toBe(false);
    for (const text of ['', 'AAAA', `${signature}=`, `${signature.slice(0, -4)}AAAA`]) {
      expect(verifyOrder(server.publicKey, order, text)).toBe(false);
    }
  });
});
