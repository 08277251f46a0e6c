import {
  DEFAULT_SETTINGS,
  NO_COUNTS,
  ORDER_STATES,
  type Account,
  type AccountUse,
  type ApiToken,
  type AuditEntry,
  type Brake,
  type Computer,
  type Directory,
  type DistributionPoint,
  type ImportMessage,
  type ImportRow,
  type ImportRun,
  type InstallOrder,
  type Inventory,
  type LocationRule,
  type OrderEntry,
  type OrderState,
  type Session,
  type Tenant,
  type TimelineEvent,
  type User,
} from '#domain';
import { COMPUTERS, ENDED_ORDERS } from '../../domain/testing/sample-computers.js';
import {
  cancelAsked,
  failedWith,
  holding,
  apply,
  leasedOrder,
  newOrder,
  queuedOrder,
  runningOrder,
} from '../../domain/testing/sample-orders.js';
import type { IdempotencyRecord } from '../src/idempotency.repository.js';
import type { StoredRelease } from '../src/client-release.repository.js';
import type { ServerKeyRecord } from '../src/installation.repository.js';
import type { SCHEMAS } from '../src/persistence.module.js';
import type { StoredSettings } from '../src/settings.repository.js';

const at = new Date('2026-03-02T08:00:00Z');

/** Ids are texts with a mark of their kind; for a sample any text does. */
type Plain<Value> = Value extends string
  ? {} extends Record<Value, unknown>
    ? string
    : Value
  : Value extends Date | Function
    ? Value
    : Value extends readonly (infer Item)[]
      ? readonly Plain<Item>[]
      : Value extends object
        ? { [Key in keyof Value]: Plain<Value[Key]> }
        : Value;

/** With each field that a type has, also those that may be missing. */
type Whole<Type> = Plain<Required<Type>>;

const entry: Whole<OrderEntry> = {
  id: 'order:o-1:3:0',
  dp: 'site-a',
  at,
  seq: 4,
  source: 'dp',
  kind: 'order-progress',
  from: 'leased',
  to: 'running',
  data: { percent: 10, nested: { list: [1, null, 'text'] } },
};

const event: Whole<TimelineEvent> = {
  ...entry,
  tenant: 'acme',
  computer: 'c-1',
  order: 'o-1',
  importRun: 'r-1',
};

const inventory: Whole<Inventory> = {
  os: 'Debian',
  version: '13',
  description: '',
  location: null,
  ou: 'OU=PCs,DC=example,DC=test',
  enabled: true,
  lastLogon: at,
};

const message: Whole<ImportMessage> = { code: 'NAME_TAKEN', severity: 'error', text: 'Line 3: taken' };
const use: Whole<AccountUse> = { order: 'o-1', round: 2, at, result: 'OK' };

const computer: Whole<Computer> = {
  ...(COMPUTERS.ready() as Plain<Computer>),
  dp: { fixed: null, assigned: 'site-a', since: at, liftedAt: at, next: { dp: null, since: at } },
  openOrder: {
    id: 'o-2',
    kind: 'restart',
    dp: 'server',
    route: ['server', 'site-a'],
    release: null,
    notBefore: at,
    by: 'admin',
    note: '',
    retryOf: 'o-1',
    at,
  },
  inventory,
  client: {
    version: '1.0.0',
    installedAt: at,
    registeredAt: at,
    registration: 1,
    order: 'o-1',
    bootId: 'b',
    bootIdAtRegistration: 'a',
    lastContact: at,
    location: {
      addresses: ['192.0.2.7'],
      gateway: { ip: '192.0.2.1', mac: '00:00:5e:00:53:01' },
      dnsSuffix: 'example.test',
      adSite: null,
      publicAddress: '198.51.100.7',
    },
  },
  lastProbe: { order: 'o-0', dp: 'site-a', at, result: 'HOST_UNREACHABLE' },
  alerts: [{ code: 'DP_OVERDUE', at, text: 'late' }],
  untold: [event],
};

const order: Whole<InstallOrder> = {
  ...(failedWith(runningOrder(), 'NOT_ADMIN') as Plain<InstallOrder>),
  lease: { fence: 1, until: at, poll: 'p-1' },
  publish: { ticket: 2, due: at, reservedUntil: at, sentAt: null },
  platform: 'windows',
  trial: 'a-1',
  logins: ['a-1', 'a-2'],
  heldBack: { code: 'BRAKE', until: null, brake: 'b-1' },
  cancel: { by: 'admin', at, deadline: at },
  lastReport: { fence: 1, seq: 3, at, phase: 'install', percent: 50, isLast: true },
  timeline: [entry],
  untold: [event],
};

