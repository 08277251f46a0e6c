import { collectionSchema, DOMAIN_OBJECT } from './schema.js';

export const computerSchema = collectionSchema('computers', {
  tenant: { type: String, required: true },
  name: { type: String, required: true },
  fqdn: { type: String, default: null },
  address: { type: String, default: null },
  identity: { type: String, required: true },
  /** FQDN, else NetBIOS name: what makes a computer one within its tenant. */
  nameKey: { type: String, required: true },
  /** What a search looks through, lower case. */
  search: { type: String, required: true },
  source: DOMAIN_OBJECT,
  dp: DOMAIN_OBJECT,
  state: { type: String, required: true },
  openOrder: DOMAIN_OBJECT,
  lastOrder: { type: String, default: null },
  inventory: DOMAIN_OBJECT,
  client: DOMAIN_OBJECT,
  restartDue: Boolean,
  registerBy: Date,
  alerts: [DOMAIN_OBJECT],
  status: DOMAIN_OBJECT,
  createdAt: Date,
  untold: [DOMAIN_OBJECT],
})
  // an import never makes the same computer twice
  .index({ tenant: 1, identity: 1 }, { unique: true })
  // CSV and AD rows of one machine never double it
  .index({ tenant: 1, nameKey: 1 }, { unique: true })
  // lists by name, of all tenants and of one, a page at a time without sorting; imports: the same NetBIOS name
  .index({ name: 1, _id: 1 })
  .index({ tenant: 1, name: 1, _id: 1 })
  // folders: computers of a tenant by state, in the order of their names
  .index({ tenant: 1, state: 1, name: 1, _id: 1 })
  // computers of a DP, and whether a DP may be deleted
  .index({ 'dp.fixed': 1, state: 1 })
  // what an import run made: undo
  .index({ 'source.run': 1, _id: 1 })
  // what a directory is known to hold: missing computers
  .index({ tenant: 1, 'source.directory': 1 })
  // repair: open orders, oldest first
  .index({ 'openOrder.at': 1 })
  // repair: entries that the timeline may lack
  .index({ 'untold.at': 1 })
  // sweep: registrations that are overdue
  .index({ registerBy: 1 })
  // sweep: restarts that are overdue
  .index({ state: 1, _id: 1 })
  // sweep: computers that wait for a DP that is overdue
  .index({ 'openOrder.dp': 1 })
  // computers with an alert
  .index({ 'alerts.code': 1 });
