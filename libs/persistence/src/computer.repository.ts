import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  COMPUTER_STATES,
  hostNameFrom,
  nameKeyOf,
  type Computer,
  type ComputerGroup,
  type ComputerId,
  type ComputerState,
  type DirectoryId,
  type DpId,
  type FailureCode,
  type HostNames,
  type ImportRunId,
  type TenantId,
  type TenantScope,
} from '#domain';
import { VersionedCollection, type BulkOutcome } from './versioned-collection.js';
import { allOf, containing, page, type IndexHint, type PageRequest, type PageResult } from './pages.js';
import { scoped, within } from './scope.js';

/** Which computers; all criteria must hold. */
export interface ComputerFilter {
  tenant?: TenantId;
  states?: readonly ComputerState[];
  /** Fixed, assigned, or doing its open order. */
  dp?: DpId;
  fixedDp?: DpId;
  /** Part of a name, the FQDN or the address. */
  q?: string;
  /** The same, or part of the operating system, description or organizational unit. */
  text?: string;
  import?: ImportRunId;
  /** Code of an alert; true: any. */
  alert?: string | true;
  /** What the installation failed with, of those whose installation has failed. */
  failure?: FailureCode;
  /** Those that somebody has to look at, or those that nobody has to. */
  attention?: boolean;
  /** What the operating system begins with. */
  os?: string;
  clientVersion?: string;
  /** Of their client, the last one. */
  contactBefore?: Date;
  directory?: DirectoryId;
  /** Part of the organizational unit. */
  ou?: string;
}

/** What an import finds a computer by. */
export interface ComputerKeys {
  id: ComputerId;
  identity: string;
  nameKey: string;
  name: string;
}

export const COMPUTER_SORT_FIELDS = [
  'name',
  'createdAt',
  'state',
  'status',
  'tenant',
  'address',
  'os',
  'clientVersion',
  'lastContact',
] as const;
export type ComputerSortField = (typeof COMPUTER_SORT_FIELDS)[number];
const SORT_PATHS = {
  name: 'name',
  createdAt: 'createdAt',
  state: 'state',
  status: 'status.at',
  tenant: ['tenant', 'name'],
  address: 'address',
  os: 'inventory.os',
  clientVersion: 'client.version',
  lastContact: 'client.lastContact',
} as const satisfies Record<ComputerSortField, string | readonly string[]>;

@Injectable()
export class ComputerRepository {
  private readonly store: VersionedCollection<Computer>;

  constructor(@InjectModel('Computer') model: Model<unknown>) {
    this.store = new VersionedCollection<Computer>(
      model,
      { nameKey: nameKeyOf, search: searchText, words: wordsOf },
      completed,
    );
  }

  findById(scope: TenantScope, id: ComputerId): Promise<Computer | null> {
    return this.store.findById(id, within(scope));
  }

  /** Those that exist and may be seen, in no particular order. */
  findByIds(scope: TenantScope, ids: readonly ComputerId[]): Promise<Computer[]> {
    return this.store.findByIds(ids, within(scope));
  }

  list(
    scope: TenantScope,
    filter: ComputerFilter,
    request: PageRequest<ComputerSortField>,
  ): Promise<PageResult<Computer>> {
    const { wanted, hint } = searchOf(scope, filter);
    return page(
      this.store.collection,
      wanted,
      request,
      SORT_PATHS,
      [{ path: 'name', direction: 1 }],
      (stored) => this.store.fromStored(stored),
      hint,
    );
  }

  /** All that match, by name, however many: for exports. */
  async *stream(scope: TenantScope, filter: ComputerFilter): AsyncGenerator<Computer> {
    const { wanted, hint } = searchOf(scope, filter);
    const found = this.store.collection
      .find(wanted, { sort: { name: 1, _id: 1 }, batchSize: 500, ...(hint && { hint }) })
      .allowDiskUse();
    for await (const stored of found) yield this.store.fromStored(stored);
  }

  async idsMatching(scope: TenantScope, filter: ComputerFilter, limit: number): Promise<ComputerId[]> {
    const found = await this.store.collection
      .find(filterOf(scope, filter), { projection: { _id: 1 }, limit })
      .toArray();
    return found.map((one) => one._id as ComputerId);
  }

