import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { inScope, type Brake, type BrakeId, type TenantScope } from '#domain';
import { GuardedCollection } from './documents.js';
import { Gathering } from '#runtime';
import { collectionSchema, DOMAIN_OBJECT } from './schema.js';

export const brakeSchema = collectionSchema('brakes', {
  tenant: String,
  scope: DOMAIN_OBJECT,
  cause: String,
  reason: String,
  evidence: [DOMAIN_OBJECT],
  openedBy: String,
  openedAt: Date,
  lifted: DOMAIN_OBJECT,
})
  // the open ones, before each hand-over of orders
  .index({ lifted: 1, openedAt: -1 });

/** Brakes, open and lifted. Those without a tenant are seen by everybody: they may stop anybody's orders. */
@Injectable()
export class BrakeRepository {
  private readonly store: GuardedCollection<Brake>;
  private readonly readsOfOpen = new Gathering<void, Brake[]>(async (calls) => {
    const open = await this.store.find({ lifted: null }, { sort: { openedAt: 1, _id: 1 } });
    return calls.map(() => open);
  });

  constructor(@InjectModel('Brake') model: Model<unknown>) {
    this.store = new GuardedCollection<Brake>(model);
  }

  /** False: it is there already. */
  insert(brake: Brake): Promise<boolean> {
    return this.store.insert(brake);
  }

  findById(scope: TenantScope, id: BrakeId): Promise<Brake | null> {
    return this.store.findById(id, (brake) => sees(scope, brake));
  }

  findByIds(ids: readonly BrakeId[]): Promise<Brake[]> {
    return this.store.findByIds(ids);
  }

  /** All that are open, the oldest first. */
  open(): Promise<Brake[]> {
    return this.readsOfOpen.ask();
  }

  /** The newest first. */
  async list(scope: TenantScope, limit: number): Promise<Brake[]> {
    const visible = scope === 'all' ? {} : { $or: [{ tenant: null }, { tenant: { $in: [...scope] } }] };
    return this.store.find(visible, { sort: { openedAt: -1, _id: -1 }, limit });
  }

  replace(brake: Brake): Promise<Brake | null> {
    return this.store.replace(brake);
  }
}

function sees(scope: TenantScope, { tenant }: Brake): boolean {
  return tenant === null || inScope(scope, tenant);
}
