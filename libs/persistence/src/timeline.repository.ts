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

/** Entries that a process remembers to have added. */
const REMEMBERED = 20_000;

/** The computers' histories; append only. */
@Injectable()
export class TimelineRepository {
  private readonly collection: mongo.Collection<Stored>;
  private readonly appends = new Gathering<readonly TimelineEvent[], void>(async (calls) => {
    await this.insert(calls.flat());
    return calls.map(() => undefined);
  });

  /** Ids of the last entries that this process has added. */
  private readonly added = new Set<string>();

  constructor(@InjectModel('TimelineEvent') model: Model<unknown>) {
    this.collection = model.collection as unknown as mongo.Collection<Stored>;
  }

  /** Adds what is not there yet: an event's id comes from what caused it, so a repeat adds nothing. */
  async append(events: readonly TimelineEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.appends.ask(events);
    for (const { id } of events) this.added.add(id);
    for (const id of this.added) {
      if (this.added.size <= REMEMBERED) break;
      this.added.delete(id);
    }
  }

  /** Of these, the ones that this process does not know to be there. */
  unknown(events: readonly TimelineEvent[]): TimelineEvent[] {
    return events.filter(({ id }) => !this.added.has(id));
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
