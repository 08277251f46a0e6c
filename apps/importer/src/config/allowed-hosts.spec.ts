import { AllowedHosts } from './allowed-hosts.js';

describe('hosts that directories may be on', () => {
  it.each([
    ['127.0.0.1', false],
    ['127.88.3.4', false],
    ['::1', false],
    ['::ffff:127.0.0.1', false],
    ['0.0.0.0', false],
    ['::', false],
    ['169.254.169.254', false],
    ['fe80::1%eth0', false],
    ['10.1.2.3', true],
    ['192.0.2.7', true],
    ['2001:db8::5', true],
  ])('are all but this machine and its link when nothing is said: %s', (address, isAllowed) => {
    expect(AllowedHosts.default.allows('dc.corp.example', address)).toBe(isAllowed);
  });

  it.each([
    ['dc1.corp.example', '192.0.2.1', true],
    ['DC1.CORP.EXAMPLE.', '192.0.2.1', true],
    ['dc2.corp.example', '192.0.2.1', false],
    ['a.b.ad.example', '192.0.2.1', true],
    ['ad.example', '192.0.2.1', false],
    ['evil-ad.example', '192.0.2.1', false],
    ['anything', '10.1.2.3', true],
    ['anything', '10.2.2.3', false],
    ['anything', '2001:db8:1::9', true],
    ['anything', '192.0.2.9', true],
    ['localhost', '127.0.0.1', false],
  ])('are those that are named: %s at %s', (host, address, isAllowed) => {
    const allowed = AllowedHosts.parse(
      'dc1.corp.example, *.ad.example, 10.1.0.0/16, 2001:db8:1::/48, 192.0.2.9',
    );
    expect(allowed?.allows(host, address)).toBe(isAllowed);
  });

  it('may include this machine when that is said', () => {
    expect(AllowedHosts.parse('127.0.0.0/8')?.allows('localhost', '127.0.0.1')).toBe(true);
    expect(AllowedHosts.parse('*')?.allows('localhost', '::1')).toBe(true);
  });

  it.each(['10.0.0.0/33', '10.0.0.0/8/8', 'dc1_corp', 'a..b', '', 'ldap://dc1'])('are no "%s"', (text) => {
    expect(AllowedHosts.parse(text)).toBeNull();
  });
});
