import type { Language } from '#texts';
import { may } from '../access/permissions.js';
import type { User } from '../access/user.js';
import type { TenantId } from '../base/ids.js';
import { nextTimeOfDay } from '../settings/maintenance-window.js';
import { concerns, NOTICE_RULES, type Notice, type NoticeKind } from './notice.js';

/** How somebody is told by mail: not at all, at once, or once an hour or a day of all that there was. */
export const MAIL_MODES = ['off', 'at-once', 'hourly', 'daily'] as const;
export type MailMode = (typeof MAIL_MODES)[number];

export type MailChoices = { readonly [Kind in NoticeKind]?: MailMode };

/** Whose preferences: a user's, or what a tenant gives its users unless they chose otherwise. */
export type PreferencesOwner = `user:${string}` | `tenant:${TenantId}`;

/** What is null or missing is as the layer below says: user, tenant, product. */
export interface NotificationPreferences {
  id: PreferencesOwner;
  /** Of a user; null: no mail. */
  email: string | null;
  language: Language | null;
  /** IANA name; the day of a daily mail is that of this zone. */
  timeZone: string | null;
  /** `HH:MM` of a daily mail. */
  dailyAt: string | null;
  mail: MailChoices;
  /** 0: nothing is stored yet. */
  revision: number;
}

/** What is in effect. */
export interface EffectivePreferences {
  language: Language;
  timeZone: string;
  dailyAt: string;
  mail: Readonly<Record<NoticeKind, MailMode>>;
}

export function noPreferences(id: PreferencesOwner): NotificationPreferences {
  return { id, email: null, language: null, timeZone: null, dailyAt: null, mail: {}, revision: 0 };
}

/** Of what is amiss people hear at once, of the rest in the morning. */
const DEFAULTS: EffectivePreferences = {
  language: 'en',
  timeZone: 'UTC',
  dailyAt: '07:00',
  mail: {
    'brake-tripped': 'at-once',
    'certificate-expiring': 'daily',
    'dp-back': 'daily',
    'dp-overdue': 'at-once',
    'import-failed': 'at-once',
    'rollout-finished': 'daily',
    'rollout-stopped': 'at-once',
    'token-expiring': 'daily',
  },
};

/** Layers over each other, the later wins; what is not there counts for nothing. */
export function effectivePreferences(
  ...layers: readonly (NotificationPreferences | null | undefined)[]
): EffectivePreferences {
  return layers.reduce<EffectivePreferences>(
    (below, layer) =>
      layer
        ? {
            language: layer.language ?? below.language,
            timeZone: layer.timeZone ?? below.timeZone,
            dailyAt: layer.dailyAt ?? below.dailyAt,
            mail: { ...below.mail, ...layer.mail },
          }
        : below,
    DEFAULTS,
  );
}

/** Whether a user may be told of a notice. */
export function mayBeTold(user: Pick<User, 'role' | 'tenants' | 'disabledAt'>, notice: Notice): boolean {
  return (
    !user.disabledAt && concerns(notice, user.tenants) && may(user.role, NOTICE_RULES[notice.kind].permission)
  );
}

const HOUR_MS = 60 * 60_000;

/**
 * When a mail of a notice goes out; all notices of a user with the same time share one.
 *
 * @returns null for a mode without mail
 */
export function mailDueAt(preferences: EffectivePreferences, mode: MailMode, at: Date): Date | null {
  switch (mode) {
    case 'off':
      return null;
    case 'at-once':
      return at;
    case 'hourly':
      return new Date((Math.floor(at.getTime() / HOUR_MS) + 1) * HOUR_MS);
    case 'daily':
      return nextTimeOfDay(preferences.dailyAt, preferences.timeZone, at);
  }
}
