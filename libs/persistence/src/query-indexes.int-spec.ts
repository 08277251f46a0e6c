import type { Type } from '@nestjs/common';
import type { mongo } from 'mongoose';
import type {
  Delivery,
  ImportRow,
  ImportRun,
  Notice,
  Rollout,
  RolloutMember,
  TenantId,
  TimelineEvent,
} from '#domain';
import { WHOLE } from '../testing/aggregates.js';
import { unservedReason, type IndexKeys, type Query } from '../testing/index-check.js';
import { computer, now, openStage, order, tenant, type Stage } from '../testing/stage.js';
import { AuditChainRepository } from './audit-chain.repository.js';
import { AUDIT_SORT_FIELDS, AuditRepository } from './audit.repository.js';
import { ComputerRepository, COMPUTER_SORT_FIELDS, type ComputerFilter } from './computer.repository.js';
import { DELIVERY_SORT_FIELDS, DeliveryRepository } from './delivery.repository.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import {
  IMPORT_ROW_SORT_FIELDS,
  IMPORT_RUN_SORT_FIELDS,
  ImportRowRepository,
  ImportRunRepository,
} from './import.repositories.js';
import { NoticeRepository } from './notice.repository.js';
import { OrderMeasuresRepository } from './order-measures.repository.js';
import { OrderRepository, ORDER_SORT_FIELDS, type OrderFilter } from './order.repository.js';
import type { PageRequest } from './pages.js';
import { RolloutMemberRepository } from './rollout-member.repository.js';
import { ROLLOUT_SORT_FIELDS, RolloutRepository } from './rollout.repository.js';
import { SessionRepository } from './session.repository.js';
import { TimelineRepository } from './timeline.repository.js';

/** What a method sends when it is called; or why nothing of its own is to be seen. */
type Sample<Repository> = ((repository: Repository) => unknown) | 'tried by its callers';
type Samples<Repository> = Readonly<Record<string, Sample<Repository>>>;

const SCOPES = ['all', [tenant], [tenant, 't2' as TenantId]] as const;
const ID = 'x' as never;
const LIMIT = 10;

/** Every page of a list that sorts by one field, in both directions, for each scope. */
function pages(
  list: (scope: (typeof SCOPES)[number], request: PageRequest<never>) => Promise<unknown>,
  fields: readonly string[] = [],
): Promise<unknown> {
  const sorts = [
    [],
    ...fields.flatMap((field) => [true, false].map((descending) => [{ field, descending }])),
  ];
  return Promise.all(
    SCOPES.flatMap((scope) =>
      sorts.map((sort) =>
        list(scope, { limit: LIMIT, ...(sort.length > 0 && { sort }) } as PageRequest<never>),
      ),
    ),
  );
}

const computerFilters: readonly ComputerFilter[] = [
  {},
  { tenant },
  { states: ['ready', 'imported'] },
  { dp: ID },
  { fixedDp: ID },
  { q: 'pc' },
  { import: ID },
  { alert: 'A' },
  { alert: true },
  { failure: 'DISK_FULL' },
  { text: 'sales' },
  { attention: true },
  { attention: false },
  { os: 'Windows' },
  { clientVersion: '1' },
  { contactBefore: now },
  { directory: ID },
  { ou: 'Sales' },
];

