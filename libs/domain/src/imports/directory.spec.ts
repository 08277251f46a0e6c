import { addressFaults, addressOf, transportOf } from './directory.js';

describe('how a directory is reached', () => {
  it('reads hosts and ports', () => {
    expect(addressOf('ldaps://dc1.corp.test')).toEqual({ host: 'dc1.corp.test', port: 636 });
    expect(addressOf('LDAP://dc1/')).toEqual({ host: 'dc1', port: 389 });
    expect(addressOf('ldap://[2001:db8::1]:3389')).toEqual({ host: '2001:db8::1', port: 3389 });
    for (const url of [
      '',
      'dc1',
      'http://dc1',
      'ldap://',
      'ldap://dc1:0',
      'ldaps://dc1:99999',
      'ldap://dc1/DC=x',
      'ldap://u@dc1',
    ]) {
      expect([url, addressOf(url)]).toEqual([url, null]);
    }
  });

  it('is encrypted, or in the clear by permission only', () => {
    const faults = (url: string, startTls: boolean, allowPlain: boolean): string[] =>
      addressFaults({ url, startTls, allowPlain }).map(({ path, code }) => `${path} ${code}`);
    expect(faults('ldaps://dc1', false, false)).toEqual([]);
    expect(faults('ldap://dc1', true, false)).toEqual([]);
    expect(faults('ldap://dc1', false, true)).toEqual([]);
    expect(faults('ldap://dc1', false, false)).toEqual(['url plain']);
    expect(faults('ldaps://dc1', true, false)).toEqual(['startTls alone']);
    expect(faults('dc1', true, true)).toEqual(['url url']);
    expect(transportOf({ url: 'LDAPS://dc1', startTls: false })).toBe('ldaps');
    expect(transportOf({ url: 'ldap://dc1', startTls: true })).toBe('starttls');
    expect(transportOf({ url: 'ldap://dc1', startTls: false })).toBe('plain');
  });
});
