import { randomUUID } from 'node:crypto';
import type { Model, mongo } from 'mongoose';
import { DomainError } from '#domain';

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
  /** Not written. Somebody else changed or removed these since they were read: read and decide again. */
  lost: Id[];
  /** Those of the lost ones whose new values another document holds by a unique index; deciding again as before is no use. */
  duplicates: Id[];
}

/** Marks the documents of one bulk, so that after it the ones it wrote can be told from those others wrote. */
const WRITE_TOKEN = 'writeToken';

/** Code of MongoDB for "there is one already". */
const DUPLICATE_KEY = 11_000;

/** A field without a value is left out; by default the driver stores null, which the domain's types do not expect. */
export const AS_TYPED = { ignoreUndefined: true } as const;

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
        { ordered: false, ...AS_TYPED },
      ),
    );
    return {
      inserted: things.filter((_, index) => !failed.has(index)),
      duplicates: things.filter((_, index) => failed.has(index)),
    };
  }

  async findById(id: string, visible: (thing: T) => boolean = () => true): Promise<T | null> {
    const found = await this.collection.findOne({ _id: id });
    const thing = found && this.fromStored(found);
    return thing && visible(thing) ? thing : null;
  }

  async findByIds(ids: readonly string[], visible: (thing: T) => boolean = () => true): Promise<T[]> {
    if (ids.length === 0) return [];
    return (await this.find({ _id: { $in: [...ids] } })).filter(visible);
  }

  async find(
    filter: Record<string, unknown>,
    options: { sort?: Record<string, 1 | -1>; limit?: number } = {},
  ): Promise<T[]> {
    const found = await this.collection.find(filter, options).toArray();
    return found.map((one) => this.fromStored(one));
  }

  /**
   * Writes a thing where it still has the revision it carries. Null: the race is lost.
   *
   * @throws DomainError DUPLICATE when another one holds its new name or other unique value
   */
  async replace(thing: T): Promise<T | null> {
    const next = { ...thing, revision: thing.revision + 1 };
    let matched = 0;
    const duplicate = await duplicatesOf(async () => {
      const filter = { _id: thing.id, revision: thing.revision };
      ({ matchedCount: matched } = await this.collection.replaceOne(filter, this.toStored(next), AS_TYPED));
    });
    if (duplicate.size > 0) throw new DomainError('DUPLICATE', 'There is another one with this name.');
    return matched === 1 ? next : null;
  }

  /** As {@link replace}, in one unordered bulk, each thing once; only when some were lost are they looked up. */
  async replaceMany(things: readonly T[]): Promise<BulkOutcome<T>> {
    if (things.length === 0) return { written: [], lost: [], duplicates: [] };
    const next = things.map((thing) => ({ ...thing, revision: thing.revision + 1 }));
    const token = randomUUID();
    const writes = next.map((thing) => ({
      replaceOne: {
        filter: { _id: thing.id, revision: thing.revision - 1 },
        replacement: { ...this.toStored(thing), [WRITE_TOKEN]: token },
      },
    }));
    let matched = 0;
    const failed = await duplicatesOf(async () => {
      const options = { ordered: false, ...AS_TYPED };
      ({ matchedCount: matched } = await this.collection.bulkWrite(writes, options));
    });
    if (matched === next.length) return { written: next, lost: [], duplicates: [] };
    const { written, lost } = await this.sortOutLost(next, token);
    return { written, lost, duplicates: next.flatMap(({ id }, index) => (failed.has(index) ? id : [])) };
  }

  /** Removes a thing where it still has this revision. False: the race is lost. */
  async remove(id: string, revision: number): Promise<boolean> {
    const { deletedCount } = await this.collection.deleteOne({ _id: id, revision });
    return deletedCount === 1;
  }

  toStored(thing: T): Stored {
    const { id, ...fields } = thing;
    return { _id: id, ...fields, ...this.derived(thing) };
  }

  fromStored(stored: Stored): T {
    const { _id, [WRITE_TOKEN]: _token, ...fields } = stored;
    for (const name of Object.keys(this.derived({ ...fields, id: _id } as unknown as T))) delete fields[name];
    return { ...fields, id: _id } as unknown as T;
  }

  /** A write that was overtaken at once counts as lost: the caller reads and decides again. */
  private async sortOutLost(
    next: readonly T[],
    token: string,
  ): Promise<Pick<BulkOutcome<T>, 'written' | 'lost'>> {
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

/** What the driver throws when some writes of a bulk failed. */
interface FailedWrites {
  code?: number;
  writeErrors?: { code: number; index: number }[];
  result?: { getWriteConcernError?: () => unknown };
}

/**
 * Runs one write, or an unordered bulk; the indices of those that a unique index refused. Other faults are thrown, also
 * when the rest of the bulk is written but not yet safe from the loss of a server.
 */
export async function duplicatesOf(write: () => Promise<unknown>): Promise<Set<number>> {
  try {
    await write();
    return new Set();
  } catch (error) {
    const { code, writeErrors, result } = error as FailedWrites;
    if (code === DUPLICATE_KEY && !writeErrors) return new Set([0]);
    const others = !Array.isArray(writeErrors) || writeErrors.some((one) => one.code !== DUPLICATE_KEY);
    if (others || writeErrors.length === 0 || result?.getWriteConcernError?.()) throw error;
    return new Set(writeErrors.map((one) => one.index));
  }
}