  /** For imports: those of a tenant with one of these identities. */
  findByIdentities(tenant: TenantId, identities: readonly string[]): Promise<Computer[]> {
    return this.store.find({ tenant, identity: { $in: [...identities] } });
  }

  /** For imports: by FQDN, or by host name where there is none. */
  findByNameKeys(tenant: TenantId, nameKeys: readonly string[]): Promise<Computer[]> {
    return this.store.find({ tenant, nameKey: { $in: [...nameKeys] } });
  }

  findByNames(tenant: TenantId, names: readonly string[]): Promise<Computer[]> {
    return this.store.find({ tenant, name: { $in: [...names] } });
  }

  /** For imports: names and identities of a tenant's computers, all of them. */
  async *importKeys(tenant: TenantId): AsyncIterable<ComputerKeys> {
    const projection = { _id: 1, identity: 1, nameKey: 1, name: 1 };
    for await (const one of this.store.collection.find({ tenant }, { projection })) {
      const { _id, identity, nameKey, name } = one as unknown as Omit<ComputerKeys, 'id'> & {
        _id: ComputerId;
      };
      yield { id: _id, identity, nameKey, name };
    }
  }

  /** Inserts what is not there yet; what is there, by id, identity or name, is named and stays as it is. */
  async insertNew(
    computers: readonly Computer[],
  ): Promise<{ inserted: ComputerId[]; duplicates: ComputerId[] }> {
    const { inserted, duplicates } = await this.store.insertMany(computers);
    return { inserted: inserted.map((c) => c.id), duplicates: duplicates.map((c) => c.id) };
  }

  /** Null: somebody else was faster. */
  replace(computer: Computer): Promise<Computer | null> {
    return this.store.replace(computer);
  }

  replaceMany(computers: readonly Computer[]): Promise<BulkOutcome<Computer, ComputerId>> {
    return this.store.replaceMany(computers) as Promise<BulkOutcome<Computer, ComputerId>>;
  }

  remove(id: ComputerId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }

  /** What an import run made, by id. */
  ofRun(run: ImportRunId, after: ComputerId | null, limit: number): Promise<Computer[]> {
    return this.byId({ 'source.run': run }, after, limit);
  }

  ofDirectory(
    tenant: TenantId,
    directory: DirectoryId,
    after: ComputerId | null,
    limit: number,
  ): Promise<Computer[]> {
    return this.byId({ tenant, 'source.directory': directory }, after, limit);
  }

  countFixedTo(dp: DpId): Promise<number> {
    return this.store.collection.countDocuments({ 'dp.fixed': dp });
  }

  countOfTenant(tenant: TenantId): Promise<number> {
    return this.store.collection.countDocuments({ tenant });
  }

  async countsByState(scope: TenantScope): Promise<Map<ComputerState, number>> {
    // by the index alone, without looking at any computer
    const hint = scope === 'all' ? { state: 1, _id: 1 } : { tenant: 1, state: 1, name: 1, _id: 1 };
    const rows = await this.store.collection
      .aggregate<{ _id: ComputerState; count: number }>(
        [{ $match: scoped(scope) }, { $group: { _id: '$state', count: { $sum: 1 } } }],
        { hint },
      )
      .toArray();
    return new Map(rows.map((row) => [row._id, row.count]));
  }

  /** Computers that are fixed or assigned to a DP, by state. */
  async countsByStateOf(scope: TenantScope, dp: DpId): Promise<Map<ComputerState, number>> {
    const counted = (field: string, hint: Record<string, 1>, more: object = {}) =>
      this.store.collection
        .aggregate<{ _id: ComputerState; count: number }>(
          [
            { $match: { [field]: dp, ...scoped(scope), ...more } },
            { $group: { _id: '$state', count: { $sum: 1 } } },
          ],
          { hint },
        )
        .toArray();
    const rows = await Promise.all([
      counted('dp.fixed', { 'dp.fixed': 1, name: 1, _id: 1 }),
      // one that is both is counted once
      counted('dp.assigned', { 'dp.assigned': 1, name: 1, _id: 1 }, { 'dp.fixed': { $ne: dp } }),
    ]);
    const counts = new Map<ComputerState, number>();
    for (const { _id, count } of rows.flat()) counts.set(_id, (counts.get(_id) ?? 0) + count);
    return counts;
  }

