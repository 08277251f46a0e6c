import { textIn } from '#texts';
import { BlockList, isIPv4 } from 'node:net';
import fc from 'fast-check';
import { formatAddress, isInNetwork, parseAddress, parseNetwork, type IpNetwork } from './ip-network.js';

function network(text: string): IpNetwork {
  const parsed = parseNetwork(text);
  if ('fault' in parsed) throw new Error(parsed.fault.key);
  return parsed;
}

describe('an address', () => {
  it.each([
    ['10.0.0.5/24', '10.0.0.5'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:0DB8:0:0:0:ff00:42:8329', '2001:db8::ff00:42:8329'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['::1', '::1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['10:0:0:0:0:0:0:1', '10::1'],
  ])('%s is written %s', (text, written) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(written);
  });

  it.each(['', 'pc01', '10.0.0.256', 'fe80::1::2'])('%j is none', (text) =>
    expect(parseAddress(text)).toBeNull(),
  );

  it('written and read again is the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseAddress(text);
        return address !== null && parseAddress(formatAddress(address))?.value === address.value;
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a network', () => {
  it.each([
    ['10.1.0.0/16', 16],
    ['0.0.0.0/0', 32],
    ['192.0.2.7/32', 0],
    ['2001:db8::/48', 80],
    ['::/0', 128],
    ['::ffff:10.0.0.0/104', 24],
  ])('%s leaves %d bits free', (text, bits) => expect(network(text).hostBits).toBe(bits));

  it.each([
    ['10.1.2.3/16', /the network is 10\.1\.0\.0\/16$/],
    ['2001:db8::1/32', /the network is 2001:db8::\/32$/],
    ['10.0.0.0/33', /prefix length from 0 to 32/],
    ['2001:db8::/129', /prefix length from 0 to 128/],
    ['::ffff:10.0.0.0/90', /prefix length/],
    ['10.0.0.0', /must be a network/],
    ['fe80::%eth0/64', /must be a network/],
    ['10.0.0.0/8/8', /must be a network/],
    ['/8', /must be a network/],
    ['10.0.0.0/-1', /must be a network/],
  ])('%s is refused', (text, fault) => {
    const refused = parseNetwork(text);
    expect('fault' in refused && textIn('en', refused.fault)).toMatch(fault);
  });

  it('holds what Node says it holds', () => {
    const addresses = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((text) => !text.includes('.')),
    );
    fc.assert(
      fc.property(addresses, fc.nat(128), fc.nat(7), (text, wish, flip) => {
        const family = isIPv4(text) ? 'ipv4' : 'ipv6';
        const bits = family === 'ipv4' ? 32 : 128;
        const address = parseAddress(text);
        if (address?.family !== (family === 'ipv4' ? 4 : 6)) return;
        const prefix = wish % (bits + 1);
        const first = (address.value >> BigInt(bits - prefix)) << BigInt(bits - prefix);
        const net = formatAddress({ family: address.family, value: first });
        const other = { family: address.family, value: address.value ^ (1n << BigInt(flip * (bits / 8))) };
        const list = new BlockList();
        list.addSubnet(net, prefix, family);
        for (const one of [address, other]) {
          expect(isInNetwork(one, network(`${net}/${prefix}`))).toBe(list.check(formatAddress(one), family));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
