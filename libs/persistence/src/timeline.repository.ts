import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { eventsOf, type ComputerId, type OrderId, type TenantScope, type TimelineEvent } from '#domain';
import { RequestBatcher } from '#runtime';
import { OrderRepository } from './order.repository.js';
import { pageInMemory } from './pages-in-memory.js';
import type { PageRequest, PageResult, SortKey } from './pages.js';
import { PlainCollection } from './plain-collection.js';
import { collectionSchema } from './schema.js';
import { eventFields } from './schema-parts.js';
import { scoped } from './scope.js';
import { READ_LIMIT } from './versioned-collection.js';

export const timelineSchema = collectionSchema<TimelineEvent>('timeline', eventFields)
  // a computer's history, newest first
  .index({ computer: 1, at: -1, seq: -1, _id: -1 });

const NEWEST_FIRST: readonly SortKey[] = [
  { path: 'at', direction: -1 },
  { path: 'seq', direction: -1 },
  { path: '_id', direction: -1 },
];

/** Entries that a process remembers to have added. */
const CACHE_SIZE = 20_000;

/** The computers' histories; append only. What happens to an order stands in the order itself. */
@Injectable()
export class TimelineRepository {
  private readonly store: PlainCollection<TimelineEvent>;
  private readonly appends = new RequestBatcher<readonly TimelineEvent[], void>(async (calls) => {
    await this.store.append(calls.flat());
    return calls.map(() => undefined);
  });

  /** Ids of the last entries that this process has added. */
  private readonly added = new Set<string>();

  constructor(
    @InjectModel('TimelineEvent') model: Model<unknown>,
    private readonly orders: OrderRepository,
  ) {
    this.store = new PlainCollection(model);
  }

  /** Adds what is not there yet: an event's id comes from what caused it, so a repeat adds nothing. */
  async append(events: readonly TimelineEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.appends.load(events);
    for (const { id } of events) this.added.add(id);
    for (const id of this.added) {
      if (this.added.size <= CACHE_SIZE) break;
      this.added.delete(id);
    }
  }

  /** Of these, the ones that this process does not know to be there. */
  unknown(events: readonly TimelineEvent[]): TimelineEvent[] {
    return events.filter(({ id }) => !this.added.has(id));
  }

  /** What stands here of orders of these computers. */
  async ofOrders(computers: readonly ComputerId[], orders: readonly OrderId[]): Promise<TimelineEvent[]> {
    const found = await this.store.collection.find(filterOf(computers, orders)).toArray();
    return found.map((stored) => this.store.fromStored(stored));
  }

  /** @returns how many were removed */
  async removeOfOrders(computers: readonly ComputerId[], orders: readonly OrderId[]): Promise<number> {
    return (await this.store.collection.deleteMany(filterOf(computers, orders))).deletedCount;
  }

  /**
   * Newest first: what stands here of a computer, and what its orders tell of themselves. All of it is read, a few hundred
   * entries as a rule.
   */
  async listByComputer(
    scope: TenantScope,
    computer: ComputerId,
    request: PageRequest,
  ): Promise<PageResult<TimelineEvent>> {
    const [own, orders] = await Promise.all([
      this.store.collection.find({ ...scoped(scope), computer }, READ_LIMIT).toArray(),
      this.orders.ofComputer(scope, computer),
    ]);
    const known = new Set(own.map(({ _id }) => _id));
    const ofOrders = orders
      .flatMap(eventsOf)
      .filter(({ id }) => !known.has(id))
      .map((event) => this.store.toStored(event));
    const { items, ...rest } = pageInMemory([...own, ...ofOrders], request, NEWEST_FIRST);
    return { ...rest, items: items.map((stored) => this.store.fromStored(stored)) };
  }
}

function filterOf(computers: readonly ComputerId[], orders: readonly OrderId[]): Record<string, unknown> {
  return { computer: { $in: [...computers] }, order: { $in: [...orders] } };
}
