import type { AuditEntry } from '#domain';
import { textIn } from '#texts';
import { auditTargetName, auditText } from './audit-text.js';

function entry(action: string, target: string, data: Record<string, unknown> = {}, who = 'ada'): AuditEntry {
  const at = new Date(0);
  return {
    id: 'e',
    at,
    who: who ? { id: 'u', name: who } : null,
    address: null,
    action,
    target,
    tenant: null,
    data,
  };
}

const said = (one: AuditEntry, now?: string): string[] => {
  const text = auditText(one, auditTargetName(one, now));
  return [textIn('en', text), textIn('de', text)];
};

describe('an entry of the audit', () => {
  it('is a sentence, with the name that its target has now, or had', () => {
    expect(said(entry('dp.enabled', 'dp:n', { after: { name: 'North' } }))).toEqual([
      'ada enabled DP North',
      'ada hat DP North freigeschaltet',
    ]);
    expect(said(entry('rollout.paused', 'rollout:1', {}, ''), 'Spring')[0]).toBe(
      'The server paused rollout Spring',
    );
    expect(said(entry('account.deleted', 'account:1', { before: { label: 'Site' } }))[1]).toBe(
      'ada hat Konto Site gelöscht',
    );
  });

  it('counts what a bulk did, and names what settings are for', () => {
    expect(said(entry('computers.released', 'computers', { count: 4481 }))).toEqual([
      'ada released 4,481 computers',
      'ada hat 4.481 Computer freigegeben',
    ]);
    expect(said(entry('settings.changed', 'dp:north'))[0]).toBe('ada changed settings of DP north');
    expect(said(entry('settings.changed', 'tenant:acme'))[1]).toBe(
      'ada hat Einstellungen von Mandant acme geändert',
    );
    expect(said(entry('settings.changed', 'global'))).toEqual([
      'ada changed the general settings',
      'ada hat die allgemeinen Einstellungen geändert',
    ]);
  });

  it('stays readable where another version has recorded what this one does not know', () => {
    expect(said(entry('thing.turned', 'thing:7'))[0]).toBe('ada: thing.turned 7');
  });
});
