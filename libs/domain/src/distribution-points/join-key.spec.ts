import type { DpId, TenantId } from '../base/ids.js';
import { at, NOW } from '../../testing/sample-orders.js';
import { faultsOfNetworks, fitsPattern, isEnabledByKey, useJoinKey, type JoinKey } from './join-key.js';

const key: JoinKey = {
  id: 'k',
  hash: 'h',
  label: 'sites',
  tenant: 'acme' as TenantId,
  pattern: 'site-*',
  uses: 2,
  usedBy: [],
  enableWithin: ['10.1.0.0/16', '2001:db8::/32'],
  expiresAt: at(60),
  createdBy: 'anna',
  createdAt: NOW,
  revision: 0,
};
const dp = (name: string) => name as DpId;
const refused = (text: string) => expect.objectContaining({ code: 'UNAUTHENTICATED', key: text }) as Error;

describe('a key for many DPs', () => {
  it('is used by one DP after the other until it is used up, and by each as often as it likes', () => {
    const once = useJoinKey(key, 'h', dp('site-1'), NOW) ?? key;
    expect(once.usedBy).toEqual(['site-1']);
    expect(useJoinKey(once, 'h', dp('site-1'), NOW)).toBeNull();
    const twice = useJoinKey(once, 'h', dp('site-2'), NOW) ?? key;
    expect(() => useJoinKey(twice, 'h', dp('site-3'), NOW)).toThrow(refused('dp.joinKeyUsedUp'));
    expect(useJoinKey(twice, 'h', dp('site-2'), NOW)).toBeNull();
  });

  it.each([
    ['another key', 'x', 'site-1', NOW, 'dp.joinKeyInvalid'],
    ['an expired key', 'h', 'site-1', at(60), 'dp.joinKeyExpired'],
    ['another name', 'h', 'plant-1', NOW, 'dp.joinKeyName'],
  ] as const)('is refused with %s', (_, hash, name, now, why) => {
    expect(() => useJoinKey(key, hash, dp(name), now)).toThrow(refused(why));
  });

  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['10.2.0.1', false],
    ['2001:db8::7', true],
    ['nothing', false],
  ])('enables what joins from %s: %s', (address, enables) => {
    expect(isEnabledByKey(key, address)).toBe(enables);
  });

  it('enables nothing without networks', () => {
    expect(isEnabledByKey({ enableWithin: [] }, '10.1.2.3')).toBe(false);
  });

  it('names each network that is none', () => {
    expect(faultsOfNetworks(['10.0.0.0/8', '10.0.0.1/8', 'here']).map(({ path }) => path)).toEqual([
      'enableWithin[1]',
      'enableWithin[2]',
    ]);
  });
});

describe('the pattern of names', () => {
  it.each([
    ['site-*', 'site-07', true],
    ['site-*', 'site-', true],
    ['site-*', 'my-site-07', false],
    ['*-dp', 'north-dp', true],
    ['s*-*1', 'site-a1', true],
    ['site-07', 'site-07', true],
    ['site-07', 'site-071', false],
    ['*', 'anything', true],
  ])('%s takes %s: %s', (pattern, name, takes) => {
    expect(fitsPattern(pattern, name)).toBe(takes);
  });
});
