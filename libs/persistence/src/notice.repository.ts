import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { type Notice, NOTICE_KINDS, type NoticeKind } from '#domain';
import { storedText } from './schema-parts.js';
import { collectionSchema, date, facts, flag, nullable, oneOf, oneOfShapes, text } from './schema.js';
import { VersionedCollection } from './versioned-collection.js';

export const noticeSchema = collectionSchema<Notice>('notices', {
  kind: oneOf(NOTICE_KINDS),
  tenant: nullable(text),
  subject: text,
  facts: facts<Notice['facts']>(),
  detail: nullable(oneOfShapes<NonNullable<Notice['detail']>>(storedText)),
  at: date,
  distributedAt: nullable(date),
  open: flag,
})
  // those that some may not have got yet
  .index({ distributedAt: 1, at: 1 })
  // those whose end is to be told
  .index({ open: 1, kind: 1 })
  // clean-up
  .index({ at: 1 });

/** What happened and is to be told: one document for each happening, however often it is seen. */
@Injectable()
export class NoticeRepository {
  private readonly store: VersionedCollection<Notice>;

  constructor(@InjectModel('Notice') model: Model<unknown>) {
    this.store = new VersionedCollection<Notice>(model);
  }

  /** Stores what is not known yet. */
  async insertNew(notices: readonly Notice[]): Promise<void> {
    await this.store.insertMany(notices);
  }

  findByIds(ids: readonly string[]): Promise<Notice[]> {
    return this.store.findByIds(ids);
  }

  /** The oldest of those that have not been given to everybody. */
  undistributed(limit: number): Promise<Notice[]> {
    return this.store.find({ distributedAt: null }, { sort: { at: 1 }, limit });
  }

  /** Those whose end nobody has been told yet. */
  open(kind: NoticeKind): Promise<Notice[]> {
    return this.store.find({ open: true, kind });
  }

  replace(notice: Notice): Promise<Notice | null> {
    return this.store.replace(notice);
  }

  /** Deletes what happened before a time and is over. */
  async removeBefore(time: Date): Promise<void> {
    await this.store.collection.deleteMany({ at: { $lt: time }, open: false });
  }
}
