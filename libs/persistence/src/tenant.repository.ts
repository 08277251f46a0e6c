import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import type { Connection, Model } from 'mongoose';
import { inScope, type Tenant, type TenantId, type TenantScope } from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { collectionSchema, date, text } from './schema.js';

export const tenantSchema = collectionSchema<Tenant>('tenants', { name: text, createdAt: date });

/** What keeps a tenant from being deleted, by the word people know: a collection, and its field that names tenants. */
const OWNED = {
  computers: ['computers', 'tenant'],
  accounts: ['accounts', 'tenant'],
  dps: ['distributionPoints', 'tenant'],
  directories: ['directories', 'tenant'],
  locationRules: ['locationRules', 'tenant'],
  notificationTargets: ['notificationTargets', 'tenant'],
  assignmentRules: ['assignmentRules', 'tenant'],
  importProfiles: ['importProfiles', 'tenant'],
  savedViews: ['savedViews', 'tenant'],
  // whose scope would otherwise hold for the next tenant of this id
  users: ['users', 'tenants'],
  apiTokens: ['apiTokens', 'tenants'],
} as const;

@Injectable()
export class TenantRepository {
  private readonly store: VersionedCollection<Tenant>;

  constructor(
    @InjectModel('Tenant') model: Model<unknown>,
    @InjectConnection() private readonly connection: Connection,
  ) {
    this.store = new VersionedCollection<Tenant>(model);
  }

  insert(tenant: Tenant): Promise<boolean> {
    return this.store.insert(tenant);
  }

  findById(scope: TenantScope, id: TenantId): Promise<Tenant | null> {
    return this.store.findById(id, (tenant) => inScope(scope, tenant.id));
  }

  findByIds(ids: readonly TenantId[]): Promise<Tenant[]> {
    return this.store.findByIds(ids);
  }

  /** All that may be seen, by id. */
  list(scope: TenantScope): Promise<Tenant[]> {
    const visible = scope === 'all' ? {} : { _id: { $in: [...scope] } };
    return this.store.find(visible, { sort: { _id: 1 } });
  }

  async any(): Promise<boolean> {
    return (await this.store.find({}, { limit: 1 })).length > 0;
  }

  replace(tenant: Tenant): Promise<Tenant | null> {
    return this.store.replace(tenant);
  }

  remove(id: TenantId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }

  /** How many of each kind of thing a tenant owns. */
  async owned(id: TenantId): Promise<Record<keyof typeof OWNED, number>> {
    const counts = await Promise.all(
      Object.entries(OWNED).map(async ([word, [collection, field]]) => [
        word,
        await this.connection.collection(collection).countDocuments({ [field]: id }),
      ]),
    );
    return Object.fromEntries(counts) as Record<keyof typeof OWNED, number>;
  }
}
