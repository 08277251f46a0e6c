import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type {
  ComputerId,
  Directory,
  DirectoryId,
  DpId,
  ImportMessage,
  ImportRow,
  ImportRun,
  ImportRunId,
  ImportVerdict,
  RowOutcome,
  TenantId,
  TenantScope,
} from '#domain';
import { AS_TYPED, duplicatesOf, GuardedCollection, type Stored } from './documents.js';
import { page, type PageRequest, type PageResult } from './pages.js';
import { collectionSchema, DOMAIN_OBJECT } from './schema.js';
import { scoped, within } from './scope.js';

export const importRunSchema = collectionSchema('importRuns', {
  tenant: { type: String, required: true },
  source: String,
  dp: String,
  state: { type: String, required: true },
  file: DOMAIN_OBJECT,
  directory: String,
  options: DOMAIN_OBJECT,
  detected: DOMAIN_OBJECT,
  columns: [DOMAIN_OBJECT],
  fault: DOMAIN_OBJECT,
  messages: [DOMAIN_OBJECT],
  counts: DOMAIN_OBJECT,
  progress: DOMAIN_OBJECT,
  missing: [DOMAIN_OBJECT],
  knownBefore: Number,
  summary: DOMAIN_OBJECT,
  undo: DOMAIN_OBJECT,
  requestedBy: String,
  at: Date,
  endedAt: Date,
  worker: DOMAIN_OBJECT,
  storedLine: Number,
})
  // runs of a tenant, newest first
  .index({ tenant: 1, at: -1, _id: -1 })
  // runs that no importer has touched for a while
  .index({ state: 1, 'progress.at': 1 })
  // uploads that are old enough to be deleted
  .index({ endedAt: 1 });

export const importRowSchema = collectionSchema('importRows', {
  run: { type: String, required: true },
  tenant: { type: String, required: true },
  line: { type: Number, required: true },
  verdict: { type: String, required: true },
  name: String,
  fqdn: String,
  address: String,
  identity: String,
  dp: String,
  inventory: DOMAIN_OBJECT,
  messages: [DOMAIN_OBJECT],
  warned: Boolean,
  computer: String,
  newComputer: String,
  changes: [String],
  outcome: String,
  raw: [String],
})
  // a run's rows by line
  .index({ run: 1, line: 1 })
  // a run's rows of one verdict by line: the preview's filter, the commit, rejected rows
  .index({ run: 1, verdict: 1, line: 1 });

export const directorySchema = collectionSchema('directories', {
  tenant: { type: String, required: true },
  name: String,
  url: String,
  startTls: Boolean,
  allowPlain: Boolean,
  caPem: String,
  bindDn: String,
  /** Ciphertext only, sealed to the importers' key. */
  sealedPassword: DOMAIN_OBJECT,
  bases: [String],
  filter: String,
  createdAt: Date,
})
  // directories of a tenant, by the name that people and scripts know them by
  .index({ tenant: 1, name: 1 }, { unique: true });

@Injectable()
export class ImportRunRepository {
  private readonly store: GuardedCollection<ImportRun>;

  constructor(@InjectModel('ImportRun') model: Model<unknown>) {
    this.store = new GuardedCollection<ImportRun>(model);
  }

  insert(run: ImportRun): Promise<boolean> {
    return this.store.insert(run);
  }

  findById(scope: TenantScope, id: ImportRunId): Promise<ImportRun | null> {
    return this.store.findById(id, within(scope));
  }

  /** Newest first. */
  list(
    scope: TenantScope,
    filter: { tenant?: TenantId },
    request: PageRequest,
  ): Promise<PageResult<ImportRun>> {
    const wanted = filter.tenant ? { $and: [scoped(scope), { tenant: filter.tenant }] } : scoped(scope);
    return page(
      this.store.collection,
      wanted,
      request,
      { at: 'at' },
      [{ path: 'at', direction: -1 }],
      (stored) => this.store.fromStored(stored),
    );
  }

  replace(run: ImportRun): Promise<ImportRun | null> {
    return this.store.replace(run);
  }

  /** Runs with work left that nobody has touched since: their command or their importer got lost. */
  unfinished(untouchedSince: Date, limit: number): Promise<ImportRun[]> {
    return this.store.find(
      {
        'progress.at': { $lt: untouchedSince },
        $or: [
          { state: { $in: ['queued', 'reading', 'committing'] } },
          { state: 'committed', undo: { $ne: null }, 'undo.at': null },
          { state: 'discarded', file: { $ne: null } },
          { state: 'discarded', storedLine: { $gt: 0 } },
        ],
      },
      { limit },
    );
  }

  /** Runs that ended before `date` and still have their upload. */
  endedBefore(date: Date, limit: number): Promise<ImportRun[]> {
    return this.store.find({ endedAt: { $lt: date }, file: { $ne: null } }, { limit });
  }
}

/** What of a row is needed to find duplicates in the rows that follow. */
export interface ImportRowKey {
  line: number;
  verdict: ImportVerdict;
  name: string;
  fqdn: string | null;
  identity: string | null;
  warned: boolean;
  dp: DpId | null;
}

@Injectable()
export class ImportRowRepository {
  private readonly collection: mongo.Collection<Stored>;

  constructor(@InjectModel('ImportRow') model: Model<unknown>) {
    this.collection = model.collection as unknown as mongo.Collection<Stored>;
  }

  /** Stores rows that are not there yet: the same row of the same run has the same id. */
  async insertNew(rows: readonly ImportRow[]): Promise<void> {
    if (rows.length === 0) return;
    const stored = rows.map(({ id, ...fields }) => ({ _id: id, revision: 0, ...fields }));
    await duplicatesOf(() => this.collection.insertMany(stored, { ordered: false, ...AS_TYPED }));
  }

