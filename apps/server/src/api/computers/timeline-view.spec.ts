import type { ComputerId, DpId, TenantId, TimelineEvent } from '#domain';
import type { Language } from '#texts';
import { timelineText } from './timeline-text.js';
import { timelineEventDto } from './timeline-view.js';

const shown = (of: TimelineEvent, language: Language) => timelineEventDto(of, timelineText(of), language);

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
    const said = shown(event({ accounts, failure: { code: 'DISK_FULL' } }), 'de');
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

  it('says in words why an order is held back, what came of it, and why another DP goes on', () => {
    const said = (kind: TimelineEvent['kind'], data: Record<string, unknown>) =>
      shown({ ...event(data), dp: 'site' as DpId, kind }, 'en').text;
    expect(said('order-held-back', { heldBack: { code: 'ROLLOUT_PAUSED', until: null } })).toBe(
      'Held back. Its rollout is paused; somebody has to resume it.',
    );
    expect(said('order-succeeded', { result: 'ALREADY_INSTALLED' })).toBe(
      'Done: Installed already (ALREADY_INSTALLED).',
    );
    expect(said('order-succeeded', { result: 'OK' })).toBe('Done.');
    expect(said('order-passed-on', { dpBefore: 'server', failure: { code: 'PORT_CLOSED' } })).toBe(
      'server could not do it: The port for remote access is closed (PORT_CLOSED). Distribution point site tries it now.',
    );
    // what a later version wrote
    expect(said('order-held-back', { heldBack: { code: 'MOON' } })).toBe('Held back (MOON).');
    expect(said('order-succeeded', { result: 'MOON' })).toBe('Done (MOON).');
  });

  it('has neither where a DP said nothing of it that can be read', () => {
    const said = shown(event({ accounts: ['a', null, { account: 1 }], failure: 'x' }), 'en');
    expect(said).not.toHaveProperty('accounts');
    expect(said).not.toHaveProperty('failure');
  });
});