const COMPUTERS: Samples<ComputerRepository> = {
  findById: (all) => all.findById('all', ID),
  findByIds: (all) => all.findByIds('all', [ID]),
  list: async (all) => {
    await all.insertNew(
      [2, 3].map((n) => ({ ...computer(n), inventory: { ...WHOLE.Computer.inventory, ou: 'Sales' } })),
    );
    await Promise.all([
      pages((scope, request) => all.list(scope, {}, request), COMPUTER_SORT_FIELDS),
      // where there is more than a page, what was searched for is counted too
      ...computerFilters.map((filter) => all.list('all', filter, { limit: 1 })),
    ]);
  },
  stream: (all) => Promise.all(computerFilters.map((filter) => drained(all.stream('all', filter)))),
  idsMatching: (all) =>
    Promise.all(computerFilters.slice(1).map((filter) => all.idsMatching('all', filter, LIMIT))),
  findByIdentities: (all) => all.findByIdentities(tenant, ['a', 'b']),
  findByNameKeys: (all) => all.findByNameKeys(tenant, ['a', 'b']),
  findByNames: (all) => all.findByNames(tenant, ['a', 'b']),
  importKeys: (all) => drained(all.importKeys(tenant)),
  insertNew: (all) => all.insertNew([computer(1)]),
  replace: (all) => all.replace(computer(1)),
  replaceMany: (all) => all.replaceMany([computer(1)]),
  remove: (all) => all.remove(ID, 1),
  ofRun: (all) => all.ofRun(ID, ID, LIMIT),
  ofDirectory: (all) => all.ofDirectory(tenant, ID, ID, LIMIT),
  countsByStateOf: (all) => Promise.all(SCOPES.map((scope) => all.countsByStateOf(scope, ID))),
  countFixedTo: (all) => all.countFixedTo(ID),
  countOfTenant: (all) => all.countOfTenant(tenant),
  countsByState: (all) => Promise.all(SCOPES.map((scope) => all.countsByState(scope))),
  groupsByOs: (all) => Promise.all([all.groupsByOs(null), all.groupsByOs(tenant)]),
  withOpenOrder: (all) => all.withOpenOrder(now, ID, LIMIT),
  untold: (all) => all.untold(now, LIMIT),
  told: (all) => all.told([computer(1)]),
  registrationOverdue: (all) => all.registrationOverdue(now, LIMIT),
  restartPending: (all) => all.restartPending(ID, LIMIT),
  waitingFor: (all) => all.waitingFor([ID], 'A', LIMIT),
  withAlert: (all) => all.withAlert('A', LIMIT),
  byId: 'tried by its callers',
};

const orderFilters: readonly OrderFilter[] = [
  {},
  { tenant },
  { dp: ID },
  { computer: ID },
  { states: ['planned', 'failed'] },
  { kind: 'probe' },
  { failure: 'AUTH_FAILED' },
  { brake: ID },
  { since: now },
];

const ORDERS: Samples<OrderRepository> = {
  findById: (all) => all.findById('all', ID),
  findByIds: (all) => all.findByIds([ID]),
  list: (all) =>
    Promise.all([
      pages((scope, request) => all.list(scope, {}, request), ORDER_SORT_FIELDS),
      ...orderFilters.map((filter) => all.list('all', filter, { limit: LIMIT })),
    ]),
  endedBefore: (all) => drained(all.endedBefore(now)),
  removeEnded: (all) => all.removeEnded([{ id: ID, revision: 1 }]),
  idsMatching: (all) =>
    Promise.all(orderFilters.slice(1).map((filter) => all.idsMatching('all', filter, LIMIT))),
  insertMany: (all) => all.insertMany([order(1)]),
  replaceMany: (all) => all.replaceMany([order(1)]),
  ofComputer: (all) => Promise.all(SCOPES.map((scope) => all.ofComputer(scope, ID))),
  due: (all) => all.due(now, LIMIT),
  toDispatch: (all) => all.toDispatch(now, LIMIT),
  countsHeld: (all) => all.countsHeld([ID]),
  findByPolls: (all) => all.findByPolls(['p', 'q']),
  braked: (all) => all.braked([ID]),
  heldForChange: (all) => all.heldForChange(ID, LIMIT),
  heldBack: (all) => all.heldBack(ID, 'DP_DISABLED', LIMIT),
  heldBackOf: (all) => all.heldBackOf(tenant, 'ACCOUNT_UNPROVEN', LIMIT),
  openOlderThan: (all) => all.openOlderThan(now, ID, LIMIT),
  countsQueued: (all) => all.countsQueued(now),
  queuedSince: (all) =>
    Promise.all([all.queuedSince(ID, now, null, LIMIT), all.queuedSince(ID, now, ID, LIMIT)]),
  countOpen: (all) => all.countOpen(ID),
  hasOpenWithRelease: (all) => all.hasOpenWithRelease(ID, ID),
  usesRelease: (all) => all.usesRelease(ID),
  countsByDp: (all) => all.countsByDp('all', [ID]),
  countsByState: (all) => Promise.all(SCOPES.map((scope) => all.countsByState(scope))),
  failuresOf: (all) => Promise.all(SCOPES.map((scope) => all.failuresOf(scope, ID))),
  failuresByCode: (all) => Promise.all(SCOPES.map((scope) => all.failuresByCode(scope))),
  perHour: (all) => Promise.all(SCOPES.map((scope) => all.perHour(scope, now))),
  counted: 'tried by its callers',
};

