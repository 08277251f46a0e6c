import type { MessageDescriptor, StoredText } from '#texts';
import type { Permission } from '../access/permissions.js';
import { inScope, type TenantId, type TenantScope } from '../base/ids.js';
import type { FailureCode } from '../failures/failure.js';

/** Facts of each kind of notice, in no language: what programs that receive it work with. Times are RFC 3339. */
export interface NoticeFacts {
  'brake-tripped': {
    brake: string;
    cause: FailureCode;
    account: string | null;
    release: string | null;
    dp: string | null;
  };
  'dp-overdue': { dp: string; name: string; lastSeen: string };
  'dp-back': { dp: string; name: string; lastSeen: string; seenAgain: string };
  'import-failed': { run: string; source: string; name: string; code: string };
  'token-expiring': { token: string; label: string; expiresAt: string };
  'certificate-expiring': { certificate: string; name: string; expiresAt: string };
  'rollout-stopped': {
    rollout: string;
    name: string;
    failed: number;
    computers: number;
    /** By a stop rule or its deadline, for good; absent: it is paused, and somebody may resume it. */
    ended?: 'aborted';
  };
  'rollout-finished': { rollout: string; name: string; failed: number; computers: number };
}
export type NoticeKind = keyof NoticeFacts;

interface NoticeRule {
  severity: 'info' | 'warning' | 'error';
  /** What a person must be allowed to be told of it. */
  permission: Permission;
  /** Whether one that belongs to no tenant concerns all of them; else only those who see all tenants are told. */
  shared: boolean;
  /** Page of the console that shows its subject. */
  page: string;
}

/** Everything that people are told of, and whom it may be told. */
export const NOTICE_RULES = {
  'brake-tripped': { severity: 'error', permission: 'brakes.read', shared: true, page: '/brakes' },
  'certificate-expiring': {
    severity: 'warning',
    permission: 'settings.manage',
    shared: false,
    page: '/settings',
  },
  'dp-back': { severity: 'info', permission: 'dps.read', shared: true, page: '/distribution-points' },
  'dp-overdue': { severity: 'error', permission: 'dps.read', shared: true, page: '/distribution-points' },
  'import-failed': { severity: 'error', permission: 'imports.read', shared: false, page: '/imports' },
  'rollout-finished': { severity: 'info', permission: 'orders.read', shared: true, page: '/rollouts' },
  'rollout-stopped': { severity: 'error', permission: 'orders.read', shared: true, page: '/rollouts' },
  'token-expiring': {
    severity: 'warning',
    permission: 'api-tokens.manage',
    shared: false,
    page: '/api-tokens',
  },
} as const satisfies Record<NoticeKind, NoticeRule>;

export const NOTICE_KINDS = Object.keys(NOTICE_RULES) as NoticeKind[];

/** Something that happened and that people are told of, once. */
export interface Notice<Kind extends NoticeKind = NoticeKind> {
  /** Follows from what happened, such as `brake-tripped:b-1`: the same happening makes one notice, whoever sees it. */
  id: string;
  kind: Kind;
  /** Null: it belongs to no tenant. */
  tenant: TenantId | null;
  /** What it is about, such as `brake:b-1`. */
  subject: string;
  facts: NoticeFacts[Kind];
  /** What else is to be said, such as the fault of an import; null: the facts say it all. */
  detail: StoredText | null;
  at: Date;
  /** When everybody had a delivery of it; null: some may lack theirs. */
  distributedAt: Date | null;
  /** Its end is still to be told, as that of a DP's silence. */
  open: boolean;
  revision: number;
}

/** What is to be told; when and whom, the server adds. */
export type NewNotice = {
  [Kind in NoticeKind]: Pick<Notice<Kind>, 'kind' | 'tenant' | 'subject' | 'facts'> & {
    /** What makes this happening another one than the last of its subject, such as the time it began. */
    occurrence?: string;
    detail?: StoredText;
  };
}[NoticeKind];

/** A new notice as it is stored. */
export function newNotice(
  { kind, tenant, subject, facts, occurrence, detail }: NewNotice,
  now: Date,
): Notice {
  const id = occurrence === undefined ? `${kind}:${subject}` : `${kind}:${subject}:${occurrence}`;
  return {
    id,
    kind,
    tenant,
    subject,
    facts,
    detail: detail ?? null,
    at: now,
    distributedAt: null,
    open: kind === 'dp-overdue',
    revision: 0,
  };
}

/** Whether somebody with this scope may be told. */
export function concerns({ kind, tenant }: Pick<Notice, 'kind' | 'tenant'>, scope: TenantScope): boolean {
  if (tenant !== null) return inScope(scope, tenant);
  return scope === 'all' || NOTICE_RULES[kind].shared;
}

/** A notice in words that nobody has put into a language yet. */
export interface NoticeText {
  title: MessageDescriptor;
  text: MessageDescriptor;
}

/** @param time puts a time into the words of the reader */
export function noticeText(
  notice: Pick<Notice, 'kind' | 'facts'>,
  time: (instant: Date) => string,
): NoticeText {
  const { kind, facts } = notice;
  const params = paramsOf(notice, time);
  const told = kind === 'rollout-stopped' && 'ended' in facts ? 'rollout-aborted' : kind;
  return {
    title: { key: `notice.${told}.title`, params },
    text: { key: `notice.${told}.text`, params },
  };
}

const TIMES: ReadonlySet<string> = new Set(['lastSeen', 'seenAgain', 'expiresAt']);

function paramsOf(
  { kind, facts }: Pick<Notice, 'kind' | 'facts'>,
  time: (instant: Date) => string,
): Record<string, string | number | MessageDescriptor> {
  const given = Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]: [string, string | number | null]) =>
      value === null ? [] : [[name, TIMES.has(name) ? time(new Date(value)) : value]],
    ),
  );
  if (kind !== 'brake-tripped') return given;
  const brake = facts as NoticeFacts['brake-tripped'];
  return { ...given, what: brakedThing(brake), failure: { key: `failed.${brake.cause}` } };
}

/** What a brake stops, in words. */
function brakedThing({ account, release, dp }: NoticeFacts['brake-tripped']): MessageDescriptor {
  if (account !== null) return { key: 'notice.what.account', params: { account } };
  if (release !== null && dp !== null) return { key: 'notice.what.releaseAt', params: { release, dp } };
  if (release !== null) return { key: 'notice.what.release', params: { release } };
  return { key: 'notice.what.dp', params: { dp: dp ?? '' } };
}

/** Days before its end at which something that expires is told of. */
const EXPIRY_STAGES = [3, 14];
const DAY_MS = 24 * 60 * 60_000;

/**
 * How near an end is, in the days of the stage: 14, then 3.
 *
 * @returns null while it is further away
 */
export function expiryStage(expiresAt: Date, now: Date): number | null {
  const left = expiresAt.getTime() - now.getTime();
  return EXPIRY_STAGES.find((days) => left <= days * DAY_MS) ?? null;
}
