import type { Platform } from '../base/platform.js';
import type { FailureCode, FailureRecord, NativeSign, Phase } from '../failures/failure.js';
import type {
  AccountId,
  BrakeId,
  ComputerId,
  DpId,
  OrderId,
  ReleaseVersion,
  RolloutId,
  TenantId,
} from '../base/ids.js';
import type { Moves } from '../base/state-machine.js';
import type { OrderEntry, TimelineEvent } from '../base/timeline.js';

/** Kinds of work. Only `install-client` and `reinstall` move the computer's state. */
export const ORDER_KINDS = ['install-client', 'probe', 'restart', 'reinstall', 'uninstall-client'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/** Whether orders of a kind install the client, and so move the computer's state. */
export function installs(kind: OrderKind): boolean {
  return kind === 'install-client' || kind === 'reinstall';
}

/**
 * Kinds that are asked for now and worth nothing later: nobody expects a computer to restart because it can be reached
 * again after two days. Any failure ends them.
 */
export function isImmediate(kind: OrderKind): boolean {
  return kind === 'probe' || kind === 'restart';
}

const PASS_ON_AFTER = 60;

/** Seconds after which an order of such a kind expires at the latest. */
const FOR_NOW_EXPIRY = 3600;

export const ORDER_STATES = [
  'planned',
  'queued',
  'leased',
  'running',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
  'outcome-unknown',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/**
 * Where an order may go from each state.
 *
 * - `planned`: exists; its ticket is not on the queue yet, or it is held back.
 * - `queued`: its ticket is on the DP's queue, or is about to be put there.
 * - `leased`: handed to the DP, which has not said yet that it stored it.
 * - `running`: the DP accepted it.
 * - `cancelling`: a cancel was asked for while it was leased or ran; has a deadline.
 *
 * `planned → leased`: a ticket can be claimed before the dispatcher has noted that it was put on the queue.
 * `queued → running, succeeded, failed` and `planned → succeeded, failed`: a lapsed lease's last holder may still report
 * while nobody else has a newer one.
 * Every open state may end as `succeeded`: the client's registration proves the installation (R9).
 */
export const ORDER_TRANSITIONS = {
  planned: ['queued', 'leased', 'succeeded', 'failed', 'cancelled', 'expired'],
  queued: ['leased', 'planned', 'running', 'succeeded', 'failed', 'cancelled', 'expired'],
  leased: ['running', 'queued', 'planned', 'cancelling', 'succeeded', 'failed'],
  running: ['succeeded', 'failed', 'planned', 'queued', 'cancelling'],
  cancelling: ['cancelled', 'succeeded', 'failed', 'outcome-unknown'],
  succeeded: [],
  failed: [],
  cancelled: [],
  expired: [],
  'outcome-unknown': [],
} as const satisfies Moves<OrderState>;

export const OPEN_ORDER_STATES = ['planned', 'queued', 'leased', 'running', 'cancelling'] as const;
export const FINAL_ORDER_STATES = ['succeeded', 'failed', 'cancelled', 'expired', 'outcome-unknown'] as const;
export type FinalOrderState = (typeof FINAL_ORDER_STATES)[number];

export function isFinal(state: OrderState): state is FinalOrderState {
  return ORDER_TRANSITIONS[state].length === 0;
}

/** Why an order that could go out does not. */
export const HOLD_CODES = [
  'NOT_BEFORE',
  'DP_DISABLED',
  'DP_CONCURRENCY',
  'ACCOUNT_NOT_SEALED',
  'DP_PLATFORM',
  'ACCOUNT_UNPROVEN',
  'WINDOW_CLOSED',
  'BRAKE',
  'ROLLOUT_PAUSED',
  'RETRY',
  'UNREACHABLE',
] as const;
export type HoldCode = (typeof HOLD_CODES)[number];

export interface Hold {
  code: HoldCode;
  /** When it is looked at again; null: when a person or an event lifts it. */
  until: Date | null;
  /** Which brake, with code `BRAKE`. */
  brake?: BrakeId;
}

/** The temporary hand-over of an order to a DP. */
export interface Lease {
  /** Grows by one with every claim; a report with an older one changes nothing. */
  fence: number;
  until: Date;
  /** The poll that got it; repeating that poll gets the same order again. */
  poll: string;
  /** Which machine of a pair has it, by the id of its sealing key; absent: the DP's only one. */
  machine?: string;
}

/** What still has to be put on the order queue; the dispatcher publishes and marks it. */
export interface Publish {
  /** Number of the newest ticket; part of its message id. No other one is worth an order. */
  ticket: number;
  /** When that ticket is to be put on the queue; null: it is there, or nothing is to be sent. */
  due: Date | null;
  /**
   * Whoever wrote this puts the ticket there; nobody else does before this time. Absent or null: nobody has taken it on.
   */
  reservedUntil?: Date | null;
  /** When it was put there last. */
  sentAt: Date | null;
}

/** An account that was tried in an attempt, and what came of it. */
export interface AccountTry {
  account: string;
  result: FailureCode | 'OK';
}

/** The last report that counted. */
export interface HeardReport {
  fence: number;
  seq: number;
  at: Date;
  phase: Phase | null;
  percent: number | null;
  /** Whether its DP has ended the order, or this try, by it. */
  isLast?: boolean;
}

export interface InstallOrder {
  id: OrderId;
  tenant: TenantId;
  computer: ComputerId;
  /** The DP that has it now, one of {@link route}. */
  dp: DpId;
  /**
   * DPs that try it in turn (R11): one that cannot reach the computer passes it on to the next. Orders that install a
   * computer for the first time have one entry.
   */
  route: readonly DpId[];
  /** When the next DP on the route gets it if the present one has not fetched it; null: there is no next one. */
  passOnAt: Date | null;
  kind: OrderKind;
  /** What its computer ran when it was asked for; absent or null: nobody knew. */
  platform?: Platform | null;
  release: ReleaseVersion | null;
  state: OrderState;
  /** Number of the hand-over as the wire knows it (`attempt` there): grows with every try, also one that cost nothing. */
  round: number;
  /** The last round that was handed to a DP; reports on any other one are not true. */
  claimedRound: number;
  /** The last round that a DP accepted; 0: none yet, so nothing can have begun. */
  acceptedRound: number;
  /** Tries of the real work. Waiting, lapsed leases, hold-backs and unreachable computers cost none. */
  attempt: number;
  attemptsAllowed: number;
  notBefore: Date;
  expiresAt: Date;
  lease: Lease | null;
  /** Highest fence ever granted. */
  fence: number;
  publish: Publish;
  /** Whoever gets it next looks at the computer first: an earlier try may have ended there unseen. */
  verify: boolean;
  /**
   * It comes from a backup, and no DP has spoken of it since: its DP may know of later rounds, and hear nothing before it is
   * asked under one of those. Absent: no.
   */
  recalled?: boolean;
  /** The one account it was handed out with; null: there were several. What became of its login is known without being named. */
  trial?: AccountId | null;
  /** Accounts on which its login is noted until it is heard of. */
  logins?: readonly AccountId[];
  heldBack: Hold | null;
  cancel: { by: string; at: Date; deadline: Date } | null;
  /** When the DP must have finished, set when it accepts. */
  deadline: Date | null;
  failure: FailureRecord | null;
  /** How often in a row it ended with `failure.code`. */
  sameFailure: number;
  /** `OK` or a code of class `done`. */
  result: string | null;
  lastReport: HeardReport | null;
  requestedBy: string;
  note: string | null;
  retryOf: OrderId | null;
  /** The rollout that it belongs to; absent: a person asked for it alone. */
  rollout?: RolloutId;
  /**
   * Id of the request that asked for it, in the logs of every program on its way; of a rollout's or a directory's orders
   * that of the rollout or directory. Absent: an earlier version made it.
   */
  correlation?: string;
  /** W3C trace context (`traceparent`) of what asked for it. Absent: it was not traced. */
  trace?: string;
  createdAt: Date;
  endedAt: Date | null;
  /**
   * What has happened to it, the oldest first: its part of its computer's timeline. Each entry is written with the change
   * that it tells of. Absent: earlier versions kept all of it beside the order.
   */
  timeline?: readonly OrderEntry[];
  /** Entries of earlier versions that are stored nowhere else, perhaps; the next change takes them over. */
  untold?: readonly TimelineEvent[];
  revision: number;
}

/** A new order, to be dispatched at `notBefore`. */
export function planOrder(input: {
  id: OrderId;
  tenant: TenantId;
  computer: ComputerId;
  dp: DpId;
  /** Absent: only `dp`. */
  route?: readonly DpId[];
  /** Seconds the first DP of a longer route has to fetch it. */
  passOnAfter?: number;
  kind: OrderKind;
  platform?: Platform | null;
  release: ReleaseVersion | null;
  requestedBy: string;
  note: string | null;
  retryOf: OrderId | null;
  rollout?: RolloutId;
  correlation?: string;
  trace?: string;
  notBefore: Date;
  attemptsAllowed: number;
  /** Seconds. */
  expiry: number;
  /** What it tells from the beginning. */
  timeline?: readonly OrderEntry[];
  now: Date;
}): InstallOrder {
  const { now, expiry, route = [input.dp], passOnAfter = PASS_ON_AFTER, ...given } = input;
  const life = isImmediate(given.kind) ? Math.min(expiry, FOR_NOW_EXPIRY) : expiry;
  const later = given.notBefore > now;
  const start = Math.max(now.getTime(), given.notBefore.getTime());
  return {
    ...given,
    route,
    passOnAt: route.length > 1 ? new Date(start + passOnAfter * 1000) : null,
    state: 'planned',
    round: 1,
    claimedRound: 0,
    acceptedRound: 0,
    attempt: 0,
    expiresAt: new Date(start + life * 1000),
    lease: null,
    fence: 0,
    publish: firstTicket(given.notBefore, now),
    verify: false,
    heldBack: later ? { code: 'NOT_BEFORE', until: given.notBefore } : null,
    cancel: null,
    deadline: null,
    failure: null,
    sameFailure: 0,
    result: null,
    lastReport: null,
    createdAt: now,
    endedAt: null,
    revision: 0,
  };
}

/** How long whoever makes a ticket due keeps the others from putting it on its queue as well. */
const RESERVED_MS = 15_000;

/** A ticket that is due now belongs to whoever made it due; a later one to whoever is first when its time has come. */
export function reservedFrom(now: Date, due: Date | null): Date | null {
  return due && due <= now ? new Date(now.getTime() + RESERVED_MS) : null;
}

function firstTicket(due: Date, now: Date): Publish {
  return { ticket: 1, due, sentAt: null, reservedUntil: reservedFrom(now, due) };
}

/** Whether any DP ever said that it stored the order: from then on something may have happened on the computer. */
export function hasBegun(order: Pick<InstallOrder, 'acceptedRound'>): boolean {
  return order.acceptedRound > 0;
}

/** What a DP says happened; the wire's report, parsed. */
export interface ReportFacts {
  fence: number;
  /** The wire's `attempt`. */
  round: number;
  seq: number;
  at: Date;
  state: 'accepted' | 'progress' | 'succeeded' | 'failed' | 'cancelled';
  phase: Phase | null;
  percent: number | null;
  result: string | null;
  failure: { code: FailureCode; native: NativeSign | null } | null;
}

/** Everything that can happen to an order. Times are parameters, so that the rules stay pure. */
export type OrderEvent =
  | { type: 'ticket-reserved'; ticket: number }
  | { type: 'published'; ticket: number }
  | { type: 'publish-failed'; ticket: number; until: Date }
  | {
      type: 'claimed';
      dp: DpId;
      poll: string;
      /** Of a pair. */
      machine?: string;
      leaseUntil: Date;
      ticket: number;
      trial?: AccountId | null;
      logins?: readonly AccountId[];
    }
  | { type: 'held'; dp: DpId; ticket: number; hold: Hold }
  | { type: 'hold-lifted' }
  | { type: 'lease-renewed'; fence: number; until: Date }
  | { type: 'lease-lapsed' }
  | { type: 'lease-returned'; dp: DpId; fence: number }
  | { type: 'ticket-lost' }
  | { type: 'reported'; report: ReportFacts; leaseUntil: Date; installTimeout: number; chance: number }
  | { type: 'cancel-asked'; by: string; deadline: Date }
  | { type: 'cancel-overdue' }
  | { type: 'install-overdue'; chance: number }
  | { type: 'expired' }
  | { type: 'registered' }
  | { type: 'due-now' }
  | { type: 'not-fetched' };

export type OrderEventType = OrderEvent['type'];
export const ORDER_EVENT_TYPES = [
  'ticket-reserved',
  'published',
  'publish-failed',
  'claimed',
  'held',
  'hold-lifted',
  'lease-renewed',
  'lease-lapsed',
  'lease-returned',
  'ticket-lost',
  'reported',
  'cancel-asked',
  'cancel-overdue',
  'install-overdue',
  'expired',
  'registered',
  'due-now',
  'not-fetched',
] as const satisfies readonly OrderEventType[];

/** Why an event changed nothing; ordinary traffic, never an error. */
export const UNCHANGED_REASONS = [
  'final',
  'not-now',
  'stale-fence',
  'stale-attempt',
  'duplicate',
  'other-ticket',
  'not-due',
] as const;
export type UnchangedReason = (typeof UNCHANGED_REASONS)[number];

export type OrderOutcome = { changed: true; order: InstallOrder } | { changed: false; why: UnchangedReason };