const ROLLOUTS: Samples<RolloutRepository> = {
  insert: (all) => all.insert(WHOLE.Rollout as unknown as Rollout),
  findById: (all) => all.findById('all', ID),
  findByIds: (all) => all.findByIds('all', [ID]),
  list: (all) =>
    Promise.all([
      pages((scope, request) => all.list(scope, {}, request), ROLLOUT_SORT_FIELDS),
      all.list('all', { tenant }, { limit: LIMIT }),
      all.list('all', { states: ['running'] }, { limit: LIMIT }),
    ]),
  active: (all) => all.active(),
  endedSince: (all) => all.endedSince(now, LIMIT),
  gates: (all) => all.gates([ID]),
  replace: (all) => all.replace(WHOLE.Rollout as unknown as Rollout),
};

const member = WHOLE.RolloutMember as unknown as RolloutMember;

const MEMBERS: Samples<RolloutMemberRepository> = {
  append: (all) => all.append([member]),
  place: (all) => all.place('none' as never, []),
  count: (all) => all.count(ID),
  ofAny: (all) => all.ofAny([ID]),
  ofComputers: (all) => all.ofComputers(ID, [ID]),
  underWay: (all) => all.underWay([ID]),
  list: (all) =>
    Promise.all(
      [
        {},
        { states: ['failed' as const] },
        { wave: 1 },
        { dp: ID },
        { code: 'DISK_FULL' as const },
        { q: 'pc' },
      ].map((filter) => all.list(ID, filter, { limit: LIMIT })),
    ),
  stream: (all) => drained(all.stream(ID)),
  tally: (all) => Promise.all([all.tally(ID, null, now), all.tally(ID, now, now)]),
  waiting: (all) => Promise.all([all.waiting(ID, 1, [], LIMIT), all.waiting(ID, 1, [ID], LIMIT)]),
  followed: (all) => all.followed(ID, ID, LIMIT),
  noteStarted: (all) => all.noteStarted([{ id: 'm', order: ID }], now),
  skip: (all) => all.skip(['m'], 'BY_PERSON', now),
  skipWaiting: (all) => all.skipWaiting(ID, { wave: 1, dp: ID }, 'ABORTED', now),
  move: (all) => all.move(['m'], 2),
  noteStandings: (all) => {
    const { state: _, ...rest } = member;
    return all.noteStandings([{ id: 'm', standing: { ...rest, state: 'failed' }, seen: 1 }]);
  },
  causes: (all) => all.causes(ID),
  failed: (all) => all.failed(ID, LIMIT),
};

const row = WHOLE.ImportRow as ImportRow;

const ROWS: Samples<ImportRowRepository> = {
  insertNew: (all) => all.insertNew([row]),
  storeNew: (all) => all.storeNew([row]),
  deleteOfRun: (all) => Promise.all([all.deleteOfRun(ID), all.deleteOfRun(ID, 5)]),
  list: (all) =>
    Promise.all([
      pages((_, request) => all.list(ID, {}, request), IMPORT_ROW_SORT_FIELDS),
      ...[
        {},
        { verdict: 'new' as const },
        { outcome: 'created' as const },
        { warned: true },
        { chosenBy: 'none' as const },
        { rule: ID },
        { namesakes: { but: [5] } },
      ].map((filter) => all.list(ID, filter, { limit: LIMIT })),
    ]),
  findByLine: (all) => all.findByLine(ID, 5),
  cellsOf: (all) => all.cellsOf(ID, 0, LIMIT),
  linesWithNamesake: (all) => all.linesWithNamesake(ID, [5, 6]),
  rejected: (all) => all.rejected(ID, 0, LIMIT),
  stream: (all) => drained(all.stream(ID, ['new', 'changed'])),
  keys: (all) => drained(all.keys(ID)),
  mark: (all) =>
    all.mark([
      { id: 'r:1', outcome: 'created' },
      { id: 'r:2', outcome: 'created', computer: null },
    ]),
  markEach: 'tried by its callers',
};

const RUNS: Samples<ImportRunRepository> = {
  doneBefore: (all) => drained(all.doneBefore(now)),
  insert: (all) => all.insert(WHOLE.ImportRun as ImportRun),
  findById: (all) => all.findById('all', ID),
  list: (all) =>
    Promise.all([
      pages((scope, request) => all.list(scope, {}, request), IMPORT_RUN_SORT_FIELDS),
      all.list('all', { tenant }, { limit: LIMIT }),
    ]),
  replace: (all) => all.replace(WHOLE.ImportRun as ImportRun),
  remove: (all) => all.remove(ID, 1),
  forgetQuiet: (all) => all.forgetQuiet(ID, ID),
  unfinished: (all) => all.unfinished(now, LIMIT),
  failedSince: (all) => all.failedSince(now, LIMIT),
  endedBefore: (all) => all.endedBefore(now, LIMIT),
};

