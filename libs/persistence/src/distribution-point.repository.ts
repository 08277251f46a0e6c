import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { DistributionPoint, DpAgentInfo, DpId, DpSighting, TenantScope } from '#domain';
import { GuardedCollection } from './documents.js';
import { collectionSchema, DOMAIN_OBJECT } from './schema.js';
import { scopedOrShared, withinOrShared } from './scope.js';

export const distributionPointSchema = collectionSchema('distributionPoints', {
  tenant: { type: String, default: null },
  name: String,
  state: { type: String, required: true },
  keys: DOMAIN_OBJECT,
  joinToken: DOMAIN_OBJECT,
  agent: DOMAIN_OBJECT,
  lastSeen: DOMAIN_OBJECT,
  createdAt: Date,
})
  // DPs of a tenant
  .index({ tenant: 1 });

@Injectable()
export class DistributionPointRepository {
  private readonly store: GuardedCollection<DistributionPoint>;

  constructor(@InjectModel('DistributionPoint') model: Model<unknown>) {
    this.store = new GuardedCollection<DistributionPoint>(model);
  }

  /** False: there is one with this id. */
  insert(dp: DistributionPoint): Promise<boolean> {
    return this.store.insert(dp);
  }

  /** A DP without tenant is seen by all. */
  findById(scope: TenantScope, id: DpId): Promise<DistributionPoint | null> {
    return this.store.findById(id, withinOrShared(scope));
  }

  findByIds(ids: readonly DpId[]): Promise<DistributionPoint[]> {
    return this.store.findByIds(ids);
  }

  /** All that may be seen, by id. */
  list(scope: TenantScope): Promise<DistributionPoint[]> {
    return this.store.find(scopedOrShared(scope), { sort: { _id: 1 } });
  }

  /** Ids of all that may be seen. */
  async listIds(scope: TenantScope): Promise<DpId[]> {
    const found = await this.store.collection
      .find(scopedOrShared(scope), { projection: { _id: 1 }, sort: { _id: 1 } })
      .toArray();
    return found.map((one) => one._id as DpId);
  }

  replace(dp: DistributionPoint): Promise<DistributionPoint | null> {
    return this.store.replace(dp);
  }

  remove(id: DpId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }

  /**
   * Notes when DPs were seen, in one write and without touching their revisions: being seen is no change of state. An
   * older sighting than the stored one changes nothing, nor does one of a DP that is not there.
   */
  async noteSightings(
    seen: readonly { id: DpId; sighting: DpSighting; agent: DpAgentInfo | null }[],
  ): Promise<void> {
    if (seen.length === 0) return;
    await this.store.collection.bulkWrite(
      seen.map(({ id, sighting, agent }) => ({
        updateOne: {
          filter: { _id: id, $or: [{ lastSeen: null }, { 'lastSeen.at': { $lt: sighting.at } }] },
          update: { $set: { lastSeen: sighting, ...(agent ? { agent } : {}) } },
        },
      })),
      { ordered: false },
    );
  }
}
