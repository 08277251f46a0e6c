import { textIn } from '#texts';
import fc from 'fast-check';
import type { LocationData } from '../computers/computer.js';
import type { DpId, LocationRuleId, TenantId } from '../base/ids.js';
import { judge, locationFacts, parseCondition, type LocationCondition } from './location-criterion.js';
import { exampleLocation, overlapOf } from './location-overlap.js';
import { assignAtContact, chooseByLocation, type LocationRule } from './location-rule.js';

const NOW = new Date('2026-05-01T08:00:00Z');
const LATER = new Date('2026-05-01T09:00:00Z');

const location = (fields: Partial<LocationData> = {}): LocationData => ({
  addresses: ['10.1.2.3/24'],
  gateway: { ip: '10.1.2.1', mac: '00:11:22:AA:bb:CC' },
  dnsSuffix: 'Berlin.Example.test.',
  adSite: 'Berlin',
  publicAddress: '::ffff:203.0.113.7',
  ...fields,
});

const rule = (id: string, dp: string, when: LocationCondition, priority = 0): LocationRule => ({
  id: id as LocationRuleId,
  tenant: 'default' as TenantId,
  dp: dp as DpId,
  name: null,
  priority,
  when,
  createdAt: NOW,
  revision: 0,
});

const matches = (when: LocationCondition, fields: Partial<LocationData> = {}): boolean =>
  judge(when, locationFacts(location(fields))).matched;

describe('a criterion', () => {
  it.each<[LocationCondition, boolean]>([
    [{ addressIn: '10.1.0.0/16' }, true],
    [{ addressIn: '10.2.0.0/16' }, false],
    [{ addressIn: '2001:db8::/32' }, false],
    [{ gatewayMac: '0011.22aa.bbcc' }, true],
    [{ gatewayMac: '00-11-22-AA-BB-CD' }, false],
    [{ gatewayIp: '10.1.2.1' }, true],
    [{ gatewayIp: '10.1.2.2' }, false],
    [{ dnsSuffix: 'berlin.example.test' }, true],
    [{ dnsSuffix: 'example.test' }, false],
    [{ adSite: 'BERLIN' }, true],
    [{ adSite: 'Bonn' }, false],
    [{ publicAddressIn: '203.0.113.0/24' }, true],
    [{ publicAddressIn: '198.51.100.0/24' }, false],
    [{ not: { adSite: 'Bonn' } }, true],
    [{ all: [{ adSite: 'Berlin' }, { addressIn: '10.0.0.0/8' }] }, true],
    [{ all: [{ adSite: 'Berlin' }, { addressIn: '10.0.0.0/9' }, { gatewayIp: '::1' }] }, false],
    [{ any: [{ adSite: 'Bonn' }, { addressIn: '10.0.0.0/8' }] }, true],
    [{ any: [{ adSite: 'Bonn' }, { adSite: 'Cologne' }] }, false],
  ])('%j: %s', (when, expected) => expect(matches(when)).toBe(expected));

  it('takes any address of a client with several, of both families', () => {
    const addresses = ['192.168.0.9/24', '2001:db8::5/64', 'nonsense'];
    expect(matches({ addressIn: '2001:db8::/64' }, { addresses })).toBe(true);
    expect(matches({ addressIn: '192.168.0.0/24' }, { addresses })).toBe(true);
    expect(matches({ addressIn: '10.0.0.0/8' }, { addresses })).toBe(false);
  });

  it('matches nothing that the client did not say, so that its "not" holds', () => {
    const silent = { addresses: [], gateway: null, dnsSuffix: null, adSite: null, publicAddress: null };
    for (const when of [
      { addressIn: '0.0.0.0/0' },
      { gatewayMac: '00:11:22:aa:bb:cc' },
      { gatewayIp: '10.1.2.1' },
      { dnsSuffix: 'x' },
      { adSite: 'x' },
      { publicAddressIn: '::/0' },
    ] satisfies LocationCondition[]) {
      expect(matches(when, silent)).toBe(false);
      expect(matches({ not: when }, silent)).toBe(true);
    }
  });

  it('says where it failed, and why', () => {
    const when = { all: [{ adSite: 'Berlin' }, { any: [{ addressIn: '10.2.0.0/16' }, { adSite: 'Bonn' }] }] };
    const verdict = judge(when, locationFacts(location()));
    expect(verdict).toMatchObject({ matched: false, path: 'when.all[1].any' });
    expect(verdict.why.map((one) => textIn('en', one))).toEqual([
      '10.1.2.3 is not in 10.2.0.0/16',
      'the AD site is berlin, not Bonn',
    ]);
  });
});