const audited = (filter: Parameters<AuditRepository['list']>[1]) => (all: AuditRepository) =>
  pages(
    (scope, request) => all.list(scope, filter, request),
    // what is narrowed is sorted by time only: the API offers nothing else
    Object.keys(filter).length === 0 ? AUDIT_SORT_FIELDS : ['at'],
  );

const MEASURES: Samples<OrderMeasuresRepository> = {
  standing: (all) => Promise.all([all.standing(now, new Set()), all.standing(now, new Set([ID]))]),
  openByDp: (all) => all.openByDp([ID]),
  byState: 'tried by its callers',
  oldestSent: 'tried by its callers',
  oldestDeadline: 'tried by its callers',
};

const AUDIT: Samples<AuditRepository> = {
  append: (all) => all.append([WHOLE.AuditEntry]),
  list: (all) =>
    Promise.all(
      [{}, { target: 'computer:c1' }, { action: 'a' }, { who: 'w' }, { since: now, until: now }].map(
        (filter) => audited(filter)(all),
      ),
    ),
  stream: (all) => drained(all.stream('all', { target: 'computer:c1' })),
  unlinked: (all) => all.unlinked(LIMIT),
  link: (all) => all.link(WHOLE.AuditHead.pending),
  countUnlinked: (all) => all.countUnlinked(LIMIT),
  chainedAfter: (all) => all.chainedAfter(5, LIMIT),
  removeRange: (all) => all.removeRange(1, 5),
  chained: (all) => drained(all.chained(WHOLE.AuditHead.pending)),
};

const CHAIN: Samples<AuditChainRepository> = {
  head: (all) => all.head(),
  begin: (all) => all.begin(WHOLE.AuditHead),
  replaceHead: (all) => all.replaceHead(WHOLE.AuditHead),
  newestCheckpoint: (all) => all.newestCheckpoint(),
  storedCheckpoint: (all) => all.storedCheckpoint(1),
  hasSigned: (all) => all.hasSigned('key'),
  newestRemoval: (all) => all.newestRemoval(),
  storedAround: (all) => all.storedAround(5, 10),
  addCheckpoint: (all) => all.addCheckpoint(WHOLE.AuditCheckpoint),
  storedCheckpoints: (all) => drained(all.storedCheckpoints()),
};

const TIMELINE: Samples<TimelineRepository> = {
  append: (all) => all.append([{ ...(WHOLE.TimelineEvent as TimelineEvent), computer: ID }]),
  unknown: (all) => all.unknown([]),
  ofOrders: (all) => all.ofOrders([ID], [ID]),
  removeOfOrders: (all) => all.removeOfOrders([ID], [ID]),
  listByComputer: (all) => pages((scope, request) => all.listByComputer(scope, ID, request)),
};

const SESSIONS: Samples<SessionRepository> = {
  insert: (all) => all.insert({ ...WHOLE.Session, id: 's' }),
  findById: (all) => all.findById('s'),
  noteUse: (all) => all.noteUse('s', now, now),
  remove: (all) => all.remove('s'),
  removeOfUser: (all) => all.removeOfUser('u', 's'),
  removeExpired: (all) => all.removeExpired(now),
};

const KEYS: Samples<IdempotencyRepository> = {
  insert: (all) => all.insert({ ...WHOLE.IdempotencyRecord, id: 'k' }),
  findById: (all) => all.findById('k'),
  replace: (all) => all.replace({ ...WHOLE.IdempotencyRecord, id: 'k' }),
  remove: (all) => all.remove('k', 0),
  removeExpired: (all) => all.removeExpired(now),
};

const NOTICES: Samples<NoticeRepository> = {
  insertNew: (all) => all.insertNew([WHOLE.Notice as Notice]),
  findByIds: (all) => all.findByIds([ID]),
  undistributed: (all) => all.undistributed(LIMIT),
  open: (all) => all.open('dp-overdue'),
  replace: (all) => all.replace(WHOLE.Notice as Notice),
  removeBefore: (all) => all.removeBefore(now),
};

