import { textIn } from '#texts';
import {
  InvalidCredentialsError,
  NoSuchObjectError,
  SizeLimitExceededError,
  StrongAuthRequiredError,
} from 'ldapts';
import { ConnectionLost } from './directory-client.js';
import { bindFault, connectFault, searchFault, tlsFault } from './directory-faults.js';

/** As AD words it ([MS-ERREF] in the diagnostic message of RFC 4511). */
const refused = (data: string): Error =>
  new InvalidCredentialsError(
    `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${data}, v1db1`,
  );

describe('a fault of a directory', () => {
  it.each([
    ['525', 'BIND_WRONG_CREDENTIALS'],
    ['52e', 'BIND_WRONG_CREDENTIALS'],
    ['530', 'BIND_LOGON_HOURS'],
    ['531', 'BIND_WORKSTATION'],
    ['532', 'BIND_PASSWORD_EXPIRED'],
    ['533', 'BIND_DISABLED'],
    ['701', 'BIND_ACCOUNT_EXPIRED'],
    ['773', 'BIND_MUST_CHANGE_PASSWORD'],
    ['775', 'BIND_LOCKED'],
    ['999', 'BIND_FAILED'],
  ])('at the bind with data %s is %s', (data, code) => {
    expect(bindFault(refused(data)).fault.code).toBe(code);
  });

  it('has a sentence of its own for each reason of a bind', () => {
    const texts = ['52e', '530', '531', '532', '533', '701', '773', '775'].map((data) =>
      textIn('en', bindFault(refused(data)).fault),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('is told apart by where it came up', () => {
    const coded = (code: string): Error => Object.assign(new Error(code), { code });
    const codes = [
      bindFault(new InvalidCredentialsError('Invalid credentials')),
      bindFault(new StrongAuthRequiredError('Transport encryption required.')),
      bindFault(new ConnectionLost('cut')),
      searchFault(new NoSuchObjectError('0000208D: NameErr'), 'OU=x'),
      searchFault(new SizeLimitExceededError('limit'), 'OU=x'),
      searchFault(new Error('Connection closed before message response was received'), 'OU=x'),
      connectFault(coded('ENOTFOUND'), 'dc1:636'),
      connectFault(coded('ECONNREFUSED'), 'dc1:636'),
      connectFault(coded('ETIMEDOUT'), 'dc1:636'),
      tlsFault(coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'dc1:636'),
      tlsFault(coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'dc1:636'),
      tlsFault(coded('ECONNRESET'), 'dc1:636'),
    ].map(({ fault }) => fault.code);
    expect(codes).toEqual([
      'BIND_WRONG_CREDENTIALS',
      'ENCRYPTION_REQUIRED',
      'CONNECTION_LOST',
      'BASE_NOT_FOUND',
      'LIMIT_REACHED',
      'CONNECTION_LOST',
      'NAME_NOT_RESOLVED',
      'CONNECT_FAILED',
      'CONNECT_TIMEOUT',
      'TLS_UNTRUSTED',
      'TLS_WRONG_NAME',
      'TLS_FAILED',
    ]);
  });
});