describe('a condition as it arrives', () => {
  it.each([
    [{ addressIn: ' 10.1.0.0/16 ' }, { addressIn: '10.1.0.0/16' }],
    [
      { any: [{ not: { adSite: 'x' } }, { all: [{ gatewayIp: '::1' }] }] },
      { any: [{ not: { adSite: 'x' } }, { all: [{ gatewayIp: '::1' }] }] },
    ],
  ])('%j is taken', (value, condition) => expect(parseCondition(value)).toEqual({ condition }));

  it.each([
    [null, ['when']],
    [[], ['when']],
    [{}, ['when']],
    [{ adSite: 'a', dnsSuffix: 'b' }, ['when']],
    [{ all: [] }, ['when.all']],
    [{ any: { adSite: 'a' } }, ['when.any']],
    [{ not: [] }, ['when.not']],
    [{ subnet: '10.0.0.0/8' }, ['when.subnet']],
    [{ adSite: '  ' }, ['when.adSite']],
    [{ gatewayMac: '00:11:22' }, ['when.gatewayMac']],
    [{ gatewayIp: '10.0.0' }, ['when.gatewayIp']],
    [{ publicAddressIn: 5 }, ['when.publicAddressIn']],
    [
      { all: [{ addressIn: '10.1.2.3/8' }, { nothing: 1 }, { any: [{ addressIn: 'x' }] }] },
      ['when.all[0].addressIn', 'when.all[1].nothing', 'when.all[2].any[0].addressIn'],
    ],
  ])('%j is refused, every fault named', (value, paths) => {
    const read = parseCondition(value);
    expect('faults' in read && read.faults.map(({ path }) => path)).toEqual(paths);
  });

  it('has bounds', () => {
    const deep = Array.from({ length: 10 }).reduce<object>((inner) => ({ not: inner }), { adSite: 'a' });
    const wide = { any: Array.from({ length: 200 }, () => ({ adSite: 'a' })) };
    expect(parseCondition(deep)).toMatchObject({ faults: [{ code: 'too-deep' }] });
    expect(parseCondition(wide)).toMatchObject({ faults: [{ code: 'too-many' }] });
  });
});

