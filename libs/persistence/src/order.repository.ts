import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  dispatchesAt,
  isFinal,
  OPEN_ORDER_STATES,
  nextDeadline,
  type BrakeId,
  type ComputerId,
  type DpId,
  type FailureCode,
  type HoldCode,
  type InstallOrder,
  type OrderId,
  type OrderKind,
  type OrderState,
  type ReleaseVersion,
  type TenantId,
  type TenantScope,
} from '#domain';
import { VersionedCollection, type BulkOutcome } from './versioned-collection.js';
import { allOf, page, type PageRequest, type PageResult } from './pages.js';
import { scoped, within } from './scope.js';

/** Which orders; all criteria must hold. */
export interface OrderFilter {
  dp?: DpId;
  tenant?: TenantId;
  computer?: ComputerId;
  states?: readonly OrderState[];
  kind?: OrderKind;
  failure?: FailureCode;
  /** Held back by this brake. */
  brake?: BrakeId;
  /** Made at or after this time. */
  since?: Date;
}

export const ORDER_SORT_FIELDS = [
  'createdAt',
  'endedAt',
  'state',
  'dp',
  'kind',
  'failure',
  'tenant',
] as const;
export type OrderSortField = (typeof ORDER_SORT_FIELDS)[number];
/** Those of one DP, kind, failure or tenant: the newest first. */
const SORT_PATHS = {
  createdAt: 'createdAt',
  endedAt: 'endedAt',
  state: 'state',
  dp: ['dp', '-createdAt'],
  kind: ['kind', '-createdAt'],
  failure: ['failure.code', '-createdAt'],
  tenant: ['tenant', '-createdAt'],
} as const satisfies Record<OrderSortField, string | readonly string[]>;

const HOUR_FORMAT = '%Y-%m-%dT%H:00:00.000Z';

export interface HourCount {
  hour: string;
  /** The state in which they ended; null: they were made. */
  ended: OrderState | null;
  count: number;
}

/** Holds that end when somebody changes something; the others end by themselves. */
const HELD_FOR_CHANGE: readonly HoldCode[] = [
  'BRAKE',
  'ROLLOUT_PAUSED',
  'DP_DISABLED',
  'ACCOUNT_NOT_SEALED',
  'DP_PLATFORM',
  'WINDOW_CLOSED',
];

/** Orders in a DP's hands. */
const HELD_STATES: readonly OrderState[] = ['leased', 'running', 'cancelling'];

@Injectable()
export class OrderRepository {
  private readonly store: VersionedCollection<InstallOrder>;

  constructor(@InjectModel('Order') model: Model<unknown>) {
    this.store = new VersionedCollection<InstallOrder>(model, SEARCHED);
  }

  findById(scope: TenantScope, id: OrderId): Promise<InstallOrder | null> {
    return this.store.findById(id, within(scope));
  }

  findByIds(ids: readonly OrderId[]): Promise<InstallOrder[]> {
    return this.store.findByIds(ids);
  }

  list(
    scope: TenantScope,
    filter: OrderFilter,
    request: PageRequest<OrderSortField>,
  ): Promise<PageResult<InstallOrder>> {
    return page(
      this.store.collection,
      filterOf(scope, filter),
      request,
      SORT_PATHS,
      [{ path: 'createdAt', direction: -1 }],
      (stored) => this.store.fromStored(stored),
    );
  }

  async idsMatching(scope: TenantScope, filter: OrderFilter, limit: number): Promise<OrderId[]> {
    const found = await this.store.collection
      .find(filterOf(scope, filter), { projection: { _id: 1 }, limit })
      .toArray();
    return found.map((one) => one._id as OrderId);
  }

  /**
   * Orders that exist already stay as they are: the same intent makes the same order.
   *
   * @returns those that did not
   */
  async insertMany(orders: readonly InstallOrder[]): Promise<InstallOrder[]> {
    return (await this.store.insertMany(orders)).inserted;
  }

  replaceMany(orders: readonly InstallOrder[]): Promise<BulkOutcome<InstallOrder, OrderId>> {
    return this.store.replaceMany(orders) as Promise<BulkOutcome<InstallOrder, OrderId>>;
  }

  /** All orders of a computer, in no particular order. */
  ofComputer(scope: TenantScope, computer: ComputerId): Promise<InstallOrder[]> {
    return this.store.find({ ...scoped(scope), computer });
  }

  /** Orders that ended before a time, the earliest first. */
  async *endedBefore(time: Date): AsyncGenerator<InstallOrder> {
    const found = this.store.collection
      .find({ endedAt: { $lt: time } })
      .sort({ endedAt: 1, _id: 1 })
      .batchSize(500);
    for await (const stored of found) yield this.store.fromStored(stored);
  }

  /**
   * Removes orders where they still have the revision that was read.
   *
   * @returns how many were removed
   */
  async removeEnded(orders: readonly Pick<InstallOrder, 'id' | 'revision'>[]): Promise<number> {
    if (orders.length === 0) return 0;
    const deletes = orders.map(({ id, revision }) => ({
      deleteOne: { filter: { _id: id, revision } },
    }));
    return (await this.store.collection.bulkWrite(deletes, { ordered: false })).deletedCount;
  }

