import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { inScope, type JoinKey, type TenantScope } from '#domain';
import { collectionSchema, date, list, nullable, number, text } from './schema.js';
import { VersionedCollection } from './versioned-collection.js';

export const joinKeySchema = collectionSchema<JoinKey>('joinKeys', {
  hash: text,
  label: text,
  tenant: nullable(text),
  pattern: text,
  uses: number,
  usedBy: list(text),
  enableWithin: list(text),
  expiresAt: date,
  createdBy: text,
  createdAt: date,
})
  // keys of a tenant
  .index({ tenant: 1 });

/** Keys with which many DPs join. One without tenant is seen by those who see all. */
@Injectable()
export class JoinKeyRepository {
  private readonly store: VersionedCollection<JoinKey>;

  constructor(@InjectModel('JoinKey') model: Model<unknown>) {
    this.store = new VersionedCollection<JoinKey>(model);
  }

  /** False: there is one with this id. */
  insert(key: JoinKey): Promise<boolean> {
    return this.store.insert(key);
  }

  findById(scope: TenantScope, id: string): Promise<JoinKey | null> {
    return this.store.findById(
      id,
      ({ tenant }) => scope === 'all' || (tenant !== null && inScope(scope, tenant)),
    );
  }

  /** All that may be seen. */
  list(scope: TenantScope): Promise<JoinKey[]> {
    const filter = scope === 'all' ? {} : { tenant: { $in: [...scope] } };
    return this.store.find(filter, { sort: { _id: 1 } });
  }

  replace(key: JoinKey): Promise<JoinKey | null> {
    return this.store.replace(key);
  }

  remove(id: string, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}
