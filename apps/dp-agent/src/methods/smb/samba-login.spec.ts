import { StepFailed } from '../../failures/failure.js';
import { type LoginRules, loginFor, type SambaTarget } from './samba-login.js';

const FQDN = 'pc-8.corp.example';
const computer = { name: 'PC-8', fqdn: FQDN, address: '192.0.2.8' };
const named: SambaTarget = { host: FQDN, isFqdn: true };
const byAddress: SambaTarget = { host: '192.0.2.8', isFqdn: false };
const rules: LoginRules = { ntlm: 'refused', domains: [] };
const ntlm: LoginRules = { ...rules, ntlm: 'allowed' };

function tried(
  account: { username: string; domain?: string; password?: string },
  target: SambaTarget,
  given: LoginRules,
  of = computer,
): string {
  try {
    const { user, kerberos } = loginFor({ password: 'p', ...account }, { computer: of }, target, given);
    return `${kerberos ? 'kerberos' : 'ntlm'} ${user}`;
  } catch (error) {
    return error instanceof StepFailed ? `${error.phase} ${error.code}` : String(error);
  }
}

describe('an account of the domain', () => {
  it.each([
    ['by its long name', { username: 'u', domain: 'corp.example' }],
    ['by its short name', { username: 'u', domain: 'CORP' }],
    ['in front of the user', { username: 'Corp\\u' }],
    ['behind the user', { username: 'u@corp.example' }],
  ])('logs in by Kerberos: %s', (_, account) => {
    for (const given of [rules, ntlm]) expect(tried(account, named, given)).toBe('kerberos u@CORP.EXAMPLE');
  });

  it('has the realm that the DP knows for its short name, whatever the computer is called', () => {
    const domains = [{ realm: 'ad.example', name: 'OLDNAME' }];
    expect(tried({ username: 'u', domain: 'oldname' }, named, { ...rules, domains })).toBe(
      'kerberos u@AD.EXAMPLE',
    );
    expect(tried({ username: 'u', domain: 'OLDNAME' }, named, rules)).toBe('auth KERBEROS_NOT_POSSIBLE');
    expect(tried({ username: 'u', domain: 'OLDNAME' }, named, ntlm)).toBe('ntlm OLDNAME\\u');
  });

  it('logs in by NTLM to a computer without a full name, where that is allowed', () => {
    const account = { username: 'u', domain: 'CORP' };
    expect(tried(account, byAddress, rules)).toBe('auth KERBEROS_NOT_POSSIBLE');
    expect(tried(account, byAddress, ntlm)).toBe('ntlm CORP\\u');
  });
});

describe('an account of the computer', () => {
  it.each([{ username: 'u' }, { username: 'u', domain: '.' }, { username: 'u', domain: 'pc-8' }])(
    '%p has NTLM alone',
    (account) => {
      expect(tried(account, named, rules)).toBe('auth KERBEROS_NOT_POSSIBLE');
      expect(tried(account, named, ntlm)).toBe('ntlm PC-8\\u');
    },
  );

  it('is told by the computer’s name as Windows cuts it', () => {
    const long = { ...computer, name: 'ACCOUNTING-WORKSTATION' };
    expect(tried({ username: 'u' }, named, ntlm, long)).toBe('ntlm ACCOUNTING-WORK\\u');
  });
});

it('an account that Samba cannot be given is not tried', () => {
  const domain = 'CORP';
  expect(tried({ username: 'u%v', domain }, named, rules)).toBe('auth LOGIN_METHOD_MISSING');
  expect(() => loginFor({ username: 'u', domain, privateKey: 'k' }, { computer }, named, rules)).toThrow(
    'LOGIN_METHOD_MISSING',
  );
});

it.each([
  ['longer than Samba reads', 'x'.repeat(128)],
  ['longer than that in bytes alone', 'ü'.repeat(64)],
  ['with a line end', 'a\nb'],
  ['that is empty', ''],
])('a password %s is not tried: what Samba makes of it would be refused', (_, password) => {
  expect(tried({ username: 'u', domain: 'CORP', password }, named, rules)).toBe('auth LOGIN_METHOD_MISSING');
});
