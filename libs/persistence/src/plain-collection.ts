import type { Model, mongo } from 'mongoose';
import { WRITE_OPTIONS, duplicatesOf, type Stored } from './versioned-collection.js';
import { documentCheck } from './stored-document.js';

/**
 * A collection of things that are written once, or where the last write may win: nobody decides by what they read of it,
 * so it needs no revision.
 */
export class PlainCollection<T extends { id: string }> {
  readonly collection: mongo.Collection<Stored>;

  private readonly demandValid: (stored: Stored) => void;

  constructor(model: Model<unknown>) {
    this.demandValid = documentCheck(model.schema);
    this.collection = model.collection as unknown as mongo.Collection<Stored>;
  }

  /**
   * Adds what is not there yet, by id or by a unique index; what is there stays as it is.
   *
   * @returns how many were added
   */
  async append(things: readonly T[]): Promise<number> {
    if (things.length === 0) return 0;
    const stored = things.map((thing) => this.toStored(thing));
    const there = await duplicatesOf(() =>
      this.collection.insertMany(stored, { ordered: false, ...WRITE_OPTIONS }),
    );
    return things.length - there.size;
  }

  async findOne(filter: mongo.Filter<Stored>): Promise<T | null> {
    const found = await this.collection.findOne(filter);
    return found && this.fromStored(found);
  }

  /** @throws StoredDocumentError for what the schema does not allow */
  toStored({ id, ...fields }: T): Stored {
    const stored = { _id: id, revision: 0, ...fields };
    this.demandValid(stored);
    return stored;
  }

  /** @throws StoredDocumentError for what the schema does not allow */
  fromStored(stored: Stored): T {
    this.demandValid(stored);
    const { _id: id, revision: _revision, ...fields } = stored;
    return { ...fields, id } as unknown as T;
  }
}
