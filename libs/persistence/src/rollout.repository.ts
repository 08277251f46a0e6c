import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  ACTIVE_ROLLOUT_STATES,
  type Rollout,
  type RolloutId,
  type RolloutState,
  type TenantId,
  type TenantScope,
} from '#domain';
import { RequestBatcher } from '#runtime';
import { allOf, page, type PageRequest, type PageResult } from './pages.js';
import { scoped, within } from './scope.js';
import { READ_LIMIT, VersionedCollection } from './versioned-collection.js';

/** Which rollouts; all criteria must hold. */
export interface RolloutFilter {
  tenant?: TenantId;
  states?: readonly RolloutState[];
}

/** What decides whether orders of a rollout may be handed out. */
export type RolloutGate = Pick<Rollout, 'id' | 'state' | 'stoppedDps' | 'windows'>;

const GATE = { state: 1, stoppedDps: 1, windows: 1 } as const;

/** Rollouts: each is the one document that decides whom of its members may be started. */
export const ROLLOUT_SORT_FIELDS = ['createdAt', 'name', 'state'] as const;
export type RolloutSortField = (typeof ROLLOUT_SORT_FIELDS)[number];
/** Those of one state: the newest first. */
const SORT_PATHS = {
  createdAt: 'createdAt',
  name: 'name',
  state: ['state', '-createdAt'],
} as const satisfies Record<RolloutSortField, string | readonly string[]>;

@Injectable()
export class RolloutRepository {
  private readonly store: VersionedCollection<Rollout>;
  private readonly gateReads = new RequestBatcher<readonly RolloutId[], RolloutGate[]>(async (calls) => {
    const ids = [...new Set(calls.flat())];
    const found = await this.store.collection
      .find({ _id: { $in: ids } }, { ...READ_LIMIT, projection: GATE })
      .toArray();
    const gates = found.map(({ _id, ...gate }) => ({ ...gate, id: _id }) as unknown as RolloutGate);
    return calls.map((call) => gates.filter(({ id }) => call.includes(id)));
  });

  constructor(@InjectModel('Rollout') model: Model<unknown>) {
    this.store = new VersionedCollection<Rollout>(model);
  }

  /** False: it is there already. */
  insert(rollout: Rollout): Promise<boolean> {
    return this.store.insert(rollout);
  }

  findById(scope: TenantScope, id: RolloutId): Promise<Rollout | null> {
    return this.store.findById(id, within(scope));
  }

  findByIds(scope: TenantScope, ids: readonly RolloutId[]): Promise<Rollout[]> {
    return this.store.findByIds(ids, within(scope));
  }

  /** The newest first. */
  list(
    scope: TenantScope,
    filter: RolloutFilter,
    request: PageRequest<RolloutSortField>,
  ): Promise<PageResult<Rollout>> {
    const wanted = allOf([
      scoped(scope),
      ...(filter.tenant ? [{ tenant: filter.tenant }] : []),
      ...(filter.states ? [{ state: { $in: [...filter.states] } }] : []),
    ]);
    return page(
      this.store.collection,
      wanted,
      request,
      SORT_PATHS,
      [{ path: 'createdAt', direction: -1 }],
      (stored) => this.store.fromStored(stored),
    );
  }

  /** Those in which something is still to be done, whoever is served first in front. */
  active(): Promise<Rollout[]> {
    return this.store.find(
      { state: { $in: [...ACTIVE_ROLLOUT_STATES] } },
      { sort: { priority: -1, createdAt: 1 } },
    );
  }

  /** Those that have ended since then, the last one first. */
  endedSince(since: Date, limit: number): Promise<Rollout[]> {
    return this.store.find({ endedAt: { $gte: since } }, { sort: { endedAt: -1 }, limit });
  }

  /** Read anew for every hand-over of orders: a pause counts from the moment it is written. */
  gates(ids: readonly RolloutId[]): Promise<RolloutGate[]> {
    return this.gateReads.load(ids);
  }

  /** Null: somebody else was faster. */
  replace(rollout: Rollout): Promise<Rollout | null> {
    return this.store.replace(rollout);
  }
}