/** What the collections hold, by their models. */
interface Aggregates extends Record<keyof typeof SCHEMAS, { id: string }> {
  Account: Account;
  ApiToken: ApiToken;
  AuditEntry: AuditEntry;
  Brake: Brake;
  ClientRelease: StoredRelease;
  Computer: Computer;
  Directory: Directory;
  DistributionPoint: DistributionPoint;
  IdempotencyRecord: IdempotencyRecord;
  ImportRow: ImportRow;
  ImportRun: ImportRun;
  Installation: ServerKeyRecord & { id: string };
  LocationRule: LocationRule;
  Order: InstallOrder;
  Session: Session;
  Settings: Pick<StoredSettings, 'values' | 'revision'> & { id: string };
  Tenant: Tenant;
  TimelineEvent: TimelineEvent;
  User: User;
}

/** One of each aggregate, with every field that its type has. */
export const WHOLE: { [Name in keyof Aggregates]: Whole<Aggregates[Name]> } = {
  Account: {
    id: 'a-1',
    tenant: 'acme',
    label: 'Site admins',
    username: 'root',
    domain: null,
    kind: 'private-key',
    order: 1,
    scope: { dps: ['site-a'] },
    sealed: [{ recipient: 'site-a', keyId: 'k', blob: 'AAAA' }],
    lastUse: use,
    failures: [{ ...use, result: 'AUTH_FAILED' }],
    logins: [{ order: 'o-1', dp: 'site-a', at }],
    createdAt: at,
    revision: 3,
  },
  ApiToken: {
    id: 't-1',
    hash: 'aa',
    label: 'ci',
    role: 'operator',
    tenants: ['acme'],
    expiresAt: at,
    createdBy: 'admin',
    createdAt: at,
    lastUsedAt: null,
  },
  AuditEntry: {
    id: 'e-1',
    at,
    who: { id: 'user:u-1', name: 'admin' },
    address: '192.0.2.7',
    action: 'dp.enabled',
    target: 'dp:site-a',
    tenant: null,
    data: { before: { state: 'pending' }, ids: ['x'] },
  },
  Brake: {
    id: 'b-1',
    tenant: null,
    scope: { account: null, release: '1.0.0', dp: null },
    cause: 'DIGEST_MISMATCH',
    reason: 'DIGEST_MISMATCH at order o-1',
    evidence: [{ tenant: 'acme', order: 'o-1', dp: 'site-a', code: 'DIGEST_MISMATCH', at }],
    openedBy: 'server',
    openedAt: at,
    lifted: { by: 'admin', at, reason: 'mended' },
    revision: 1,
  },
  ClientRelease: {
    id: '1.0.0',
    version: '1.0.0',
    state: 'published',
    default: true,
    defaultSince: at,
    platforms: {
      'linux-x64': { install: './install.sh', args: ['-q'], successCodes: [0], restartCodes: [10] },
    },
    files: [{ platform: 'linux-x64', name: 'client.tar.gz', size: 9, sha256: 'ab', blob: 'f-1' }],
    createdAt: at,
    revision: 2,
  },
  Computer: computer,
  Directory: {
    id: 'd-1',
    tenant: 'acme',
    name: 'Example',
    url: 'ldap://dc.example.test',
    startTls: true,
    allowPlain: false,
    caPem: null,
    bindDn: 'CN=reader',
    sealedPassword: { keyId: 'k', blob: 'AAAA' },
    bases: ['DC=example,DC=test'],
    filter: '(cn=*)',
    createdAt: at,
    revision: 0,
  },
  DistributionPoint: {
    id: 'site-a',
    tenant: 'acme',
    name: 'Site A',
    state: 'enabled',
    keys: { signing: 's', sealing: 'x', sealingKeyId: 'k', fingerprint: 'SHA256:a', since: at },
    joinToken: { hash: 'aa', expiresAt: at, spentBy: 'SHA256:a' },
    serverKey: 'SHA256:b',
    agent: { version: '1.0.0', os: 'linux', hostname: 'dp', localAccounts: 0 },
    lastSeen: { at, address: '192.0.2.9', running: 0 },
    clock: { at, off: -12.5 },
    createdAt: at,
    revision: 4,
  },
  IdempotencyRecord: {
    id: 'user:u-1:key',
    fingerprint: 'f',
    seed: 's',
    leaseUntil: at,
    answer: {
      status: 409,
      location: null,
      body: { id: 'x', at: [1] },
      error: {
        code: 'WRONG_STATE',
        key: 'notFound.dp',
        params: {},
        faults: [{ path: 'name', code: 'taken', key: 'fault.passwordWrong' }],
      },
    },
    createdAt: at,
    expiresAt: at,
    revision: 1,
  },
  ImportRow: {
    id: 'r-1:3',
    run: 'r-1',
    tenant: 'acme',
    line: 3,
    verdict: 'changed',
    name: 'PC-017',
    fqdn: 'pc-017.example.test',
    address: null,
    identity: 'name:pc-017.example.test',
    dp: 'site-a',
    inventory,
    messages: [message],
    warned: true,
    computer: 'c-1',
    newComputer: null,
    changes: ['address'],
    outcome: 'rejected',
    raw: ['PC-017', ''],
  },
  ImportRun: {
    id: 'r-1',
    tenant: 'acme',
    source: 'csv',
    dp: 'site-a',
    state: 'committed',
    file: { blob: 'f-1', name: 'pcs.csv', size: 20 },
    directory: 'd-1',
    options: {
      encoding: 'utf-8',
      delimiter: ';',
      header: true,
      columns: { name: 0, fqdn: 'FQDN' },
      dpFromColumn: false,
      bases: ['DC=example,DC=test'],
      filter: '(cn=*)',
      includeGroups: ['CN=a'],
      excludeGroups: [],
      nested: false,
      osPattern: 'Windows 1*',
      staleDays: 90,
      includeDisabled: true,
      confirmDrop: true,
    },
    detected: { encoding: 'utf-16le', delimiter: '\t', header: true, columns: { name: 0, dp: 4 } },
    columns: [{ index: 0, header: 'Name', samples: ['PC-017', ''] }],
    fault: { code: 'INTERNAL', text: 'stopped', line: 7 },
    messages: [message],
    counts: { ...NO_COUNTS, rows: 1, new: 1 },
    progress: { phase: 'undoing', done: 1, total: 2, percent: 50, at },
    missing: [{ computer: 'c-2', name: 'PC-018' }],
    knownBefore: 1,
    summary: { created: 1, changed: 0, known: 0, rejected: 0, at },
    undo: {
      requestedAt: at,
      requestedBy: 'admin',
      at: null,
      deleted: 0,
      gone: 0,
      kept: 1,
      reasons: { released: 1, registered: 0 },
      examples: [{ computer: 'c-1', name: 'PC-017', reason: 'released' }],
    },
    requestedBy: 'admin',
    at,
    endedAt: at,
    worker: { importer: 'importer-1', turn: 2 },
    storedLine: 1,
    revision: 9,
  },
  Installation: {
    id: 'server-keys',
    signing: 'SHA256:a',
    token: 'SHA256:b',
    first: 'SHA256:a',
    since: at,
    revision: 0,
  },
  LocationRule: {
    id: 'l-1',
    tenant: 'acme',
    dp: 'site-a',
    name: null,
    priority: -5,
    when: { any: [{ addressIn: '192.0.2.0/24' }, { not: { all: [{ adSite: 'Munich' }] } }] },
    createdAt: at,
    revision: 0,
  },
  Order: order,
  Session: { id: 's-1', user: 'u-1', createdAt: at, lastUsedAt: at, expiresAt: at },
  Settings: {
    id: 'tenant:acme',
    values: {
      ...DEFAULT_SETTINGS,
      windows: [{ days: ['mon', 'sun'], from: '22:00', to: '04:00', timeZone: 'Europe/Berlin' }],
    },
    revision: 1,
  },
  Tenant: { id: 'acme', name: 'Acme', createdAt: at, revision: 0 },
  TimelineEvent: event,
  User: {
    id: 'u-1',
    name: 'Admin',
    passwordHash: 'scrypt$',
    role: 'owner',
    tenants: 'all',
    disabledAt: null,
    passwordAt: at,
    createdAt: at,
    revision: 0,
  },
};

/** Orders as the domain brings them into each state. */
const ORDERS: Record<OrderState, () => InstallOrder> = {
  planned: () => apply(queuedOrder(), holding(queuedOrder(), { code: 'DP_DISABLED', until: null })),
  queued: queuedOrder,
  leased: leasedOrder,
  running: runningOrder,
  cancelling: () => cancelAsked(runningOrder()),
  succeeded: ENDED_ORDERS.succeeded,
  failed: ENDED_ORDERS.failed,
  cancelled: ENDED_ORDERS['cancelled before it began'],
  expired: ENDED_ORDERS.expired,
  'outcome-unknown': ENDED_ORDERS['outcome-unknown'],
};

/** The domain's samples: an order and a computer in each state. */
export const SAMPLES: readonly [keyof typeof SCHEMAS, string, { id: string }][] = [
  ...ORDER_STATES.map((state) => ['Order', state, ORDERS[state]()] as const),
  ['Order', 'new', newOrder()] as const,
  ...Object.entries(COMPUTERS).map(([state, make]) => ['Computer', state, make()] as const),
].map(([model, state, thing]) => [model as keyof typeof SCHEMAS, state, thing]);
