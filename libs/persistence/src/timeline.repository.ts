import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { ComputerId, TenantScope, TimelineEvent } from '#domain';
import { AS_TYPED, duplicatesOf, type Stored } from './documents.js';
import { Gathering } from '#runtime';
import { page, type PageRequest, type PageResult } from './pages.js';
import { collectionSchema, DOMAIN_OBJECT } from './schema.js';
import { scoped } from './scope.js';

export const timelineSchema = collectionSchema('timeline', {
  tenant: { type: String, required: true },
  computer: { type: String, required: true },
  order: String,
  dp: String,
  importRun: String,
  at: { type: Date, required: true },
  source: String,
  kind: String,
  from: String,
  to: String,
  data: DOMAIN_OBJECT,
})
  // a computer's history, newest first
  .index({ computer: 1, at: -1, _id: -1 });

/** The computers' histories; append only. */
@Injectable()
export class TimelineRepository {
  private readonly collection: mongo.Collection<Stored>;
  private readonly appends = new Gathering<readonly TimelineEvent[], void>(async (calls) => {
    await this.insert(calls.flat());
    return calls.map(() => undefined);
  });

  constructor(@InjectModel('TimelineEvent') model: Model<unknown>) {
    this.collection = model.collection as unknown as mongo.Collection<Stored>;
  }

  /** Adds what is not there yet: an event's id comes from what caused it, so a repeat adds nothing. */
  async append(events: readonly TimelineEvent[]): Promise<void> {
    if (events.length > 0) await this.appends.ask(events);
  }

  private async insert(events: readonly TimelineEvent[]): Promise<void> {
    const stored = events.map(({ id, ...fields }) => ({ _id: id, revision: 0, ...fields }));
    await duplicatesOf(() => this.collection.insertMany(stored, { ordered: false, ...AS_TYPED }));
  }

  /** Newest first. */
  listByComputer(
    scope: TenantScope,
    computer: ComputerId,
    request: PageRequest,
  ): Promise<PageResult<TimelineEvent>> {
    return page(
      this.collection,
      { ...scoped(scope), computer },
      { limit: request.limit, after: request.after ?? null },
      {},
      [
        { path: 'at', direction: -1 },
        { path: '_id', direction: -1 },
      ],
      ({ _id, revision: _revision, ...fields }) => ({ ...fields, id: _id }) as unknown as TimelineEvent,
    );
  }

  /** A computer that is imported again goes on with the history of the one before. */
  async moveTo(from: ComputerId, to: ComputerId): Promise<void> {
    await this.collection.updateMany({ computer: from }, { $set: { computer: to } });
  }
}