  /**
   * How many computers that are not retired say the same of their operating system, by tenant and by the DP whose settings count
   * for them. Reads each of them once: for what administrators change now and then.
   */
  async groupsByOs(tenant: TenantId | null): Promise<ComputerGroup[]> {
    const filter = {
      ...(tenant !== null && { tenant }),
      state: { $in: COMPUTER_STATES.filter((state) => state !== 'retired') },
    };
    const by = { tenant: '$tenant', os: '$inventory.os', dp: { $ifNull: ['$dp.fixed', '$dp.assigned'] } };
    const rows = await this.store.collection
      .aggregate<{ _id: Omit<ComputerGroup, 'computers'>; computers: number }>(
        [{ $match: filter }, { $group: { _id: by, computers: { $sum: 1 } } }],
        // what computers say is any text
        { allowDiskUse: true },
      )
      .toArray();
    return rows.map(({ _id, computers }) => ({
      tenant: _id.tenant,
      dp: _id.dp ?? null,
      os: _id.os ?? null,
      computers,
    }));
  }

  /** Repair: computers whose open order was asked for before `olderThan`, by id. */
  withOpenOrder(olderThan: Date, after: ComputerId | null, limit: number): Promise<Computer[]> {
    return this.byId({ 'openOrder.at': { $lt: olderThan } }, after, limit);
  }

  /** Repair: computers with entries from before `olderThan` that the timeline may lack, the oldest first. */
  untold(olderThan: Date, limit: number): Promise<Computer[]> {
    return this.store.find({ 'untold.at': { $lt: olderThan } }, { sort: { 'untold.at': 1 }, limit });
  }

  /**
   * Takes off what the timeline has by now, from those that nobody has changed since. The revision stays: whoever writes
   * what was read before at most brings the entries back.
   */
  async told(computers: readonly Computer[]): Promise<void> {
    if (computers.length === 0) return;
    await this.store.collection.bulkWrite(
      computers.map(({ id, revision }) => ({
        updateOne: { filter: { _id: id, revision }, update: { $unset: { untold: '' } } },
      })),
      { ordered: false },
    );
  }

  /** Sweep: the client should have registered by `now`. */
  registrationOverdue(now: Date, limit: number): Promise<Computer[]> {
    return this.store.find({ registerBy: { $lte: now } }, { limit });
  }

  /** Sweep: computers that wait for their restart without an alert about it, by id. */
  restartPending(after: ComputerId | null, limit: number): Promise<Computer[]> {
    return this.byId({ state: 'pending-restart', 'alerts.code': { $ne: 'RESTART_OVERDUE' } }, after, limit);
  }

  /** Sweep: computers with an open order at one of these DPs that do not have this alert yet. */
  waitingFor(dps: readonly DpId[], alert: string, limit: number): Promise<Computer[]> {
    return this.store.find({ 'openOrder.dp': { $in: [...dps] }, 'alerts.code': { $ne: alert } }, { limit });
  }

  withAlert(alert: string, limit: number): Promise<Computer[]> {
    return this.store.find({ 'alerts.code': alert }, { limit });
  }

  private byId(filter: Record<string, unknown>, after: string | null, limit: number): Promise<Computer[]> {
    const behind = after === null ? {} : { _id: { $gt: after } };
    return this.store.find({ ...filter, ...behind }, { sort: { _id: 1 }, limit });
  }
}

type Named = HostNames & Pick<Computer, 'address'>;

/** What a search for a name looks through: a directory may know another NetBIOS name than the host name gives. */
export function searchText({ name, hostName, fqdn, address }: Named): string {
  const names = hostName.startsWith(name) ? [hostName] : [name, hostName];
  return [...names, fqdn, address].filter(Boolean).join(' ').toLowerCase();
}

