import { newNotice, type TenantId } from '#domain';
import { type Reader, wordedNotice } from './notice-wording.js';

const notice = newNotice(
  {
    kind: 'brake-tripped',
    tenant: 'acme' as TenantId,
    subject: 'brake:b-1',
    facts: { brake: 'b-1', cause: 'AUTH_FAILED', account: null, release: null, dp: 'Branch' },
    detail: { key: 'failure.AUTH_FAILED' },
  },
  new Date('2026-03-02T08:20:00Z'),
);

function told(language: Reader['language']): string {
  return wordedNotice(notice, { language, timeZone: 'UTC' }, 'https://relaypoint.test').text;
}

describe('the notice of a tripped brake', () => {
  it('calls the failure by its name, with the code in brackets, and says what to do', () => {
    expect(told('en')).toBe(
      'Failures tripped a brake on distribution point Branch: User name or password was refused (AUTH_FAILED). ' +
        'Its orders wait until somebody releases the brake. ' +
        'Check user name and password of the account, then release the brake.',
    );
    expect(told('de')).toContain('Ursache: Benutzername oder Kennwort wurde abgelehnt (AUTH_FAILED).');
  });
});
