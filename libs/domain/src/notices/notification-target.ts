import type { Language } from '#texts';
import type { TenantId } from '../base/ids.js';
import { concerns, type Notice, type NoticeKind } from './notice.js';

export const WEBHOOK_FORMATS = ['cloudevents', 'slack', 'teams'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** A secret, sealed to the server. */
export interface SealedForServer {
  keyId: string;
  blob: string;
}

/** An address on the web that is told of notices. */
export interface NotificationTarget {
  id: string;
  /** Null: it is told of all tenants. */
  tenant: TenantId | null;
  name: string;
  format: WebhookFormat;
  /** In which texts are. */
  language: Language;
  kinds: readonly NoticeKind[];
  enabled: boolean;
  /** What people see of the address: its origin. The rest of it is often a secret itself. */
  origin: string;
  url: SealedForServer;
  /** What it is signed with. */
  secret: SealedForServer;
  /** The secret before, which signs too until the receiver has been given the new one; null: there is none. */
  previous: (SealedForServer & { until: Date }) | null;
  createdAt: Date;
  revision: number;
}

/** What a target's secrets are sealed for: `info` of HPKE. */
export const TARGET_SECRET_INFO = 'relaypoint/notification-target/v1';

/** Hours for which both secrets sign after a change. */
export const SECRET_OVERLAP_HOURS = 24;

/** Whether a target is to be told of a notice. */
export function wants(target: NotificationTarget, notice: Notice): boolean {
  const scope = target.tenant === null ? 'all' : [target.tenant];
  return target.enabled && target.kinds.includes(notice.kind) && concerns(notice, scope);
}
