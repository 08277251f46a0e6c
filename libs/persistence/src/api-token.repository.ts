import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ROLES, type ApiToken, type TenantScope } from '#domain';
import { PlainCollection } from './plain-collection.js';
import { collectionSchema, date, nullable, oneOf, text } from './schema.js';
import { allOrSome } from './schema-parts.js';

export const apiTokenSchema = collectionSchema<ApiToken>('apiTokens', {
  hash: text,
  label: text,
  role: oneOf(ROLES),
  tenants: allOrSome<TenantScope>(),
  expiresAt: nullable(date),
  createdBy: text,
  createdAt: date,
  lastUsedAt: nullable(date),
})
  // every request with a token
  .index({ hash: 1 }, { unique: true });

@Injectable()
export class ApiTokenRepository {
  private readonly store: PlainCollection<ApiToken>;

  constructor(@InjectModel('ApiToken') model: Model<unknown>) {
    this.store = new PlainCollection(model);
  }

  /** False: it is there already. */
  async insert(token: ApiToken): Promise<boolean> {
    return (await this.store.append([token])) === 1;
  }

  findById(id: string): Promise<ApiToken | null> {
    return this.store.findOne({ _id: id });
  }

  findByHash(hash: string): Promise<ApiToken | null> {
    return this.store.findOne({ hash });
  }

  /** Newest first. */
  async list(): Promise<ApiToken[]> {
    const found = await this.store.collection.find().sort({ createdAt: -1, _id: -1 }).toArray();
    return found.map((one) => this.store.fromStored(one));
  }

  async noteUse(id: string, at: Date): Promise<void> {
    await this.store.collection.updateOne({ _id: id }, { $set: { lastUsedAt: at } });
  }

  async remove(id: string): Promise<void> {
    await this.store.collection.deleteOne({ _id: id });
  }
}
