import type { ComputerId, TenantId, TimelineEvent } from '#domain';
import { timelineEventDto } from './timeline-view.js';

function event(data: Record<string, unknown>): TimelineEvent {
  return {
    id: 'e',
    tenant: 'default' as TenantId,
    computer: 'c' as ComputerId,
    order: null,
    dp: null,
    importRun: null,
    at: new Date(0),
    source: 'dp',
    kind: 'order-failed',
    from: null,
    to: null,
    data,
  };
}

describe('an entry of the timeline', () => {
  it('says in words what came of each account, and why it failed', () => {
    const accounts = [
      { account: 'a', result: 'AUTH_FAILED' },
      { account: 'b', result: 'OK' },
      { account: 'c', result: 'SOMETHING_NEW' },
    ];
    const said = timelineEventDto(event({ accounts, failure: { code: 'DISK_FULL' } }), 'de');
    expect(said.accounts?.map(({ text }) => text)).toEqual([
      'Benutzername oder Kennwort wurde abgelehnt',
      'Anmeldung angenommen',
      'SOMETHING_NEW',
    ]);
    expect(said.failure).toEqual({
      code: 'DISK_FULL',
      text: 'Die Platte des Computers ist voll',
      hint: 'Auf der Platte des Computers Platz schaffen.',
    });
  });

  it('has neither where a DP said nothing of it that can be read', () => {
    const said = timelineEventDto(event({ accounts: ['a', null, { account: 1 }], failure: 'x' }), 'en');
    expect(said).not.toHaveProperty('accounts');
    expect(said).not.toHaveProperty('failure');
  });
});
