import {
  FAILURE_CODES,
  HOLD_CODES,
  ORDER_KINDS,
  ORDER_STATES,
  PLATFORMS,
  PHASES,
  type FailureRecord,
  type Hold,
  type InstallOrder,
  type Lease,
  type NativeSign,
  type Publish,
} from '#domain';
import { orderTimeline, untold } from './schema-parts.js';
import {
  collectionSchema,
  date,
  flag,
  list,
  nullable,
  number,
  oneOf,
  optional,
  part,
  text,
} from './schema.js';

const failure = part<FailureRecord>({
  code: oneOf(FAILURE_CODES),
  phase: oneOf(PHASES),
  native: nullable(part<NativeSign>({ system: text, code: text, text })),
  attempt: number,
  at: date,
  dp: text,
});

const lastReport = part<NonNullable<InstallOrder['lastReport']>>({
  fence: number,
  seq: number,
  at: date,
  phase: nullable(oneOf(PHASES)),
  percent: nullable(number),
  isLast: optional(flag),
});

const publish = part<Publish>({
  ticket: number,
  due: nullable(date),
  reservedUntil: optional(nullable(date)),
  sentAt: nullable(date),
});

/** What the sweep looks for. */
export interface OrderTimes {
  /** The earliest time at which something has to be done with an open order; null: it has ended. */
  wakeAt: Date | null;
  /** From when on any server may put its ticket on the queue; null: none is to be put there. */
  dispatchAt: Date | null;
}

export const orderSchema = collectionSchema<InstallOrder, OrderTimes>(
  'orders',
  {
    tenant: text,
    computer: text,
    dp: text,
    route: list(text),
    passOnAt: nullable(date),
    kind: oneOf(ORDER_KINDS),
    platform: optional(nullable(oneOf(PLATFORMS))),
    release: nullable(text),
    state: oneOf(ORDER_STATES),
    round: number,
    claimedRound: number,
    acceptedRound: number,
    attempt: number,
    attemptsAllowed: number,
    notBefore: date,
    expiresAt: date,
    lease: nullable(part<Lease>({ fence: number, until: date, poll: text, machine: optional(text) })),
    fence: number,
    publish,
    verify: flag,
    recalled: optional(flag),
    trial: optional(nullable(text)),
    logins: optional(list(text)),
    heldBack: nullable(part<Hold>({ code: oneOf(HOLD_CODES), until: nullable(date), brake: optional(text) })),
    cancel: nullable(part<NonNullable<InstallOrder['cancel']>>({ by: text, at: date, deadline: date })),
    deadline: nullable(date),
    failure: nullable(failure),
    sameFailure: number,
    result: nullable(text),
    lastReport: nullable(lastReport),
    requestedBy: text,
    note: nullable(text),
    retryOf: nullable(text),
    rollout: optional(text),
    correlation: optional(text),
    trace: optional(text),
    createdAt: date,
    endedAt: nullable(date),
    timeline: orderTimeline,
    untold,
  },
  { wakeAt: nullable(date), dispatchAt: nullable(date) },
)
  // the sweep: deadlines that have passed
  .index({ wakeAt: 1 })
  // the sweep: tickets that are due
  .index({ dispatchAt: 1 })
  // R5: how many orders a DP holds; what is held back there, oldest first
  .index({ dp: 1, state: 1, createdAt: -1 })
  // lists, newest first: of a DP, a tenant, a computer, a kind, a failure, and of all; orders per hour
  .index({ dp: 1, createdAt: -1, _id: -1 })
  .index({ tenant: 1, createdAt: -1, _id: -1 })
  .index({ computer: 1, createdAt: -1, _id: -1 })
  .index({ kind: 1, createdAt: -1, _id: -1 })
  .index({ 'failure.code': 1, createdAt: -1, _id: -1 })
  .index({ createdAt: -1, _id: -1 })
  // lists by when they ended; orders ended per hour
  .index({ endedAt: -1, _id: -1 })
  // a repeated poll whose answer was lost
  .index({ 'lease.poll': 1 })
  // may a DP fetch this release; repair: open orders by id; lists by state
  .index({ state: 1, _id: 1 })
  // a tenant's orders that wait for an account or a login, by id
  .index({ tenant: 1, 'heldBack.code': 1, _id: 1 })
  // repair: tickets that were put on their queue a while ago
  .index({ state: 1, 'publish.sentAt': 1 });
