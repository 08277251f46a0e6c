import type { Model, mongo } from 'mongoose';
import { AS_TYPED, duplicatesOf, type Stored } from './documents.js';

/**
 * A collection of things that are written once, or where the last write may win: nobody decides by what they read of it,
 * so it needs no revision.
 */
export class PlainCollection<T extends { id: string }> {
  readonly collection: mongo.Collection<Stored>;

  constructor(model: Model<unknown>) {
    this.collection = model.collection as unknown as mongo.Collection<Stored>;
  }

  /**
   * Adds what is not there yet, by id or by a unique index; what is there stays as it is.
   *
   * @returns how many were added
   */
  async append(things: readonly T[]): Promise<number> {
    if (things.length === 0) return 0;
    const stored: Stored[] = things.map(({ id, ...fields }) => ({ _id: id, revision: 0, ...fields }));
    const there = await duplicatesOf(() =>
      this.collection.insertMany(stored, { ordered: false, ...AS_TYPED }),
    );
    return things.length - there.size;
  }

  async findOne(filter: mongo.Filter<Stored>): Promise<T | null> {
    const found = await this.collection.findOne(filter);
    return found && this.fromStored(found);
  }

  fromStored({ _id: id, revision: _revision, ...fields }: Stored): T {
    return { ...fields, id } as unknown as T;
  }
}
