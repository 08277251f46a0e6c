import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  type Delivery,
  DELIVERY_CHANNELS,
  DELIVERY_OUTCOMES,
  DELIVERY_STATES,
  type DeliveryAttempt,
  type DeliveryOutcome,
  type DeliveryState,
  inScope,
  NOTICE_KINDS,
  type NoticeKind,
  type TenantScope,
} from '#domain';
import { page, type PageRequest, type PageResult } from './pages.js';
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
import { scoped } from './scope.js';
import { VersionedCollection } from './versioned-collection.js';

/** Which deliveries; all criteria must hold. */
export interface DeliveryFilter {
  state?: DeliveryState;
  target?: string;
  kind?: NoticeKind;
}

export const deliverySchema = collectionSchema<Delivery>('deliveries', {
  channel: oneOf(DELIVERY_CHANNELS),
  target: text,
  tenant: nullable(text),
  notices: list(text),
  kinds: list(oneOf(NOTICE_KINDS)),
  state: oneOf(DELIVERY_STATES),
  dueAt: date,
  sealed: flag,
  since: date,
  tries: number,
  attempts: list(
    part<DeliveryAttempt>({
      at: date,
      took: number,
      outcome: oneOf(Object.keys(DELIVERY_OUTCOMES) as DeliveryOutcome[]),
      status: nullable(number),
      answer: nullable(text),
      retryAfter: optional(number),
    }),
  ),
  createdAt: date,
  endedAt: nullable(date),
})
  // what is due
  .index({ state: 1, dueAt: 1 })
  // the log, newest first: all of it, a tenant's, a target's, of a kind; and the clean-up
  .index({ createdAt: -1, _id: -1 })
  .index({ state: 1, createdAt: -1, _id: -1 })
  .index({ tenant: 1, createdAt: -1, _id: -1 })
  .index({ target: 1, createdAt: -1, _id: -1 })
  .index({ kinds: 1, createdAt: -1, _id: -1 });

/** What is on its way to targets, and the log of what was. */
export const DELIVERY_SORT_FIELDS = ['createdAt', 'state'] as const;
export type DeliverySortField = (typeof DELIVERY_SORT_FIELDS)[number];
const SORT_PATHS = {
  createdAt: 'createdAt',
  state: ['state', '-createdAt'],
} as const satisfies Record<DeliverySortField, string | readonly string[]>;

@Injectable()
export class DeliveryRepository {
  private readonly store: VersionedCollection<Delivery>;

  constructor(@InjectModel('Delivery') model: Model<unknown>) {
    this.store = new VersionedCollection<Delivery>(model);
  }

  /** Stores those that are not there yet. */
  async insertNew(deliveries: readonly Delivery[]): Promise<void> {
    await this.store.insertMany(deliveries);
  }

  /** False: it is there already. */
  insert(delivery: Delivery): Promise<boolean> {
    return this.store.insert(delivery);
  }

  findById(scope: TenantScope, id: string): Promise<Delivery | null> {
    return this.store.findById(id, ({ tenant }) =>
      tenant === null ? scope === 'all' : inScope(scope, tenant),
    );
  }

  /** Those whose time has come, the oldest first; not those of the targets that are busy. */
  due(now: Date, busy: readonly string[], limit: number): Promise<Delivery[]> {
    return this.store.find(
      { state: 'waiting', dueAt: { $lte: now }, ...(busy.length > 0 && { target: { $nin: [...busy] } }) },
      { sort: { dueAt: 1 }, limit },
    );
  }

  /** Null: somebody else has it, or has changed it. */
  replace(delivery: Delivery): Promise<Delivery | null> {
    return this.store.replace(delivery);
  }

  /** Newest first unless asked otherwise. What belongs to no tenant is seen by those who see all. */
  list(
    scope: TenantScope,
    filter: DeliveryFilter,
    request: PageRequest<DeliverySortField>,
  ): Promise<PageResult<Delivery>> {
    const { state, target, kind } = filter;
    return page(
      this.store.collection,
      {
        ...scoped(scope),
        ...(state && { state }),
        ...(target !== undefined && { target }),
        ...(kind && { kinds: kind }),
      },
      request,
      SORT_PATHS,
      [{ path: 'createdAt', direction: -1 }],
      (stored) => this.store.fromStored(stored),
    );
  }

  /**
   * Makes what waits for a target due now: it is gone, and nothing is to be waited for.
   *
   * @param after what is due before it may be under way just now, and is left to who sends it
   */
  async hasten(target: string, now: Date, after: Date): Promise<void> {
    const waiting = await this.store.find({ target, state: 'waiting', dueAt: { $gt: after } });
    await this.store.replaceMany(waiting.map((one) => ({ ...one, dueAt: now })));
  }

  /** How many a target has got since a time. */
  countSince(target: string, time: Date): Promise<number> {
    return this.store.collection.countDocuments({ target, createdAt: { $gte: time } });
  }

  /** Deletes the log of what ended before a time. */
  async removeBefore(time: Date): Promise<void> {
    await this.store.collection.deleteMany({ createdAt: { $lt: time }, state: { $ne: 'waiting' } });
  }
}
