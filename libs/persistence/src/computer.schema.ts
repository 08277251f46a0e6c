import {
  COMPUTER_STATES,
  EVENT_SOURCES,
  FAILURE_CODES,
  IMPORT_SOURCES,
  ORDER_KINDS,
  type Alert,
  type ClientFacts,
  type Computer,
  type LocationData,
  type OpenOrder,
} from '#domain';
import { inventory, outcome, storedText, untold } from './schema-parts.js';
import {
  collectionSchema,
  date,
  flag,
  list,
  nullable,
  number,
  oneOf,
  oneOfShapes,
  optional,
  part,
  text,
} from './schema.js';

const openOrder = part<OpenOrder>({
  id: text,
  kind: oneOf(ORDER_KINDS),
  dp: text,
  route: optional(list(text)),
  release: nullable(text),
  notBefore: date,
  by: text,
  note: nullable(text),
  retryOf: nullable(text),
  rollout: optional(text),
  correlation: optional(text),
  trace: optional(text),
  at: date,
});

const location = part<LocationData>({
  addresses: list(text),
  gateway: nullable(part({ ip: text, mac: text })),
  dnsSuffix: nullable(text),
  adSite: nullable(text),
  publicAddress: nullable(text),
});

const client = part<ClientFacts>({
  version: text,
  installedAt: nullable(date),
  registeredAt: date,
  registration: number,
  order: text,
  bootId: text,
  bootIdAtRegistration: text,
  lastContact: date,
  location: nullable(location),
});

/** What queries need of a computer beside its own fields. */
export interface ComputerKeyFields {
  /** FQDN, else host name: what makes a computer one within its tenant. */
  nameKey: string;
  /** What a search for a name looks through, lower case. */
  search: string;
  /** What a search for anything looks through, lower case. Computers that a program of the version before has made have none, until they are given them (migration 0004). */
  words?: string;
}

/** Servers of the version before know NetBIOS names only, and may write computers beside this one. */
type StoredComputer = Omit<Computer, 'hostName'> & { hostName?: string };

export const computerSchema = collectionSchema<StoredComputer, ComputerKeyFields>(
  'computers',
  {
    tenant: text,
    name: text,
    hostName: optional(text),
    fqdn: nullable(text),
    address: nullable(text),
    identity: text,
    source: part<Computer['source']>({
      kind: oneOf(IMPORT_SOURCES),
      run: text,
      row: number,
      directory: nullable(text),
    }),
    dp: part<Computer['dp']>({
      fixed: nullable(text),
      assigned: nullable(text),
      since: nullable(date),
      liftedAt: nullable(date),
      next: optional(part<NonNullable<Computer['dp']['next']>>({ dp: nullable(text), since: date })),
    }),
    state: oneOf(COMPUTER_STATES),
    openOrder: nullable(openOrder),
    lastOrder: nullable(text),
    inventory,
    client: nullable(client),
    restartDue: flag,
    registerBy: nullable(date),
    lastProbe: optional(
      part<NonNullable<Computer['lastProbe']>>({ order: text, dp: text, at: date, result: outcome }),
    ),
    failure: optional(oneOf(FAILURE_CODES)),
    alerts: list(oneOfShapes<Alert>({ code: text, at: date, ...storedText })),
    status: part<Computer['status']>({ at: date, source: oneOf(EVENT_SOURCES) }),
    createdAt: date,
    untold,
  },
  { nameKey: text, search: text, words: optional(text) },
)
  // an import never makes the same computer twice
  .index({ tenant: 1, identity: 1 }, { unique: true })
  // CSV and AD rows of one machine never double it
  .index({ tenant: 1, nameKey: 1 }, { unique: true })
  // lists by name, of all tenants and of one, a page at a time without sorting, and searches, without reading what does not
  // match; imports: the same NetBIOS name
  .index({ name: 1, _id: 1, search: 1 })
  .index({ tenant: 1, name: 1, _id: 1, search: 1 })
  .index({ name: 1, _id: 1, words: 1 })
  .index({ tenant: 1, name: 1, _id: 1, words: 1 })
  // folders: computers of a tenant by state, in the order of their names
  .index({ tenant: 1, state: 1, name: 1, _id: 1 })
  // lists by when they were made, and by their last change
  .index({ createdAt: -1, _id: -1 })
  .index({ 'status.at': -1, _id: -1 })
  // lists by what is known of a computer and of its client
  .index({ address: 1, _id: 1 })
  .index({ 'inventory.os': 1, _id: 1 })
  .index({ 'client.version': 1, _id: 1 })
  .index({ 'client.lastContact': 1, _id: 1 })
  // computers of a DP, by name: fixed to it (may it be deleted?), assigned to it, waiting for it (sweep)
  .index({ 'dp.fixed': 1, name: 1, _id: 1 })
  .index({ 'dp.assigned': 1, name: 1, _id: 1 })
  .index({ 'openOrder.dp': 1, name: 1, _id: 1 })
  // what an import run made: undo
  .index({ 'source.run': 1, _id: 1 })
  // what a directory is known to hold: missing computers
  .index({ tenant: 1, 'source.directory': 1, _id: 1 })
  // lists of what a directory holds, by name; searches for an OU
  .index({ 'source.directory': 1, name: 1, _id: 1 })
  .index({ 'inventory.ou': 1, _id: 1 })
  // repair: open orders, oldest first
  .index({ 'openOrder.at': 1 })
  // repair: entries that the timeline may lack
  .index({ 'untold.at': 1 })
  // sweep: registrations that are overdue
  .index({ registerBy: 1 })
  // sweep: restarts that are overdue; lists by state
  .index({ state: 1, _id: 1 })
  // computers whose installation failed, by what it failed with
  .index({ failure: 1, _id: 1 })
  // computers with an alert
  .index({ 'alerts.code': 1 });
