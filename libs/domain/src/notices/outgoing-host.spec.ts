import { isAllowedHost, isPublicAddress, parseAllowedHosts } from './outgoing-host.js';

describe('an address', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '192.167.1.1',
    '169.253.0.1',
    '223.255.255.254',
    '2606:4700:4700::1111',
    '2a00:1450:4001:80b::200e',
    '::ffff:8.8.8.8',
  ])('of the public internet may be reached: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['this machine', '127.0.0.1'],
    ['this machine', '127.255.255.254'],
    ['this machine', '::1'],
    ['this machine, mapped', '::ffff:127.0.0.1'],
    ['this machine, mapped and in hex', '::ffff:7f00:1'],
    ['this machine, in the compatible form', '::127.0.0.1'],
    ['no address', '0.0.0.0'],
    ['no address', '::'],
    ['a private network', '10.0.0.1'],
    ['a private network', '172.16.0.1'],
    ['a private network', '172.31.255.255'],
    ['a private network', '192.168.1.1'],
    ['a private network, mapped', '::ffff:192.168.1.1'],
    ['a unique local address', 'fd00::1'],
    ['a unique local address', 'fc00::1'],
    ['the shared space of carriers', '100.64.0.1'],
    ['link-local', '169.254.1.1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['the metadata service of clouds', '169.254.169.254'],
    ['the metadata service, mapped', '::ffff:169.254.169.254'],
    ['the metadata service of AWS', 'fd00:ec2::254'],
    ['the metadata service of Alibaba', '100.100.100.200'],
    ['protocol assignments', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['benchmarks', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['set aside', '240.0.0.1'],
    ['everybody', '255.255.255.255'],
    ['IPv4 through NAT64', '64:ff9b::7f00:1'],
    ['IPv4 through 6to4', '2002:7f00:1::'],
    ['IPv4 through Teredo', '2001:0:7f00:1::'],
    ['no address at all', 'localhost'],
    ['no address at all', ''],
    ['octal digits', '0177.0.0.1'],
  ])('is refused: %s, %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('the list of allowed hosts', () => {
  const allowed = parseAllowedHosts('chat.corp.example, *.intra.example ,10.1.0.0/16,192.168.7.9, fd12::/16');

  it.each([
    ['chat.corp.example', '10.9.9.9'],
    ['CHAT.corp.example.', '127.0.0.1'],
    ['a.intra.example', '10.9.9.9'],
    ['other.example', '10.1.200.3'],
    ['other.example', '::ffff:10.1.2.3'],
    ['192.168.7.9', '192.168.7.9'],
    ['x.example', 'fd12::7'],
  ])('lets through %s at %s', (host, address) => {
    expect(allowed && isAllowedHost(allowed, host, address)).toBe(true);
  });

  it.each([
    ['evil-chat.corp.example', '10.9.9.9'],
    ['chat.corp.example.evil.example', '10.9.9.9'],
    ['intra.example', '10.9.9.9'],
    ['other.example', '10.2.0.1'],
    ['192.168.7.9.evil.example', '192.168.7.8'],
  ])('does not let through %s at %s', (host, address) => {
    expect(allowed && isAllowedHost(allowed, host, address)).toBe(false);
  });

  it.each(['10.1.0.1/16', 'http://x.example', '10.0.0.0/33', 'a b', '1.2.3', '*'])('refuses %s', (text) => {
    expect(parseAllowedHosts(text)).toBeNull();
  });

  it('may be empty', () => {
    expect(parseAllowedHosts('')).toEqual({ names: [], networks: [] });
  });
});