describe('the choice', () => {
  const [a, b] = ['a' as DpId, 'b' as DpId];
  const serving = new Set([a, b]);
  const wide = { addressIn: '10.0.0.0/8' };
  const narrow = { addressIn: '10.1.2.0/24' };
  const site = { adSite: 'Berlin' };

  it.each([
    ['nothing matches', [rule('1', 'a', { adSite: 'Bonn' })], null, null, 'NO_MATCH'],
    ['one matches', [rule('1', 'a', wide), rule('2', 'b', { adSite: 'Bonn' })], null, 'a', 'ONLY_MATCH'],
    ['the higher priority wins', [rule('1', 'a', wide, 1), rule('2', 'b', narrow)], null, 'a', 'PRIORITY'],
    ['the narrower network wins', [rule('1', 'a', wide), rule('2', 'b', narrow)], 'a', 'b', 'NETWORK'],
    ['a network beats none', [rule('1', 'a', site), rule('2', 'b', wide)], 'a', 'b', 'NETWORK'],
    ['the DP that serves it stays', [rule('1', 'a', wide), rule('2', 'b', wide)], 'b', 'b', 'CURRENT_DP'],
    ['else the DP id decides', [rule('2', 'b', site), rule('1', 'a', site)], null, 'a', 'DP_ID'],
    [
      'two rules of one DP do not compete',
      [rule('1', 'a', wide), rule('2', 'a', narrow)],
      null,
      'a',
      'ONLY_MATCH',
    ],
    [
      'a DP that does not serve is passed over',
      [rule('1', 'c', narrow, 9), rule('2', 'b', wide)],
      'c',
      'b',
      'ONLY_MATCH',
    ],
  ])('%s', (_, rules, current, dp, why) => {
    const decision = chooseByLocation(rules, serving, location(), current as DpId | null);
    expect(decision.winner?.dp ?? null).toBe(dp);
    expect(decision.why).toBe(why);
    expect(decision.verdicts).toHaveLength(rules.length);
  });

  it('does not depend on the order of the rules', () => {
    const conditions = fc.constantFrom<LocationCondition>(wide, narrow, site, { adSite: 'Bonn' });
    const rules = fc.array(
      fc.record({ dp: fc.constantFrom('a', 'b'), when: conditions, priority: fc.nat(1) }),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(rules, fc.constantFrom(null, a, b), fc.infiniteStream(fc.nat()), (made, current, noise) => {
        const list = made.map(({ dp, when, priority }, at) => rule(`r${at}`, dp, when, priority));
        const keys = new Map(list.map((one) => [one.id, noise.next().value]));
        const mixed = list.toSorted((x, y) => Number(keys.get(x.id)) - Number(keys.get(y.id)));
        const [one, other] = [list, mixed].map((some) =>
          chooseByLocation(some, serving, location(), current),
        );
        expect(other?.winner?.id).toBe(one?.winner?.id);
        expect(other?.why).toBe(one?.why);
      }),
    );
  });
});

describe('the assignment at a contact', () => {
  const [a, b] = ['a' as DpId, 'b' as DpId];
  const served = { fixed: null, assigned: a, since: NOW, liftedAt: NOW };

  it('changes with the second contact that says the same', () => {
    const once = assignAtContact(served, b, true, LATER);
    expect(once).toEqual({ ...served, next: { dp: b, since: LATER } });
    expect(assignAtContact(once, b, true, LATER)).toEqual({ ...served, assigned: b, since: LATER });
  });

  it('forgets what only one contact asked for', () => {
    const once = assignAtContact(served, b, true, LATER);
    expect(assignAtContact(once, a, true, LATER)).toEqual(served);
    expect(assignAtContact(once, null, true, LATER)).toEqual({ ...served, next: { dp: null, since: LATER } });
  });

  it('changes at once when its DP is disabled or gone', () => {
    expect(assignAtContact(served, b, false, LATER)).toEqual({ ...served, assigned: b, since: LATER });
    expect(assignAtContact(served, null, false, LATER)).toEqual({ ...served, assigned: null, since: null });
  });

  it('never changes but with two wishes in a row, whatever the contacts say', () => {
    const wishes = fc.array(fc.constantFrom(a, b, null), { maxLength: 40 });
    fc.assert(
      fc.property(wishes, (chosen) => {
        let dp: ReturnType<typeof assignAtContact> = served;
        chosen.forEach((wish, at) => {
          const before = dp.assigned;
          dp = assignAtContact(dp, wish, true, LATER);
          if (dp.assigned !== before) expect([wish, chosen[at - 1]]).toEqual([dp.assigned, dp.assigned]);
          if (at > 0 && wish === chosen[at - 1]) expect(dp.assigned).toBe(wish);
        });
      }),
    );
  });
});