  /** Orders with something to do by now but to put their tickets on the queue, the longest overdue first. */
  due(now: Date, limit: number): Promise<InstallOrder[]> {
    return this.store.find({ wakeAt: { $lte: now } }, { sort: { wakeAt: 1 }, limit });
  }

  /** Orders whose tickets any server may put on their queues by now, the longest overdue first. */
  toDispatch(now: Date, limit: number): Promise<InstallOrder[]> {
    return this.store.find({ dispatchAt: { $lte: now } }, { sort: { dispatchAt: 1 }, limit });
  }

  /** How many orders each DP holds; DPs that hold none are missing. */
  async countsHeld(dps: readonly DpId[]): Promise<Map<DpId, number>> {
    const rows = await this.store.collection
      .aggregate<{ _id: DpId; count: number }>([
        { $match: { dp: { $in: [...dps] }, state: { $in: [...HELD_STATES] } } },
        { $group: { _id: '$dp', count: { $sum: 1 } } },
      ])
      .toArray();
    return new Map(rows.map((row) => [row._id, row.count]));
  }

  /** Orders that were granted to these polls and are still held. A poll's id is its DP's own: look at the order's DP. */
  findByPolls(polls: readonly string[]): Promise<InstallOrder[]> {
    return this.store.find({ 'lease.poll': { $in: [...polls] }, state: { $in: [...HELD_STATES] } });
  }

  /** Orders that these brakes hold back. */
  braked(brakes: readonly BrakeId[]): Promise<InstallOrder[]> {
    return this.store.find({ state: 'planned', 'heldBack.brake': { $in: [...brakes] } });
  }

  /** Repair: orders that wait until somebody changes something, by id. */
  heldForChange(after: OrderId | null, limit: number): Promise<InstallOrder[]> {
    const behind = after === null ? {} : { _id: { $gt: after } };
    return this.store.find(
      { state: 'planned', 'heldBack.code': { $in: HELD_FOR_CHANGE }, ...behind },
      { sort: { _id: 1 }, limit },
    );
  }

  /** The oldest first. */
  heldBack(dp: DpId, code: HoldCode, limit?: number): Promise<InstallOrder[]> {
    return this.store.find(
      { dp, state: 'planned', 'heldBack.code': code },
      { sort: { createdAt: 1 }, ...(limit !== undefined && { limit }) },
    );
  }

  /** By id. */
  heldBackOf(
    tenant: TenantId,
    code: HoldCode,
    limit: number,
    after: OrderId | null = null,
  ): Promise<InstallOrder[]> {
    const behind = after === null ? {} : { _id: { $gt: after } };
    return this.store.find(
      { state: 'planned', tenant, 'heldBack.code': code, ...behind },
      { sort: { _id: 1 }, limit },
    );
  }

  /** Repair: open orders made before `createdBefore`, by id. */
  openOlderThan(createdBefore: Date, after: OrderId | null, limit: number): Promise<InstallOrder[]> {
    const behind = after === null ? {} : { _id: { $gt: after } };
    return this.store.find(
      { state: { $in: [...OPEN_ORDER_STATES] }, createdAt: { $lt: createdBefore }, ...behind },
      { sort: { _id: 1 }, limit },
    );
  }

  /** Repair: of each DP, how many tickets were put on its queue before `sentBefore` and have not been claimed. */
  async countsQueued(sentBefore: Date): Promise<Map<DpId, number>> {
    const rows = await this.store.collection
      .aggregate<{ _id: DpId; count: number }>([
        { $match: { state: 'queued', 'publish.sentAt': { $lt: sentBefore } } },
        { $group: { _id: '$dp', count: { $sum: 1 } } },
      ])
      .toArray();
    return new Map(rows.map((row) => [row._id, row.count]));
  }

  /** Repair: the orders of such tickets of a DP, by id. */
  queuedSince(dp: DpId, sentBefore: Date, after: OrderId | null, limit: number): Promise<InstallOrder[]> {
    const behind = after === null ? {} : { _id: { $gt: after } };
    return this.store.find(
      { dp, state: 'queued', 'publish.sentAt': { $lt: sentBefore }, ...behind },
      { sort: { _id: 1 }, limit },
    );
  }

  countOpen(dp: DpId): Promise<number> {
    return this.store.collection.countDocuments({ dp, state: { $in: [...OPEN_ORDER_STATES] } });
  }

  /** Whether a DP has an open order with this release. */
  async hasOpenWithRelease(dp: DpId, release: ReleaseVersion): Promise<boolean> {
    const found = await this.store.collection.findOne(
      { dp, state: { $in: [...OPEN_ORDER_STATES] }, release },
      { projection: { _id: 1 } },
    );
    return found !== null;
  }

  async usesRelease(release: ReleaseVersion): Promise<boolean> {
    const found = await this.store.collection.findOne(
      { state: { $in: [...OPEN_ORDER_STATES] }, release },
      { projection: { _id: 1 } },
    );
    return found !== null;
  }

