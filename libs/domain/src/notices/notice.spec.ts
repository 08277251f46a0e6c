import type { TenantId } from '../base/ids.js';
import { concerns, expiryStage, newNotice, noticeText, type NewNotice } from './notice.js';
import {
  effectivePreferences,
  mailDueAt,
  mayBeTold,
  noPreferences,
  type NotificationPreferences,
} from './notification-preferences.js';

const now = new Date('2026-03-02T08:20:00Z');
const acme = 'acme' as TenantId;
const other = 'other' as TenantId;

const brake: NewNotice = {
  kind: 'brake-tripped',
  tenant: acme,
  subject: 'brake:b-1',
  facts: { brake: 'b-1', cause: 'AUTH_FAILED', account: 'deploy', release: null, dp: null },
};

describe('a notice', () => {
  it('has an id that follows from what happened', () => {
    expect(newNotice(brake, now).id).toBe('brake-tripped:brake:b-1');
    expect(newNotice({ ...brake, occurrence: '2' }, new Date()).id).toBe('brake-tripped:brake:b-1:2');
  });

  it('is told those who see its tenant; without a tenant, everybody or only those who see all', () => {
    expect(concerns({ kind: 'brake-tripped', tenant: acme }, [acme])).toBe(true);
    expect(concerns({ kind: 'brake-tripped', tenant: acme }, [other])).toBe(false);
    expect(concerns({ kind: 'brake-tripped', tenant: null }, [acme])).toBe(true);
    expect(concerns({ kind: 'token-expiring', tenant: null }, [acme])).toBe(false);
    expect(concerns({ kind: 'token-expiring', tenant: null }, 'all')).toBe(true);
  });

  it('says times as its reader does', () => {
    const facts = { dp: 'north', name: 'North', lastSeen: '2026-03-02T08:00:00.000Z' };
    const { text } = noticeText({ kind: 'dp-overdue', facts }, (time) => `at ${time.getTime()}`);
    expect(text.params).toMatchObject({ name: 'North', lastSeen: 'at 1772438400000' });
  });

  it('says of a rollout that was aborted that it is over, and not that it can be resumed', () => {
    const facts = { rollout: 'r-1', name: 'Client 2.0', failed: 2, computers: 40 };
    const told = (more: { ended?: 'aborted' }) =>
      noticeText({ kind: 'rollout-stopped', facts: { ...facts, ...more } }, String).text.key;
    expect(told({})).toBe('notice.rollout-stopped.text');
    expect(told({ ended: 'aborted' })).toBe('notice.rollout-aborted.text');
  });

  it.each([
    [30, null],
    [14, 14],
    [10, 14],
    [3, 3],
    [-1, 3],
  ])('of an end that is %d days away has the stage %p', (days, stage) => {
    expect(expiryStage(new Date(now.getTime() + days * 86_400_000), now)).toBe(stage);
  });
});

describe('who is told by mail', () => {
  const notice = newNotice(brake, now);
  const viewer = { role: 'viewer', tenants: [acme], disabledAt: null } as const;

  it('may see what it is about', () => {
    expect(mayBeTold(viewer, notice)).toBe(true);
    expect(mayBeTold({ ...viewer, disabledAt: now }, notice)).toBe(false);
    expect(mayBeTold({ ...viewer, tenants: [] }, notice)).toBe(false);
    const facts = { token: 't', label: 'ci', expiresAt: now.toISOString() };
    const expiring = newNotice({ kind: 'token-expiring', tenant: acme, subject: 'api-token:t', facts }, now);
    expect(mayBeTold(viewer, expiring)).toBe(false);
    expect(mayBeTold({ ...viewer, role: 'admin' }, expiring)).toBe(true);
  });

  it('chose it, or the tenant did, or it is the default', () => {
    const tenant: NotificationPreferences = {
      ...noPreferences('tenant:acme' as never),
      language: 'de',
      timeZone: 'Europe/Berlin',
      mail: { 'brake-tripped': 'hourly', 'dp-overdue': 'off' },
    };
    const user = { ...noPreferences('user:u'), mail: { 'brake-tripped': 'daily' } } as const;
    expect(effectivePreferences(tenant, user)).toMatchObject({
      language: 'de',
      timeZone: 'Europe/Berlin',
      dailyAt: '07:00',
      mail: { 'brake-tripped': 'daily', 'dp-overdue': 'off', 'import-failed': 'at-once' },
    });
    expect(effectivePreferences(null, undefined).language).toBe('en');
  });

  it.each([
    ['off', null],
    ['at-once', now.toISOString()],
    ['hourly', '2026-03-02T09:00:00.000Z'],
    // 07:00 in Berlin, which was at 06:00 UTC today
    ['daily', '2026-03-03T06:00:00.000Z'],
  ] as const)('hears of it at its time: %s', (mode, due) => {
    const preferences = { ...effectivePreferences(), timeZone: 'Europe/Berlin' };
    expect(mailDueAt(preferences, mode, now)?.toISOString() ?? null).toBe(due);
  });

  it('hears of it at the same time on the clock when that is changed', () => {
    const berlin = { ...effectivePreferences(), timeZone: 'Europe/Berlin', dailyAt: '02:30' };
    const due = (at: string) => mailDueAt(berlin, 'daily', new Date(at))?.toISOString();
    // 29 March 2026: 02:00 → 03:00
    expect(due('2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z');
    expect(due('2026-03-29T12:00:00Z')).toBe('2026-03-30T00:30:00.000Z');
    // 25 October 2026: 03:00 → 02:00
    expect(due('2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(due('2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z');
  });
});