/** The same, and what else somebody may remember of a computer. */
export function wordsOf(computer: Named & { inventory?: Partial<Computer['inventory']> }): string {
  const { os, description, ou } = computer.inventory ?? {};
  return [searchText(computer), os, description, ou].filter(Boolean).join(' ').toLowerCase();
}

/** Servers of the version before leave out the host name of computers that they write. */
function completed(computer: Computer): void {
  computer.hostName ??= hostNameFrom(computer);
}

/** A search reads index entries instead of computers, unless something else in the filter leaves few of them; so does one for an OU. */
function searchHint(
  scope: TenantScope,
  { tenant, states, q, text, ...narrower }: ComputerFilter,
): IndexHint | undefined {
  const { ou, ...others } = narrower;
  if (states || Object.values(others).some((value) => value !== undefined)) return undefined;
  const isSearch = q !== undefined || text !== undefined;
  if (ou && !isSearch) return { 'inventory.ou': 1, _id: 1 };
  if (!isSearch || ou) return undefined;
  const all: IndexHint = text === undefined ? { name: 1, _id: 1, search: 1 } : { name: 1, _id: 1, words: 1 };
  return scope === 'all' && !tenant ? all : { tenant: 1, ...all };
}

/** What is looked for, and the index to look through. */
function searchOf(
  scope: TenantScope,
  filter: ComputerFilter,
): { wanted: Record<string, unknown>; hint: IndexHint | undefined } {
  const wanted = filterOf(scope, filter);
  const hint = searchHint(scope, filter);
  // MongoDB looks at documents instead of entries, unless the filter says something of the first key
  const isByName = hint && Object.keys(hint)[0] === 'name';
  return { wanted: isByName ? allOf([wanted, { name: { $gte: '' } }]) : wanted, hint };
}

function filterOf(scope: TenantScope, filter: ComputerFilter): Record<string, unknown> {
  const all: Record<string, unknown>[] = [scoped(scope)];
  if (filter.tenant) all.push({ tenant: filter.tenant });
  if (filter.states) all.push({ state: { $in: [...filter.states] } });
  if (filter.dp) {
    all.push({
      $or: [{ 'dp.fixed': filter.dp }, { 'dp.assigned': filter.dp }, { 'openOrder.dp': filter.dp }],
    });
  }
  if (filter.fixedDp) all.push({ 'dp.fixed': filter.fixedDp });
  if (filter.q) all.push({ search: containing(filter.q.toLowerCase()) });
  if (filter.text) all.push({ words: containing(filter.text.toLowerCase()) });
  if (filter.import) all.push({ 'source.run': filter.import });
  // a code is a text with letters in it; unlike "is there one", the index finds those
  if (filter.alert === true) all.push({ 'alerts.code': { $gt: '' } });
  else if (filter.alert) all.push({ 'alerts.code': filter.alert });
  if (filter.failure) all.push({ state: 'install-failed', failure: filter.failure });
  if (filter.attention !== undefined) all.push(attention(filter.attention));
  if (filter.os) all.push({ 'inventory.os': { $gte: filter.os, $lt: `${filter.os}\uffff` } });
  if (filter.clientVersion) all.push({ 'client.version': filter.clientVersion });
  // nothing sorts before every time, but is none: those without a client are left out
  if (filter.contactBefore)
    all.push({ 'client.lastContact': { $gt: new Date(0), $lt: filter.contactBefore } });
  if (filter.directory) all.push({ 'source.directory': filter.directory });
  if (filter.ou) all.push({ 'inventory.ou': containing(filter.ou) });
  return allOf(all);
}

/**
 * Failed, or with an alert: silent, overdue, mistaken for another one. Not those that nobody has released yet, which a whole
 * import is; nor those that a brake, a DP or an account holds back, which is looked at once and not for each computer.
 */
function attention(wanted: boolean): Record<string, unknown> {
  if (wanted) return { $or: [{ state: 'install-failed' }, { 'alerts.code': { $gt: '' } }] };
  const others = COMPUTER_STATES.filter((state) => state !== 'install-failed');
  return { state: { $in: others }, 'alerts.0': { $exists: false } };
}