  /** How many orders of each DP are open, running, and ended as failed, as far as they may be seen. */
  async countsByDp(
    scope: TenantScope,
    dps: readonly DpId[],
  ): Promise<Map<DpId, { open: number; running: number; failed: number }>> {
    const rows = await this.store.collection
      .aggregate<{ _id: { dp: DpId; state: OrderState }; count: number }>(
        [
          // most orders have succeeded, and nobody asks for these
          {
            $match: {
              dp: { $in: [...dps] },
              state: { $in: [...OPEN_ORDER_STATES, 'failed'] },
              ...scoped(scope),
            },
          },
          { $group: { _id: { dp: '$dp', state: '$state' }, count: { $sum: 1 } } },
        ],
        { hint: { dp: 1, state: 1, createdAt: -1 } },
      )
      .toArray();
    const counts = new Map<DpId, { open: number; running: number; failed: number }>();
    for (const { _id, count } of rows) {
      const of = counts.get(_id.dp) ?? { open: 0, running: 0, failed: 0 };
      if (!isFinal(_id.state)) of.open += count;
      if (_id.state === 'running') of.running += count;
      if (_id.state === 'failed') of.failed += count;
      counts.set(_id.dp, of);
    }
    return counts;
  }

  async countsByState(scope: TenantScope): Promise<Map<OrderState, number>> {
    return this.counted<OrderState>('state', scoped(scope), scope === 'all' ? { state: 1, _id: 1 } : null);
  }

  /** Failures of ended orders, by code. */
  async failuresByCode(scope: TenantScope): Promise<Map<FailureCode, number>> {
    const failed = { ...scoped(scope), 'failure.code': { $type: 'string' } };
    const hint = { 'failure.code': 1, createdAt: -1, _id: -1 };
    // Whether an order has ended stands in no index beside its failure; those that have not are few
    const [all, open] = await Promise.all([
      this.counted<FailureCode>('failure.code', failed, hint),
      this.counted<FailureCode>('failure.code', { ...failed, state: { $in: [...OPEN_ORDER_STATES] } }, null),
    ]);
    const ended = [...all].map(([code, count]) => [code, count - (open.get(code) ?? 0)] as const);
    return new Map(ended.filter(([, count]) => count > 0));
  }

  /** Failed orders of a DP, by code. */
  failuresOf(scope: TenantScope, dp: DpId): Promise<Map<FailureCode, number>> {
    const failed = { dp, state: 'failed', ...scoped(scope), 'failure.code': { $type: 'string' } };
    return this.counted<FailureCode>('failure.code', failed, { dp: 1, state: 1, createdAt: -1 });
  }

  /** @param hint an index that holds all that is asked for, so that no order is looked at; null: the database chooses */
  private async counted<Value extends string>(
    field: string,
    filter: Record<string, unknown>,
    hint: Record<string, number> | null,
  ): Promise<Map<Value, number>> {
    const rows = await this.store.collection
      .aggregate<{ _id: Value; count: number }>(
        [{ $match: filter }, { $group: { _id: `$${field}`, count: { $sum: 1 } } }],
        hint ? { hint } : {},
      )
      .toArray();
    return new Map(rows.map((row) => [row._id, row.count]));
  }

  /** Orders made, and ended by state, in each hour since then; hours (ISO 8601, UTC) without any are absent. */
  async perHour(scope: TenantScope, since: Date): Promise<HourCount[]> {
    const counted = async (field: 'createdAt' | 'endedAt', state: string | null): Promise<HourCount[]> => {
      const rows = await this.store.collection
        .aggregate<{ _id: { hour: string; state: OrderState | null }; count: number }>([
          { $match: { ...scoped(scope), [field]: { $gte: since } } },
          {
            $group: {
              _id: { hour: { $dateToString: { format: HOUR_FORMAT, date: `$${field}` } }, state },
              count: { $sum: 1 },
            },
          },
        ])
        .toArray();
      return rows.map(({ _id, count }) => ({ hour: _id.hour, ended: _id.state ?? null, count }));
    };
    const [made, ended] = await Promise.all([counted('createdAt', null), counted('endedAt', '$state')]);
    return [...made, ...ended];
  }
}

/** What the sweep looks for. */
const SEARCHED = { wakeAt: nextDeadline, dispatchAt: dispatchesAt };

function filterOf(scope: TenantScope, filter: OrderFilter): Record<string, unknown> {
  const all: Record<string, unknown>[] = [scoped(scope)];
  if (filter.dp) all.push({ dp: filter.dp });
  if (filter.tenant) all.push({ tenant: filter.tenant });
  if (filter.computer) all.push({ computer: filter.computer });
  if (filter.states) all.push({ state: { $in: [...filter.states] } });
  if (filter.kind) all.push({ kind: filter.kind });
  if (filter.failure) all.push({ 'failure.code': filter.failure });
  if (filter.brake) all.push({ state: 'planned', 'heldBack.brake': filter.brake });
  if (filter.since) all.push({ createdAt: { $gte: filter.since } });
  return allOf(all);
}