const DELIVERIES: Samples<DeliveryRepository> = {
  insertNew: (all) => all.insertNew([WHOLE.Delivery as Delivery]),
  insert: (all) => all.insert(WHOLE.Delivery as Delivery),
  findById: (all) => all.findById('all', ID),
  due: (all) => Promise.all([all.due(now, [], LIMIT), all.due(now, ['t'], LIMIT)]),
  replace: (all) => all.replace(WHOLE.Delivery as Delivery),
  list: (all) =>
    Promise.all([
      pages((scope, request) => all.list(scope, {}, request), DELIVERY_SORT_FIELDS),
      all.list('all', { target: ID }, { limit: LIMIT }),
      all.list('all', { state: 'failed' }, { limit: LIMIT }),
      all.list('all', { kind: 'dp-back' }, { limit: LIMIT }),
    ]),
  hasten: (all) => all.hasten(ID, now, now),
  countSince: (all) => all.countSince(ID, now),
  removeBefore: (all) => all.removeBefore(now),
};

/** Repositories of collections that grow. The others hold what people enter, and are read as a whole. */
const GROWING: readonly (readonly [Type<unknown>, Samples<never>])[] = [
  [ComputerRepository, COMPUTERS],
  [OrderRepository, ORDERS],
  [OrderMeasuresRepository, MEASURES],
  [ImportRunRepository, RUNS],
  [ImportRowRepository, ROWS],
  [AuditChainRepository, CHAIN],
  [AuditRepository, AUDIT],
  [TimelineRepository, TIMELINE],
  [SessionRepository, SESSIONS],
  [IdempotencyRepository, KEYS],
  [NoticeRepository, NOTICES],
  [DeliveryRepository, DELIVERIES],
  [RolloutRepository, ROLLOUTS],
  [RolloutMemberRepository, MEMBERS],
];

/** Fields that leave few documents of a collection. */
const NARROW: Readonly<Record<string, readonly string[]>> = {
  computers: [
    'identity',
    'nameKey',
    'dp.fixed',
    'dp.assigned',
    'openOrder.dp',
    'source.run',
    'source.directory',
  ],
  orders: ['dp', 'computer', 'kind', 'lease.poll', 'failure.code', 'wakeAt'],
  importRows: ['run'],
  importRuns: [],
  audit: ['target', 'data.ids'],
  timeline: ['computer'],
  rollouts: [],
  rolloutMembers: ['rollout'],
};

/** Queries that no index serves, and why that is all right. */
const KNOWN: Readonly<Record<string, { why: string; faults: readonly string[] }>> = {
  'ComputerRepository.list': {
    why: 'of a run, the first by name are picked from what it made',
    faults: ['computers: nothing serves {source.run} in the order {name,_id}'],
  },
  'ComputerRepository.stream': {
    why: 'as the list',
    faults: ['computers: nothing serves {source.run} in the order {name,_id}'],
  },
  'ComputerRepository.idsMatching': {
    why: 'a search is for any part of a name, or of an OU',
    faults: [
      'computers: nothing serves {inventory.ou} in the order {}',
      'computers: nothing serves {search} in the order {}',
      'computers: nothing serves {words} in the order {}',
    ],
  },
  'ImportRunRepository.list': {
    why: 'counts all runs but the quiet ones, of which a schedule keeps one: nearly all would be read by an index too',
    faults: ['importRuns: nothing serves {sync.quiet} in the order {}'],
  },
  'OrderRepository.queuedSince': {
    why: "of one DP's queue: its pages are picked from what the index of a DP's states leaves, once a repair",
    faults: [
      'orders: nothing serves {dp,state,publish.sentAt} in the order {_id}',
      'orders: nothing serves {dp,state,publish.sentAt,_id} in the order {_id}',
    ],
  },
};

async function drained(things: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of things);
}

