import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  AGENT_UPDATE_STATES,
  type AgentUpdate,
  type AuditPoint,
  type NotedContradiction,
  DP_STATES,
  type DistributionPoint,
  type DpAgentInfo,
  type DpClock,
  type DpId,
  type DpKeys,
  type DpSighting,
  type JoinToken,
  type SecondMachine,
  type TenantScope,
} from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import {
  collectionSchema,
  date,
  flag,
  list,
  nullable,
  number,
  oneOf,
  optional,
  part,
  text,
} from './schema.js';
import { scopedOrShared, withinOrShared } from './scope.js';

const keys = part<DpKeys>({
  signing: text,
  sealing: text,
  sealingKeyId: text,
  fingerprint: text,
  since: date,
});
const agent = nullable(
  part<DpAgentInfo>({
    version: text,
    os: text,
    hostname: text,
    localAccounts: optional(number),
    methods: optional(list(text)),
    platforms: optional(list(text)),
    update: optional(
      part<AgentUpdate>({
        version: text,
        state: oneOf(AGENT_UPDATE_STATES),
        code: nullable(text),
        text: nullable(text),
        at: text,
      }),
    ),
  }),
);
const auditPoint = part<AuditPoint>({ checkpoint: number, sequence: number });
const lastSeen = nullable(part<DpSighting>({ at: date, address: text, running: number }));
const clock = optional(nullable(part<DpClock>({ at: date, off: number })));

export const distributionPointSchema = collectionSchema<DistributionPoint>('distributionPoints', {
  tenant: nullable(text),
  name: text,
  state: oneOf(DP_STATES),
  keys: nullable(keys),
  joinToken: nullable(
    part<JoinToken>({ hash: text, expiresAt: date, spentBy: nullable(text), second: optional(flag) }),
  ),
  joinKey: optional(text),
  serverKey: optional(text),
  agent,
  lastSeen,
  clock,
  second: optional(
    nullable(
      part<SecondMachine>({
        state: oneOf(['pending', 'enabled']),
        keys,
        serverKey: optional(text),
        agent,
        lastSeen,
        clock,
      }),
    ),
  ),
  contradictions: optional(
    list(
      part<NotedContradiction>({
        had: auditPoint,
        has: auditPoint,
        at: text,
        heardAt: date,
        acceptedAt: nullable(date),
      }),
    ),
  ),
  createdAt: date,
})
  // DPs of a tenant
  .index({ tenant: 1 });

/** Who was seen: a DP, or one machine of a pair by the id of its sealing key. */
interface Noted {
  id: DpId;
  machine?: string | undefined;
}

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
   * older sighting than the stored one changes nothing, nor does one of a DP or a machine that is not there.
   */
  async noteSightings(seen: readonly (Noted & { sighting: DpSighting })[]): Promise<void> {
    // MongoDB compares documents field by field: `at` comes first, and null is less than any document
    await this.raise(
      'lastSeen',
      seen.map(({ sighting: { at, address, running }, ...who }) => [who, { at, address, running }]),
    );
  }

  /** Notes whose clocks are off, as {@link noteSightings} does. */
  async noteClocks(clocks: readonly (Noted & { clock: DpClock })[]): Promise<void> {
    await this.raise(
      'clock',
      clocks.map(({ clock: { at, off }, ...who }) => [who, { at, off }]),
    );
  }

  private async raise(
    field: 'lastSeen' | 'clock',
    values: readonly (readonly [Noted, object])[],
  ): Promise<void> {
    if (values.length === 0) return;
    await this.store.collection.bulkWrite(
      values.flatMap(([{ id, machine }, value]) => {
        if (machine === undefined)
          return [{ updateOne: { filter: { _id: id }, update: { $max: { [field]: value } } } }];
        // the one or the other: which is the first may have changed since it asked
        return ['', 'second.'].map((place) => ({
          updateOne: {
            filter: { _id: id, [`${place}keys.sealingKeyId`]: machine },
            update: { $max: { [`${place}${field}`]: value } },
          },
        }));
      }),
      { ordered: false },
    );
  }
}
