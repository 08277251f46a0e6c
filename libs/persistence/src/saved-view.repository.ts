import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  type Caller,
  type SavedView,
  seesView,
  VIEW_LISTS,
  type ViewCriterion,
  type ViewList,
} from '#domain';
import { collectionSchema, date, list, nullable, oneOf, part, text } from './schema.js';
import { VersionedCollection } from './versioned-collection.js';

export const savedViewSchema = collectionSchema<SavedView>('savedViews', {
  owner: text,
  ownerName: text,
  tenant: nullable(text),
  list: oneOf(VIEW_LISTS),
  name: text,
  filter: list(part<ViewCriterion>({ name: text, value: text })),
  sort: nullable(text),
  columns: list(text),
  defaultSince: nullable(date),
  createdAt: date,
  changedAt: date,
})
  // a person's views of a list: those that nobody else sees, and those of each tenant, have names of their own, so that
  // whoever renames a shared view does not learn what else its owner has
  .index({ owner: 1, list: 1, tenant: 1, name: 1 }, { unique: true })
  // those that are shared with a tenant
  .index({ tenant: 1, list: 1, name: 1 });

/** Named sets of filter, sort and columns; those who see one are told in {@link seesView}. */
@Injectable()
export class SavedViewRepository {
  private readonly store: VersionedCollection<SavedView>;

  constructor(@InjectModel('SavedView') model: Model<unknown>) {
    this.store = new VersionedCollection<SavedView>(model);
  }

  /** False: there is one with this id, or the owner has one of this name for the same people. */
  insert(view: SavedView): Promise<boolean> {
    return this.store.insert(view);
  }

  findById(caller: Caller, id: string): Promise<SavedView | null> {
    return this.store.findById(id, (view) => seesView(caller, view));
  }

  /** By name: the caller's own, and those that are shared with the caller. */
  visible({ id, tenants }: Caller, of: ViewList | undefined): Promise<SavedView[]> {
    const shared = tenants === 'all' ? { tenant: { $gt: '' } } : { tenant: { $in: [...tenants] } };
    const narrowed = of && { list: of };
    return this.store.find(
      {
        $or: [
          { owner: id, tenant: null, ...narrowed },
          { ...shared, ...narrowed },
        ],
      },
      { sort: { name: 1, _id: 1 } },
    );
  }

  /** Those of an owner that the caller sees. */
  async ofOwner(caller: Caller, owner: string): Promise<SavedView[]> {
    return (await this.store.find({ owner })).filter((view) => seesView(caller, view));
  }

  /** Those of a list that the owner's list would open with. */
  defaultsOf(owner: string, of: ViewList): Promise<SavedView[]> {
    return this.store.find({ owner, list: of, defaultSince: { $ne: null } });
  }

  /** Null: somebody else was faster. @throws DomainError DUPLICATE when the owner has another one of the new name */
  replace(view: SavedView): Promise<SavedView | null> {
    return this.store.replace(view);
  }

  remove(id: string, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }

  /** When its owner is gone: what nobody else sees goes too. */
  async removePrivateOf(owner: string): Promise<void> {
    await this.store.collection.deleteMany({ owner, tenant: null });
  }
}