describe('every query of a repository', () => {
  let stage: Stage;
  let declared: Map<string, IndexKeys[]>;
  let sent: { collection: string; query: Query }[] = [];
  /** Commands that the server may work on as long as it likes. */
  let unlimited: string[] = [];

  beforeAll(async () => {
    stage = await openStage({ monitorCommands: true });
    declared = new Map(
      Object.values(stage.connection.models).map((model) => [
        String(model.schema.get('collection')),
        model.schema.indexes().map(([keys]) => keys as IndexKeys),
      ]),
    );
    stage.connection
      .getClient()
      .on('commandStarted', ({ commandName, command }: mongo.CommandStartedEvent) => {
        const collection = String(command[commandName]);
        // the beat of the program itself
        if (collection === 'programs' || collection === 'maintenance') return;
        if (command['maxTimeMS'] === undefined) unlimited.push(commandName);
        for (const query of queriesOf(commandName, command)) sent.push({ collection, query });
      });
  }, 60_000);
  afterAll(() => stage.close(), 30_000);

  it.each(GROWING)('is tried here: %p', (repository, samples) => {
    const methods = Object.getOwnPropertyNames(repository.prototype).filter((name) => name !== 'constructor');
    expect(Object.keys(samples).toSorted()).toEqual(methods.toSorted());
  });

  it.each(
    GROWING.flatMap(([repository, samples]) =>
      Object.entries(samples).flatMap(([method, sample]): [string, Type<unknown>, Sample<never>][] =>
        typeof sample === 'function' ? [[`${repository.name}.${method}`, repository, sample]] : [],
      ),
    ),
  )('has an index that serves it: %s', async (name, repository, sample) => {
    sent = [];
    await (sample as (all: unknown) => unknown)(stage.get(repository));
    const faults = sent.flatMap(({ collection, query }) => {
      const reason = unservedReason(query, declared.get(collection) ?? [], NARROW[collection]);
      return reason === undefined ? [] : [`${collection}: ${reason}`];
    });
    // pages are asked for side by side, in any order
    expect([...new Set(faults)].toSorted()).toEqual((KNOWN[name]?.faults ?? []).toSorted());
  });

  it('is given up by the server when it takes too long, where others wait for it', async () => {
    unlimited = [];
    await stage.get(OrderRepository).findById('all', ID);
    await stage.get(OrderRepository).list('all', {}, { limit: LIMIT });
    expect(unlimited).toEqual([]);
    await stage.get(OrderRepository).due(now, LIMIT);
    expect(unlimited).toEqual(['find']);
  });
});

/** What a command looks for; an insert looks for nothing. */
function queriesOf(name: string, command: mongo.Document): Query[] {
  switch (name) {
    case 'find':
      return [{ filter: command['filter'] ?? {}, sort: sortOf(command['sort']) }];
    case 'aggregate': {
      const [first] = command['pipeline'] as mongo.Document[];
      const filter = first?.['$match'] ?? {};
      const hint = command['hint'] as IndexKeys | undefined;
      return [{ filter, ...(hint && { hint }) }];
    }
    case 'update':
      return (command['updates'] as { q: Query['filter'] }[]).map(({ q }) => ({ filter: q }));
    case 'delete':
      return (command['deletes'] as { q: Query['filter'] }[]).map(({ q }) => ({ filter: q }));
    default:
      return [];
  }
}

function sortOf(sort: unknown): Record<string, number> {
  return sort instanceof Map ? Object.fromEntries(sort) : { ...(sort as Record<string, number> | undefined) };
}

describe('the check itself', () => {
  const indexes: IndexKeys[] = [
    { tenant: 1, at: -1, _id: -1 },
    { dp: 1, state: 1 },
    { name: 1, _id: 1 },
  ];

  it.each<[string, Query, readonly string[], boolean]>([
    ['an id', { filter: { _id: 'x', revision: 1 } }, [], true],
    ['the first key', { filter: { dp: { $in: ['a'] } } }, [], true],
    ['a second key', { filter: { state: 'x' } }, [], false],
    ['nothing', { filter: {} }, [], false],
    ['what no index looks for', { filter: { dp: { $ne: 'x' } } }, [], false],
    ['an order behind a fixed key', { filter: { tenant: 't' }, sort: { at: -1, _id: -1 } }, [], true],
    ['the order turned round', { filter: { tenant: 't' }, sort: { at: 1, _id: 1 } }, [], true],
    ['an order half turned round', { filter: { tenant: 't' }, sort: { at: -1, _id: 1 } }, [], false],
    ['an order without its key', { filter: {}, sort: { at: -1, _id: -1 } }, [], false],
    ['an order behind a stretch', { filter: { tenant: { $gt: 't' } }, sort: { at: -1 } }, [], false],
    ['an order that the index ends before', { filter: { dp: 'd' }, sort: { state: 1, _id: 1 } }, [], false],
    ['a branch without an index', { filter: { $or: [{ dp: 'd' }, { state: 's' }] } }, [], false],
    ['branches with one each', { filter: { $or: [{ dp: 'd' }, { tenant: 't' }] } }, [], true],
    ['an order that reads past most', { filter: { dp: 'd' }, sort: { name: 1 } }, ['dp'], false],
    ['an order that reads past some', { filter: { dp: 'd' }, sort: { name: 1 } }, [], true],
  ])('tells of %s', (_, query, narrow, isServed) => {
    expect(unservedReason(query, indexes, narrow) === undefined).toBe(isServed);
  });
});
