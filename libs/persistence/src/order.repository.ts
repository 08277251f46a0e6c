import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  FINAL_ORDER_STATES,
  isFinal,
  OPEN_ORDER_STATES,
  wakesAt,
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
import { GuardedCollection, type BulkOutcome } from './documents.js';
import { page, type PageRequest, type PageResult } from './pages.js';
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

export const ORDER_SORT_FIELDS = ['createdAt', 'endedAt', 'state', 'dp'] as const;
export type OrderSortField = (typeof ORDER_SORT_FIELDS)[number];
const SORT_PATHS = { createdAt: 'createdAt', endedAt: 'endedAt', state: 'state', dp: 'dp' };

const HOUR_FORMAT = '%Y-%m-%dT%H:00:00.000Z';

export interface HourCount {
  hour: string;
  /** The state in which they ended; null: they were made. */
  ended: OrderState | null;
  count: number;
}

/** Holds that end when somebody changes something; the others end by themselves. */
const HELD_FOR_CHANGE: readonly HoldCode[] = ['BRAKE', 'DP_DISABLED', 'WINDOW_CLOSED'];

/** Orders in a DP's hands. */
const HELD_STATES: readonly OrderState[] = ['leased', 'running', 'cancelling'];

@Injectable()
export class OrderRepository {
  private readonly store: GuardedCollection<InstallOrder>;

  constructor(@InjectModel('Order') model: Model<unknown>) {
    this.store = new GuardedCollection<InstallOrder>(model, (order) => ({ wakeAt: wakesAt(order) }));
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

  /** Orders that exist already stay as they are: the same intent makes the same order. */
  async insertMany(orders: readonly InstallOrder[]): Promise<void> {
    await this.store.insertMany(orders);
  }

  replaceMany(orders: readonly InstallOrder[]): Promise<BulkOutcome<InstallOrder, OrderId>> {
    return this.store.replaceMany(orders) as Promise<BulkOutcome<InstallOrder, OrderId>>;
  }

  /**
   * Takes off what the timeline has by now, from those that nobody has changed since. The revision stays: whoever writes
   * what was read before at most brings the entries back.
   */
  async told(orders: readonly InstallOrder[]): Promise<void> {
    if (orders.length === 0) return;
    await this.store.collection.bulkWrite(
      orders.map((order) => ({
        updateOne: {
          filter: { _id: order.id, revision: order.revision },
          update: { $unset: { untold: '' }, $set: { wakeAt: wakesAt({ ...order, untold: [] }) } },
        },
      })),
      { ordered: false },
    );
  }

  /** Orders with something to do by now, the longest overdue first. */
  due(now: Date, limit: number): Promise<InstallOrder[]> {
    return this.store.find({ wakeAt: { $lte: now } }, { sort: { wakeAt: 1 }, limit });
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

  /** Orders that a DP got with this poll and still holds. */
  findByPoll(dp: DpId, poll: string): Promise<InstallOrder[]> {
    return this.store.find({ 'lease.poll': poll, dp, state: { $in: [...HELD_STATES] } });
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

  heldBackOf(tenant: TenantId, code: HoldCode, limit: number): Promise<InstallOrder[]> {
    return this.store.find({ state: 'planned', tenant, 'heldBack.code': code }, { limit });
  }

  /** Repair: open orders made before `createdBefore`, by id. */
  openOlderThan(createdBefore: Date, after: OrderId | null, limit: number): Promise<InstallOrder[]> {
    const behind = after === null ? {} : { _id: { $gt: after } };
    return this.store.find(
      { state: { $in: [...OPEN_ORDER_STATES] }, createdAt: { $lt: createdBefore }, ...behind },
      { sort: { _id: 1 }, limit },
    );
  }

  /** Repair: orders whose ticket was put on its queue before `sentBefore` and has not been claimed. */
  queuedSince(sentBefore: Date, limit: number): Promise<InstallOrder[]> {
    return this.store.find({ state: 'queued', 'publish.sentAt': { $lt: sentBefore } }, { limit });
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
      .aggregate<{ _id: { dp: DpId; state: OrderState }; count: number }>([
        { $match: { dp: { $in: [...dps] }, ...scoped(scope) } },
        { $group: { _id: { dp: '$dp', state: '$state' }, count: { $sum: 1 } } },
      ])
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
    const rows = await this.store.collection
      .aggregate<{ _id: OrderState; count: number }>([
        { $match: scoped(scope) },
        { $group: { _id: '$state', count: { $sum: 1 } } },
      ])
      .toArray();
    return new Map(rows.map((row) => [row._id, row.count]));
  }

  /** Failures of ended orders, by code. */
  async failuresByCode(scope: TenantScope): Promise<Map<FailureCode, number>> {
    const rows = await this.store.collection
      .aggregate<{ _id: FailureCode; count: number }>([
        {
          $match: {
            ...scoped(scope),
            state: { $in: [...FINAL_ORDER_STATES] },
            'failure.code': { $type: 'string' },
          },
        },
        { $group: { _id: '$failure.code', count: { $sum: 1 } } },
      ])
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

function filterOf(scope: TenantScope, filter: OrderFilter): Record<string, unknown> {
  const all: Record<string, unknown>[] = [scoped(scope)];
  if (filter.dp) all.push({ dp: filter.dp });
  if (filter.tenant) all.push({ tenant: filter.tenant });
  if (filter.computer) all.push({ computer: filter.computer });
  if (filter.states) all.push({ state: { $in: [...filter.states] } });
  if (filter.kind) all.push({ kind: filter.kind });
  if (filter.failure) all.push({ 'failure.code': filter.failure });
  if (filter.brake) all.push({ 'heldBack.brake': filter.brake });
  if (filter.since) all.push({ createdAt: { $gte: filter.since } });
  return { $and: all };
}
