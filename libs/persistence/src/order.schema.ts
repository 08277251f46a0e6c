import { collectionSchema, DOMAIN_OBJECT } from './schema.js';

export const orderSchema = collectionSchema('orders', {
  tenant: { type: String, required: true },
  computer: { type: String, required: true },
  dp: { type: String, required: true },
  route: [String],
  passOnAt: Date,
  kind: String,
  release: String,
  state: { type: String, required: true },
  /** The earliest time at which something has to be done with an open order; null: it has ended. */
  wakeAt: Date,
  round: Number,
  claimedRound: Number,
  acceptedRound: Number,
  attempt: Number,
  attemptsAllowed: Number,
  notBefore: Date,
  expiresAt: Date,
  lease: DOMAIN_OBJECT,
  fence: Number,
  publish: DOMAIN_OBJECT,
  verify: Boolean,
  trial: String,
  heldBack: DOMAIN_OBJECT,
  cancel: DOMAIN_OBJECT,
  deadline: Date,
  failure: DOMAIN_OBJECT,
  sameFailure: Number,
  result: String,
  lastReport: DOMAIN_OBJECT,
  requestedBy: String,
  note: String,
  retryOf: String,
  createdAt: Date,
  endedAt: Date,
  untold: [DOMAIN_OBJECT],
})
  // the sweep and the dispatcher: what has to be done now
  .index({ wakeAt: 1 })
  // R5: a DP's orders, and how many it holds
  .index({ dp: 1, state: 1, createdAt: -1 })
  // lists of a tenant, newest first
  .index({ tenant: 1, createdAt: -1 })
  // orders per hour
  .index({ createdAt: -1 })
  .index({ endedAt: -1 })
  // orders of a computer
  .index({ computer: 1, createdAt: -1 })
  // a repeated poll whose answer was lost
  .index({ 'lease.poll': 1 })
  // may a DP fetch this release; repair: open orders by id
  .index({ state: 1, _id: 1 });
