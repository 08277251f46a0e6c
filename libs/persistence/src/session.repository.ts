import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Session } from '#domain';
import { PlainCollection } from './plain-collection.js';
import { collectionSchema, date, text } from './schema.js';

export const sessionSchema = collectionSchema<Session>('sessions', {
  user: text,
  createdAt: date,
  lastUsedAt: date,
  expiresAt: date,
})
  // a user's sessions, when the password changes or the user goes
  .index({ user: 1 })
  // clean-up of ended sessions
  .index({ expiresAt: 1 });

@Injectable()
export class SessionRepository {
  private readonly store: PlainCollection<Session>;

  constructor(@InjectModel('Session') model: Model<unknown>) {
    this.store = new PlainCollection(model);
  }

  async insert(session: Session): Promise<void> {
    await this.store.append([session]);
  }

  findById(id: string): Promise<Session | null> {
    return this.store.findOne({ _id: id });
  }

  async noteUse(id: string, lastUsedAt: Date, expiresAt: Date): Promise<void> {
    await this.store.collection.updateOne({ _id: id }, { $set: { lastUsedAt, expiresAt } });
  }

  async remove(id: string): Promise<void> {
    await this.store.collection.deleteOne({ _id: id });
  }

  /** Logs a user out everywhere; `except`: a session that stays. */
  async removeOfUser(user: string, except: string | null = null): Promise<void> {
    await this.store.collection.deleteMany({ user, ...(except === null ? {} : { _id: { $ne: except } }) });
  }

  async removeExpired(now: Date): Promise<void> {
    await this.store.collection.deleteMany({ expiresAt: { $lte: now } });
  }
}