describe('an overlap', () => {
  it.each<[LocationCondition, LocationCondition, string | null]>([
    [{ addressIn: '10.0.0.0/8' }, { addressIn: '10.1.0.0/16' }, '10.1.0.1'],
    [{ addressIn: '10.0.0.0/16' }, { addressIn: '10.1.0.0/16' }, null],
    [{ addressIn: '2001:db8::/32' }, { addressIn: '2001:db8:1::/48' }, '2001:db8:1::1'],
    [{ addressIn: '10.0.0.0/8' }, { addressIn: '2001:db8::/32' }, null],
    [{ addressIn: '192.0.2.7/32' }, { addressIn: '192.0.2.0/24' }, '192.0.2.7'],
    [{ addressIn: '10.1.0.0/16' }, { not: { addressIn: '10.0.0.0/8' } }, null],
    [{ addressIn: '10.0.0.0/8' }, { not: { addressIn: '10.0.0.0/9' } }, '10.128.0.0'],
    [{ all: [{ addressIn: '10.0.0.0/8' }, { adSite: 'A' }] }, { adSite: 'a' }, '10.0.0.1'],
    [{ all: [{ addressIn: '10.0.0.0/8' }, { adSite: 'A' }] }, { adSite: 'B' }, null],
  ])('of %j and %j: %s', (first, second, address) => {
    const overlap = overlapOf(rule('1', 'a', first), rule('2', 'b', second));
    const example = overlap?.example && exampleLocation(overlap.example);
    expect(example?.addresses[0] ?? null).toBe(address);
  });

  it('is none of two rules of one DP', () => {
    const when = { adSite: 'A' };
    expect(overlapOf(rule('1', 'a', when), rule('2', 'a', when))).toBeNull();
  });

  it('gives up on rules with too many combinations, and says so', () => {
    const many = (text: (n: number) => LocationCondition): LocationCondition => ({
      any: Array.from({ length: 40 }, (_, n) => text(n)),
    });
    const when: LocationCondition = {
      all: [
        many((n) => ({ addressIn: `10.${n}.0.0/16` })),
        many((n) => ({ adSite: `s${n}` })),
        many((n) => ({ dnsSuffix: `d${n}` })),
      ],
    };
    const never = { all: [when, { gatewayIp: '10.0.0.1' }, { gatewayIp: '10.0.0.2' }] };
    expect(overlapOf(rule('1', 'a', when), rule('2', 'b', never))).toMatchObject({ example: null });
  });

  it('is found whenever a client matches both, and its example does', () => {
    const networks = fc.constantFrom(
      '0.0.0.0/0',
      '10.0.0.0/8',
      '10.0.0.0/9',
      '10.1.0.0/16',
      '10.1.2.3/32',
      '::/0',
    );
    const leaf = fc.oneof(
      networks.map((addressIn): LocationCondition => ({ addressIn })),
      fc.constantFrom('A', 'B').map((adSite): LocationCondition => ({ adSite })),
      networks.map((publicAddressIn): LocationCondition => ({ publicAddressIn })),
      fc.constantFrom('10.0.0.1', '10.0.0.2').map((gatewayIp): LocationCondition => ({ gatewayIp })),
    );
    const { tree } = fc.letrec<{ tree: LocationCondition }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        leaf,
        tie('tree').map((not) => ({ not })),
        fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
        fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
      ),
    }));
    const address = fc.constantFrom('10.1.2.3', '10.1.0.9', '10.200.0.1', '192.0.2.1', '2001:db8::1', null);
    const client = fc.record({
      address,
      publicAddress: address,
      adSite: fc.constantFrom('a', 'b', 'c', null),
      gateway: fc.constantFrom('10.0.0.1', '10.0.0.3', null),
    });
    fc.assert(
      fc.property(tree, tree, client, (first, second, c) => {
        const overlap = overlapOf(rule('1', 'a', first), rule('2', 'b', second));
        const said = location({
          addresses: c.address === null ? [] : [c.address],
          publicAddress: c.publicAddress,
          adSite: c.adSite,
          gateway: c.gateway === null ? null : { ip: c.gateway, mac: '' },
        });
        const both = [first, second].every((when) => judge(when, locationFacts(said)).matched);
        if (both) expect(overlap).not.toBeNull();
        if (overlap?.example) {
          for (const when of [first, second]) expect(judge(when, overlap.example).matched).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
