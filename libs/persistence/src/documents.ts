import { randomUUID } from 'node:crypto';
import type { Model, mongo } from 'mongoose';

/** A domain object as it is stored: `id` is `_id`, and fields that only queries need are added. */
export type Stored = { _id: string; revision: number } & Record<string, unknown>;

interface Identified {
  id: string;
  revision: number;
}

/** What became of a bulk of guarded writes. */
export interface BulkOutcome<T, Id extends string = string> {
  /** As they stand in the store now. */
  written: T[];
  /** Somebody else changed or removed these since they were read; read and decide again. */
  lost: Id[];
}

/** Marks the documents of one bulk, so that after it the ones it wrote can be told from those others wrote. */
const WRITE_TOKEN = 'writeToken';

/** Code of MongoDB for "there is one already". */
const DUPLICATE_KEY = 11_000;

/**
 * A collection of domain objects with a revision. Every change is a compare-and-set on `{_id, revision}`: it is written
 * where the revision is still the one that was read, and the revision grows by one. Losing that race is a return value.
 *
 * Mongoose owns the connection, the schema and the indexes. Whole domain objects are written through the driver's
 * collection: they are typed and decided by the domain already, and casting each of them again costs more than the write.
 */
export class GuardedCollection<T extends Identified> {
  constructor(
    private readonly model: Model<unknown>,
    /** Fields that queries need beside the domain's own. */
    private readonly derived: (thing: T) => Record<string, unknown> = () => ({}),
  ) {}

  get collection(): mongo.Collection<Stored> {
    return this.model.collection as unknown as mongo.Collection<Stored>;
  }

  /** False: one with this id, or another unique value, is there already. */
  async insert(thing: T): Promise<boolean> {
    const { duplicates } = await this.insertMany([thing]);
    return duplicates.length === 0;
  }

  /** Inserts many; those that are there already, by id or by a unique index, are named and nothing happens to them. */
  async insertMany(things: readonly T[]): Promise<{ inserted: T[]; duplicates: T[] }> {
    if (things.length === 0) return { inserted: [], duplicates: [] };
    const failed = await duplicatesOf(() =>
      this.collection.insertMany(
        things.map((thing) => this.toStored(thing)),
        { ordered: false },
      ),
    );
    return {
      inserted: things.filter((_, index) => !failed.has(index)),
      duplicates: things.filter((_, index) => failed.has(index)),
    };
  }

  async findById(id: string, further: Record<string, unknown> = {}): Promise<T | null> {
    const found = await this.collection.findOne({ _id: id, ...further });
    return found && this.fromStored(found);
  }

  async findByIds(ids: readonly string[], further: Record<string, unknown> = {}): Promise<T[]> {
    if (ids.length === 0) return [];
    return await this.find({ _id: { $in: [...ids] }, ...further });
  }

  async find(
    filter: Record<string, unknown>,
    options: { sort?: Record<string, 1 | -1>; limit?: number } = {},
  ): Promise<T[]> {
    const found = await this.collection.find(filter, options).toArray();
    return found.map((one) => this.fromStored(one));
  }

  /** Writes a thing where it still has the revision it carries. Null: the race is lost. */
  async replace(thing: T): Promise<T | null> {
    const next = { ...thing, revision: thing.revision + 1 };
    const { matchedCount } = await this.collection.replaceOne(
      { _id: thing.id, revision: thing.revision },
      this.toStored(next),
    );
    return matchedCount === 1 ? next : null;
  }

  /** As {@link replace}, in one unordered bulk; only when some were lost are they looked up. */
  async replaceMany(things: readonly T[]): Promise<BulkOutcome<T>> {
    if (things.length === 0) return { written: [], lost: [] };
    const next = things.map((thing) => ({ ...thing, revision: thing.revision + 1 }));
    const token = randomUUID();
    const result = await this.collection.bulkWrite(
      next.map((thing) => ({
        replaceOne: {
          filter: { _id: thing.id, revision: thing.revision - 1 },
          replacement: { ...this.toStored(thing), [WRITE_TOKEN]: token },
        },
      })),
      { ordered: false },
    );
    if (result.matchedCount === next.length) return { written: next, lost: [] };
    return await this.sortOutLost(next, token);
  }

  /** Removes a thing where it still has this revision. False: the race is lost. */
  async remove(id: string, revision: number): Promise<boolean> {
    const { deletedCount } = await this.collection.deleteOne({ _id: id, revision });
    return deletedCount === 1;
  }

  toStored(thing: T): Stored {
    const { id, ...fields } = thing;
    return { _id: id, ...fields, ...this.derived(thing) } as Stored;
  }

  fromStored(stored: Stored): T {
    const { _id, [WRITE_TOKEN]: _token, ...fields } = stored;
    for (const name of Object.keys(this.derived({ ...fields, id: _id } as unknown as T))) delete fields[name];
    return { ...fields, id: _id } as unknown as T;
  }

  /** A write that was overtaken at once counts as lost: the caller reads and decides again. */
  private async sortOutLost(next: readonly T[], token: string): Promise<BulkOutcome<T>> {
    const found = await this.collection
      .find({ _id: { $in: next.map((thing) => thing.id) } }, { projection: { [WRITE_TOKEN]: 1 } })
      .toArray();
    const ours = new Set(found.filter((one) => one[WRITE_TOKEN] === token).map((one) => one._id));
    return {
      written: next.filter((thing) => ours.has(thing.id)),
      lost: next.filter((thing) => !ours.has(thing.id)).map((thing) => thing.id),
    };
  }
}

/** Runs an unordered insert; the indices of what was there already. Other faults are thrown. */
export async function duplicatesOf(insert: () => Promise<unknown>): Promise<Set<number>> {
  try {
    await insert();
    return new Set();
  } catch (error) {
    const errors = (error as { writeErrors?: { code: number; index: number }[] }).writeErrors;
    if ((error as { code?: number }).code === DUPLICATE_KEY && !errors) return new Set([0]);
    if (!Array.isArray(errors) || errors.some((one) => one.code !== DUPLICATE_KEY)) throw error;
    return new Set(errors.map((one) => one.index));
  }
}