  /**
   * Stores rows in the place of any that are there under their ids: for a run that is read anew, where an importer that
   * lost it may have left a batch of its own.
   */
  async storeNew(rows: readonly ImportRow[]): Promise<void> {
    if (rows.length === 0) return;
    const stored = rows.map(({ id, ...fields }) => ({ _id: id, revision: 0, ...fields }));
    const there = await duplicatesOf(() =>
      this.collection.insertMany(stored, { ordered: false, ...AS_TYPED }),
    );
    const left = stored.filter((_, index) => there.has(index));
    if (left.length === 0) return;
    const writes = left.map((row) => ({
      replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true },
    }));
    await this.collection.bulkWrite(writes, { ordered: false, ...AS_TYPED });
  }

  /** Deletes the rows of a run behind a line; without one, all of them. */
  async deleteOfRun(run: ImportRunId, afterLine = 0): Promise<void> {
    await this.collection.deleteMany({ run, ...(afterLine > 0 ? { line: { $gt: afterLine } } : {}) });
  }

  /** For the preview; by line. */
  list(
    run: ImportRunId,
    filter: { verdict?: ImportVerdict; outcome?: RowOutcome; warned?: boolean },
    request: PageRequest,
  ): Promise<PageResult<ImportRow>> {
    const wanted = {
      run,
      ...(filter.verdict ? { verdict: filter.verdict } : {}),
      ...(filter.outcome ? { outcome: filter.outcome } : {}),
      ...(filter.warned ? { warned: true } : {}),
    };
    return page(this.collection, wanted, request, {}, [{ path: 'line', direction: 1 }], rowOf);
  }

  /** Rows behind a line that the preview or the commit rejected, by line. */
  async rejected(run: ImportRunId, afterLine: number, limit: number): Promise<ImportRow[]> {
    const found = await this.collection
      .find({ run, $or: [{ verdict: 'rejected' }, { outcome: 'rejected' }], line: { $gt: afterLine } })
      .sort({ line: 1 })
      .limit(limit)
      .toArray();
    return found.map(rowOf);
  }

  /** Rows behind a line, by line, read once from beginning to end. */
  async *stream(
    run: ImportRunId,
    verdicts: readonly ImportVerdict[],
    afterLine = 0,
  ): AsyncIterable<ImportRow> {
    const filter = { run, verdict: { $in: [...verdicts] }, line: { $gt: afterLine } };
    for await (const row of this.collection.find(filter).sort({ line: 1 }).batchSize(1000)) yield rowOf(row);
  }

  /** Keys of the rows of a run up to a line, by line. */
  async *keys(run: ImportRunId, lastLine = Number.MAX_SAFE_INTEGER): AsyncIterable<ImportRowKey> {
    const projection = { line: 1, verdict: 1, name: 1, fqdn: 1, identity: 1, warned: 1, dp: 1 };
    const filter = { run, line: { $lte: lastLine } };
    for await (const row of this.collection.find(filter, { projection }).sort({ line: 1 })) {
      yield row as unknown as ImportRowKey;
    }
  }

  /**
   * Notes what the commit made of rows. Those with nothing to say but their outcome are one write for each outcome: they
   * are nearly all of them.
   */
  async mark(marks: readonly RowMark[]): Promise<void> {
    const isPlain = (mark: RowMark): boolean => mark.computer === undefined && !mark.messages;
    const plain = Map.groupBy(marks.filter(isPlain), (mark) => mark.outcome);
    const writes = Array.from(plain, ([outcome, same]) =>
      this.collection.updateMany({ _id: { $in: same.map((mark) => mark.id) } }, { $set: { outcome } }),
    );
    await Promise.all([...writes, this.markEach(marks.filter((mark) => !isPlain(mark)))]);
  }

  private async markEach(marks: readonly RowMark[]): Promise<void> {
    if (marks.length === 0) return;
    await this.collection.bulkWrite(
      marks.map(({ id, ...fields }) => ({ updateOne: { filter: { _id: id }, update: { $set: fields } } })),
      { ordered: false, ...AS_TYPED },
    );
  }
}

/** What the commit made of a row. A created row's computer has the id that was chosen for it. */
export interface RowMark {
  id: string;
  outcome: RowOutcome;
  /** Where it is another one than the row's own, or none any more. */
  computer?: ComputerId | null;
  /** All that is to be said of the row, in the place of what was. */
  messages?: readonly ImportMessage[];
}

function rowOf({ _id, revision: _revision, ...fields }: Stored): ImportRow {
  const row = { ...fields, id: _id } as unknown as ImportRow;
  return row.outcome === 'created' ? { ...row, computer: row.newComputer } : row;
}

@Injectable()
export class DirectoryRepository {
  private readonly store: GuardedCollection<Directory>;

  constructor(@InjectModel('Directory') model: Model<unknown>) {
    this.store = new GuardedCollection<Directory>(model);
  }

  insert(directory: Directory): Promise<boolean> {
    return this.store.insert(directory);
  }

  findById(scope: TenantScope, id: DirectoryId): Promise<Directory | null> {
    return this.store.findById(id, within(scope));
  }

  list(scope: TenantScope): Promise<Directory[]> {
    return this.store.find(scoped(scope), { sort: { name: 1, _id: 1 } });
  }

  replace(directory: Directory): Promise<Directory | null> {
    return this.store.replace(directory);
  }

  remove(id: DirectoryId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}
