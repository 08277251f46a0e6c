import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  FAILURE_CODES,
  inScope,
  type Brake,
  type BrakeEvidence,
  type BrakeId,
  type BrakeScope,
  type TenantScope,
} from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { RequestBatcher } from '#runtime';
import { collectionSchema, date, list, nullable, oneOf, part, text } from './schema.js';

export const brakeSchema = collectionSchema<Brake>('brakes', {
  tenant: nullable(text),
  scope: part<BrakeScope>({ account: nullable(text), release: nullable(text), dp: nullable(text) }),
  cause: nullable(oneOf(FAILURE_CODES)),
  reason: text,
  evidence: list(
    part<BrakeEvidence>({ tenant: text, order: text, dp: text, code: oneOf(FAILURE_CODES), at: date }),
  ),
  openedBy: text,
  openedAt: date,
  lifted: nullable(part<NonNullable<Brake['lifted']>>({ by: text, at: date, reason: text })),
})
  // the open ones, before each hand-over of orders
  .index({ lifted: 1, openedAt: -1 });

/** Brakes, open and lifted. Those without a tenant are seen by everybody: they may stop anybody's orders. */
@Injectable()
export class BrakeRepository {
  private readonly store: VersionedCollection<Brake>;
  private readonly readsOfOpen = new RequestBatcher<void, Brake[]>(async (calls) => {
    const open = await this.store.find({ lifted: null }, { sort: { openedAt: 1, _id: 1 } });
    return calls.map(() => open);
  });

  constructor(@InjectModel('Brake') model: Model<unknown>) {
    this.store = new VersionedCollection<Brake>(model);
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
    return this.readsOfOpen.load();
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
