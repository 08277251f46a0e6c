import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  DP_STATES,
  type DistributionPoint,
  type DpAgentInfo,
  type DpClock,
  type DpId,
  type DpKeys,
  type DpSighting,
  type JoinToken,
  type TenantScope,
} from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { collectionSchema, date, list, nullable, number, oneOf, optional, part, text } from './schema.js';
import { scopedOrShared, withinOrShared } from './scope.js';

export const distributionPointSchema = collectionSchema<DistributionPoint>('distributionPoints', {
  tenant: nullable(text),
  name: text,
  state: oneOf(DP_STATES),
  keys: nullable(
    part<DpKeys>({ signing: text, sealing: text, sealingKeyId: text, fingerprint: text, since: date }),
  ),
  joinToken: nullable(part<JoinToken>({ hash: text, expiresAt: date, spentBy: nullable(text) })),
  serverKey: optional(text),
  agent: nullable(
    part<DpAgentInfo>({
      version: text,
      os: text,
      hostname: text,
      localAccounts: optional(number),
      methods: optional(list(text)),
      platforms: optional(list(text)),
    }),
  ),
  lastSeen: nullable(part<DpSighting>({ at: date, address: text, running: number })),
  clock: optional(nullable(part<DpClock>({ at: date, off: number }))),
  createdAt: date,
})
  // DPs of a tenant
  .index({ tenant: 1 });

@Injectable()
export class DistributionPointRepository {
  private readonly store: VersionedCollection<DistributionPoint>;

  constructor(@InjectModel('DistributionPoint') model: Model<unknown>) {
    this.store = new VersionedCollection<DistributionPoint>(model);
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
  async noteSightings(seen: readonly { id: DpId; sighting: DpSighting }[]): Promise<void> {
    if (seen.length === 0) return;
    await this.store.collection.bulkWrite(
      seen.map(({ id, sighting: { at, address, running } }) => ({
        // MongoDB compares documents field by field: `at` comes first, and null is less than any document
        updateOne: { filter: { _id: id }, update: { $max: { lastSeen: { at, address, running } } } },
      })),
      { ordered: false },
    );
  }

  /** Notes whose clocks are off, as {@link noteSightings} does. */
  async noteClocks(clocks: readonly { id: DpId; clock: DpClock }[]): Promise<void> {
    if (clocks.length === 0) return;
    await this.store.collection.bulkWrite(
      clocks.map(({ id, clock: { at, off } }) => ({
        updateOne: { filter: { _id: id }, update: { $max: { clock: { at, off } } } },
      })),
      { ordered: false },
    );
  }
}
