import { randomUUID } from 'node:crypto';
import type { Model, mongo } from 'mongoose';
import { DomainError } from '#domain';
import { RequestBatcher } from '#runtime';
import { documentCheck } from './stored-document.js';

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

/** Marks each written document, so that after a bulk the writes that won can be told from those others made. */
const WRITE_TOKEN = 'writeToken';

/** Calls with more than this many things go alone: others must not wait for them. */
const MOST_SHARED = 100;

/** Code of MongoDB for "there is one already". */
const DUPLICATE_KEY = 11_000;

/**
 * Milliseconds after which the server itself gives up a read that others wait for: on the way of orders, and where a
 * person looks at a page.
 */
export const READ_LIMIT = { maxTimeMS: 10_000 } as const;

/** A field without a value is left out; by default the driver stores null, which the domain's types do not expect. */
export const WRITE_OPTIONS = { ignoreUndefined: true } as const;

/**
 * A collection of domain objects with a revision. Every change is a compare-and-set on `{_id, revision}`: it is written
 * where the revision is still the one that was read, and the revision grows by one. Losing that race is a return value.
 *
 * Mongoose owns the connection, the schemas and the indexes. Whole domain objects are read and written through the driver's
 * collection: casting and validating each of them in the model costs too much of an order's way (docs/adr/0017). All the
 * same each is held against its schema, before it is written and when it is read.
 */
export class VersionedCollection<T extends Identified> {
  private readonly reads = new RequestBatcher<readonly string[], Stored[]>((calls) => this.readAll(calls));
  private readonly writes = new RequestBatcher<readonly Guarded<T>[], BulkOutcome<T>>((calls) =>
    this.writeAll(calls),
  );

  private readonly demandValid: (stored: Stored) => void;
  private readonly derived: readonly [string, (thing: T) => unknown][];
  private readonly notOfDomain: ReadonlySet<string>;

  constructor(
    private readonly model: Model<unknown>,
    /** Fields that queries need beside the domain's own. */
    derived: Readonly<Record<string, (thing: T) => unknown>> = {},
    /** Adds to a thing that was read what the version before did not store. */
    private readonly complete?: (thing: T) => void,
  ) {
    this.demandValid = documentCheck(model.schema);
    this.derived = Object.entries(derived);
    this.notOfDomain = new Set(['_id', WRITE_TOKEN, ...Object.keys(derived)]);
  }

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
        { ordered: false, ...WRITE_OPTIONS },
      ),
    );
    return {
      inserted: things.filter((_, index) => !failed.has(index)),
      duplicates: things.filter((_, index) => failed.has(index)),
    };
  }

  async findById(id: string, visible: (thing: T) => boolean = () => true): Promise<T | null> {
    return (await this.findByIds([id], visible))[0] ?? null;
  }

  async findByIds(ids: readonly string[], visible: (thing: T) => boolean = () => true): Promise<T[]> {
    if (ids.length === 0) return [];
    const found = ids.length > MOST_SHARED ? await this.readAll([ids]) : [await this.reads.load(ids)];
    return found
      .flat()
      .map((one) => this.fromStored(one))
      .filter(visible);
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
      ({ matchedCount: matched } = await this.collection.replaceOne(
        filter,
        this.toStored(next),
        WRITE_OPTIONS,
      ));
    });
    if (duplicate.size > 0) throw new DomainError('DUPLICATE', 'duplicate.name');
    return matched === 1 ? next : null;
  }

  /**
   * As {@link replace}, in one unordered bulk, each thing once; only when some were lost are they looked up. Small bulks
   * of the same moment share a round trip.
   */
  async replaceMany(things: readonly T[]): Promise<BulkOutcome<T>> {
    if (things.length === 0) return { written: [], lost: [], duplicates: [] };
    const guarded = things.map((thing) => ({
      next: { ...thing, revision: thing.revision + 1 },
      token: randomUUID(),
    }));
    if (things.length <= MOST_SHARED) return this.writes.load(guarded);
    const [outcome] = await this.writeAll([guarded]);
    return outcome ?? { written: [], lost: [], duplicates: [] };
  }

  /** Removes a thing where it still has this revision. False: the race is lost. */
  async remove(id: string, revision: number): Promise<boolean> {
    const { deletedCount } = await this.collection.deleteOne({ _id: id, revision });
    return deletedCount === 1;
  }

  /** @throws StoredDocumentError for what the schema does not allow */
  private toStored(thing: T): Stored {
    const { id, ...fields } = thing;
    const stored: Stored = { _id: id, ...fields };
    for (const [name, value] of this.derived) stored[name] = value(thing);
    this.demandValid(stored);
    return stored;
  }

  /** @throws StoredDocumentError for what the schema does not allow */
  fromStored(stored: Stored): T {
    this.demandValid(stored);
    // each document that is read comes by here: field by field is several times as quick as taking some away
    const thing: Record<string, unknown> = { id: stored._id };
    for (const name of Object.keys(stored)) if (!this.notOfDomain.has(name)) thing[name] = stored[name];
    const read = thing as unknown as T;
    this.complete?.(read);
    return read;
  }

  private async readAll(calls: readonly (readonly string[])[]): Promise<Stored[][]> {
    const ids = [...new Set(calls.flat())];
    const found = await this.collection.find({ _id: { $in: ids } }, READ_LIMIT).toArray();
    const byId = new Map(found.map((one) => [one._id, one]));
    return calls.map((call) => [...new Set(call)].flatMap((id) => byId.get(id) ?? []));
  }

  /**
   * Calls may bring the same thing, so each write has a token of its own. It is made once: a write that is done again
   * after a fault finds its token where the first attempt succeeded.
   */
  private async writeAll(calls: readonly (readonly Guarded<T>[])[]): Promise<BulkOutcome<T>[]> {
    const all = calls.flat();
    const writes = all.map(({ next, token }) => ({
      replaceOne: {
        filter: { _id: next.id, revision: next.revision - 1 },
        replacement: { ...this.toStored(next), [WRITE_TOKEN]: token },
      },
    }));
    let matched = 0;
    const failed = await duplicatesOf(async () => {
      const options = { ordered: false, ...WRITE_OPTIONS };
      ({ matchedCount: matched } = await this.collection.bulkWrite(writes, options));
    });
    const won = matched === all.length ? null : await this.wonOf(all);
    const refused = new Set(all.filter((_, index) => failed.has(index)));
    return calls.map((call) => {
      return {
        written: call.filter(({ token }) => won?.has(token) ?? true).map(({ next }) => next),
        lost: call.filter(({ token }) => won?.has(token) === false).map(({ next }) => next.id),
        duplicates: call.filter((one) => refused.has(one)).map(({ next }) => next.id),
      };
    });
  }

  /** Tokens of the writes that won. One that was overtaken at once counts as lost: the caller reads and decides again. */
  private async wonOf(all: readonly Guarded<T>[]): Promise<Set<unknown>> {
    const ids = [...new Set(all.map(({ next }) => next.id))];
    const found = await this.collection
      .find({ _id: { $in: ids } }, { projection: { [WRITE_TOKEN]: 1 } })
      .toArray();
    return new Set(found.flatMap((one) => one[WRITE_TOKEN] ?? []));
  }
}

/** A write that is waiting: the thing with its next revision, and the mark of this write. */
interface Guarded<T> {
  next: T;
  token: string;
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
