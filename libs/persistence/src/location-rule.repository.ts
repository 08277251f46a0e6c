import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  parseCondition,
  type DpId,
  type LocationCondition,
  type LocationRule,
  type LocationRuleId,
  type TenantId,
  type TenantScope,
} from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { checked, collectionSchema, date, nullable, number, text } from './schema.js';
import { scoped, within } from './scope.js';

export const locationRuleSchema = collectionSchema<LocationRule>('locationRules', {
  tenant: text,
  dp: text,
  name: nullable(text),
  priority: number,
  when: checked<LocationCondition>((value) => 'condition' in parseCondition(value)),
  createdAt: date,
})
  // rules of a tenant, at every contact of its clients
  .index({ tenant: 1 })
  // rules of a DP, when it is deleted
  .index({ dp: 1 });

@Injectable()
export class LocationRuleRepository {
  private readonly store: VersionedCollection<LocationRule>;

  constructor(@InjectModel('LocationRule') model: Model<unknown>) {
    this.store = new VersionedCollection<LocationRule>(model);
  }

  insert(rule: LocationRule): Promise<boolean> {
    return this.store.insert(rule);
  }

  findById(scope: TenantScope, id: LocationRuleId): Promise<LocationRule | null> {
    return this.store.findById(id, within(scope));
  }

  /** In the order in which they count, tenant by tenant. */
  list(scope: TenantScope): Promise<LocationRule[]> {
    return this.store.find(scoped(scope), { sort: { tenant: 1, priority: -1, _id: 1 } });
  }

  ofTenant(tenant: TenantId): Promise<LocationRule[]> {
    return this.store.find({ tenant });
  }

  replace(rule: LocationRule): Promise<LocationRule | null> {
    return this.store.replace(rule);
  }

  remove(id: LocationRuleId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }

  /** Rules of a DP that is gone. */
  async removeOfDp(dp: DpId): Promise<void> {
    await this.store.collection.deleteMany({ dp });
  }
}
