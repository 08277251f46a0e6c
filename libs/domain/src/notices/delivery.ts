import type { TenantId } from '../base/ids.js';
import type { NoticeKind } from './notice.js';

export const DELIVERY_CHANNELS = ['webhook', 'mail'] as const;
export type DeliveryChannel = (typeof DELIVERY_CHANNELS)[number];

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * What came of an attempt, and what follows from it. `retry`: the receiver may take it later. `give-up`: trying again
 * would end the same way until a person has changed something.
 */
export const DELIVERY_OUTCOMES = {
  DELIVERED: 'done',
  /** It answered with another status than a good one. */
  REFUSED: 'retry',
  /** It asked for another address; that is never followed. */
  REDIRECTED: 'retry',
  UNREACHABLE: 'retry',
  TIMEOUT: 'retry',
  NOT_RESOLVED: 'retry',
  TLS: 'retry',
  MAIL_OFF: 'retry',
  /** 410: it is not wanted any more. */
  GONE: 'give-up',
  /** The name leads to an address that notices are not sent to. */
  ADDRESS_NOT_ALLOWED: 'give-up',
  /** The mail server will never take a mail for this address. */
  RECIPIENT_REFUSED: 'give-up',
  TARGET_GONE: 'give-up',
  TARGET_DISABLED: 'give-up',
  SECRET_UNREADABLE: 'give-up',
} as const satisfies Record<string, 'done' | 'retry' | 'give-up'>;
export type DeliveryOutcome = keyof typeof DELIVERY_OUTCOMES;

/** One attempt, for people who look for why nothing came. */
export interface DeliveryAttempt {
  at: Date;
  /** Milliseconds it took. */
  took: number;
  outcome: DeliveryOutcome;
  /** Status of the answer, HTTP or SMTP; null: there was none. */
  status: number | null;
  /** Beginning of the answer, or what went wrong on the way to it; for people. */
  answer: string | null;
  /** Seconds that the receiver asked to wait. */
  retryAfter?: number;
}

/** Notices on their way to one target: one for a webhook, one or more for a mail. */
export interface Delivery {
  /** The same at every attempt: a receiver drops doubles by it. */
  id: string;
  channel: DeliveryChannel;
  /** Id of a webhook target, or of a user. */
  target: string;
  /** Whose target it is; null: nobody's alone. */
  tenant: TenantId | null;
  notices: readonly string[];
  kinds: readonly NoticeKind[];
  state: DeliveryState;
  /** When it is tried next; while it is under way, when it counts as lost. */
  dueAt: Date;
  /** Whether nothing more may be added: it has been tried, or is being tried. */
  sealed: boolean;
  /** Since when it is tried; a resend begins anew. */
  since: Date;
  /** All of them, also those that {@link attempts} no longer shows. */
  tries: number;
  /** The last ones. */
  attempts: readonly DeliveryAttempt[];
  createdAt: Date;
  endedAt: Date | null;
  revision: number;
}

const SECOND_MS = 1000;
const HOUR_MS = 60 * 60 * SECOND_MS;
const FIRST_WAIT_MS = 5 * SECOND_MS;
const LONGEST_WAIT_MS = 2 * HOUR_MS;
/** Part of a wait that is left to chance, so that receivers are not asked by all at once when they are back. */
const JITTER = 0.3;
const TRIED_FOR_MS = 24 * HOUR_MS;
const ATTEMPTS_KEPT = 20;

/** A new delivery, due at some time. */
export function newDelivery(
  fields: Pick<Delivery, 'id' | 'channel' | 'target' | 'tenant' | 'notices' | 'kinds' | 'dueAt'>,
  now: Date,
): Delivery {
  return {
    ...fields,
    state: 'waiting',
    sealed: false,
    since: fields.dueAt,
    tries: 0,
    attempts: [],
    createdAt: now,
    endedAt: null,
    revision: 0,
  };
}

/** A delivery in the hands of one server; another one may take it when it counts as lost. */
export function taken(delivery: Delivery, lostAt: Date): Delivery {
  return { ...delivery, dueAt: lostAt, sealed: true, tries: delivery.tries + 1 };
}

/**
 * Whether the server that has taken a delivery may begin to send it: until it counts as lost there is time for all of it.
 * Later it may be another's, and would be sent by both.
 *
 * @param longest milliseconds that sending takes at most
 */
export function mayBegin(delivery: Delivery, longest: number, now: Date): boolean {
  return now.getTime() + longest <= delivery.dueAt.getTime();
}

/**
 * Milliseconds until the next attempt: doubled each time from five seconds to two hours, give or take, and never less
 * than the receiver asked for.
 *
 * @param random from 0 to below 1
 */
export function waitAfter(tries: number, retryAfter: number, random: number): number {
  const plain = Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 30), LONGEST_WAIT_MS);
  const spread = plain * (1 - JITTER + 2 * JITTER * random);
  return Math.max(Math.round(spread), Math.min(retryAfter * SECOND_MS, LONGEST_WAIT_MS));
}

/** What becomes of a delivery by an attempt: done, tried again for up to a day, or failed. */
export function attempted(delivery: Delivery, attempt: DeliveryAttempt, now: Date, random: number): Delivery {
  const noted = { ...delivery, attempts: [...delivery.attempts, attempt].slice(-ATTEMPTS_KEPT) };
  const next = DELIVERY_OUTCOMES[attempt.outcome];
  if (next === 'done') return { ...noted, state: 'delivered', endedAt: now };
  const dueAt = new Date(now.getTime() + waitAfter(delivery.tries, attempt.retryAfter ?? 0, random));
  const isOver = dueAt.getTime() - delivery.since.getTime() > TRIED_FOR_MS;
  if (next === 'give-up' || isOver) return { ...noted, state: 'failed', endedAt: now };
  return { ...noted, dueAt };
}

/** The same again, now and for another day; null while it is under way or waits anyway. */
export function resent(delivery: Delivery, now: Date): Delivery | null {
  if (delivery.state === 'waiting') return null;
  return { ...delivery, state: 'waiting', dueAt: now, since: now, tries: 0, endedAt: null };
}
