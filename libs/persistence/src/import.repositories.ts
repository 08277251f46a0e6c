import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  hostNameFrom,
  type AssignmentRuleId,
  type Chooser,
  type ComputerId,
  type Directory,
  type DirectoryId,
  type DpId,
  type ImportMessage,
  type ImportRow,
  type ImportRun,
  type ImportRunId,
  type ImportVerdict,
  type RowOutcome,
  type TenantId,
  type TenantScope,
} from '#domain';
import { WRITE_OPTIONS, duplicatesOf, VersionedCollection, type Stored } from './versioned-collection.js';
import { PlainCollection } from './plain-collection.js';
import { page, type PageRequest, type PageResult } from './pages.js';
import { scoped, within } from './scope.js';

export const IMPORT_RUN_SORT_FIELDS = ['at', 'state', 'tenant', 'file', 'rows'] as const;
export type ImportRunSortField = (typeof IMPORT_RUN_SORT_FIELDS)[number];
/** Those of one state or tenant: the newest first. */
const RUN_SORT_PATHS = {
  at: 'at',
  state: ['state', '-at'],
  tenant: ['tenant', '-at'],
  file: 'file.name',
  rows: 'counts.rows',
} as const satisfies Record<ImportRunSortField, string | readonly string[]>;

export const IMPORT_ROW_SORT_FIELDS = ['line', 'verdict', 'name', 'dp'] as const;
export type ImportRowSortField = (typeof IMPORT_ROW_SORT_FIELDS)[number];
const ROW_SORT_PATHS = {
  line: 'line',
  verdict: ['verdict', 'line'],
  name: 'name',
  dp: ['dp', 'line'],
} as const satisfies Record<ImportRowSortField, string | readonly string[]>;

@Injectable()
export class ImportRunRepository {
  private readonly store: VersionedCollection<ImportRun>;

  constructor(@InjectModel('ImportRun') model: Model<unknown>) {
    this.store = new VersionedCollection<ImportRun>(model);
  }

  insert(run: ImportRun): Promise<boolean> {
    return this.store.insert(run);
  }

  findById(scope: TenantScope, id: ImportRunId): Promise<ImportRun | null> {
    return this.store.findById(id, within(scope));
  }

  /** Newest first; without those of schedules in which there is nothing to see. */
  list(
    scope: TenantScope,
    filter: { tenant?: TenantId },
    request: PageRequest<ImportRunSortField>,
  ): Promise<PageResult<ImportRun>> {
    const wanted = filter.tenant ? { $and: [scoped(scope), { tenant: filter.tenant }] } : scoped(scope);
    return page(
      this.store.collection,
      { ...wanted, 'sync.quiet': { $ne: true } },
      request,
      RUN_SORT_PATHS,
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

  /** Runs that failed after a time. */
  failedSince(time: Date, limit: number): Promise<ImportRun[]> {
    return this.store.find({ state: 'failed', 'progress.at': { $gte: time } }, { limit });
  }

  /** Removes a run where it still has this revision. False: the race is lost. */
  remove(id: ImportRunId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }

  /** Removes runs of a directory's schedule in which there is nothing to see, but for the one that is under way. */
  async forgetQuiet(directory: DirectoryId, except: ImportRunId): Promise<void> {
    const filter = { directory, 'sync.quiet': true, _id: { $ne: except as string } };
    await this.store.collection.deleteMany(filter);
  }

  /** Runs that ended before a time, the earliest first. */
  async *doneBefore(time: Date): AsyncGenerator<ImportRun> {
    const found = this.store.collection
      .find({ endedAt: { $lt: time } })
      .sort({ endedAt: 1 })
      .batchSize(100);
    for await (const stored of found) yield this.store.fromStored(stored);
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
  hostName: string;
  fqdn: string | null;
  identity: string | null;
  warned: boolean;
  dp: DpId | null;
}

/** Which rows of a run are shown. */
export interface ImportRowFilter {
  verdict?: ImportVerdict;
  outcome?: RowOutcome;
  warned?: boolean;
  /** What chose their DP. */
  chosenBy?: Chooser;
  /** The rule that chose their DP. */
  rule?: AssignmentRuleId;
  /** Those with a namesake, but for these lines. */
  namesakes?: { but: readonly number[] };
}

@Injectable()
export class ImportRowRepository {
  private readonly store: PlainCollection<ImportRow>;

  constructor(@InjectModel('ImportRow') model: Model<unknown>) {
    this.store = new PlainCollection(model);
  }

  private readonly rowOf = (stored: Stored): ImportRow => {
    const row = this.store.fromStored(stored);
    row.hostName ??= hostNameFrom(row);
    return row.outcome === 'created' ? { ...row, computer: row.newComputer } : row;
  };

  /** Stores rows that are not there yet: the same row of the same run has the same id. */
  async insertNew(rows: readonly ImportRow[]): Promise<void> {
    await this.store.append(rows);
  }

  /**
   * Stores rows in the place of any that are there under their ids: for a run that is read anew, where an importer that
   * lost it may have left a batch of its own.
   */
  async storeNew(rows: readonly ImportRow[]): Promise<void> {
    if (rows.length === 0) return;
    const stored = rows.map((row) => this.store.toStored(row));
    const there = await duplicatesOf(() =>
      this.store.collection.insertMany(stored, { ordered: false, ...WRITE_OPTIONS }),
    );
    const left = stored.filter((_, index) => there.has(index));
    if (left.length === 0) return;
    const writes = left.map((row) => ({
      replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true },
    }));
    await this.store.collection.bulkWrite(writes, { ordered: false, ...WRITE_OPTIONS });
  }

  /** Deletes the rows of a run behind a line; without one, all of them. @returns how many */
  async deleteOfRun(run: ImportRunId, afterLine = 0): Promise<number> {
    const filter = { run, ...(afterLine > 0 ? { line: { $gt: afterLine } } : {}) };
    return (await this.store.collection.deleteMany(filter)).deletedCount;
  }

  /** For the preview; by line. */
  list(
    run: ImportRunId,
    filter: ImportRowFilter,
    request: PageRequest<ImportRowSortField>,
  ): Promise<PageResult<ImportRow>> {
    const wanted = {
      run,
      ...(filter.verdict ? { verdict: filter.verdict } : {}),
      ...(filter.outcome ? { outcome: filter.outcome } : {}),
      ...(filter.warned ? { warned: true } : {}),
      ...(filter.chosenBy ? { 'assignedBy.by': filter.chosenBy } : {}),
      ...(filter.rule ? { 'assignedBy.by': 'rule', 'assignedBy.rule': filter.rule } : {}),
      ...(filter.namesakes && { namesake: { $exists: true }, line: { $nin: [...filter.namesakes.but] } }),
    };
    return page(
      this.store.collection,
      wanted,
      request,
      ROW_SORT_PATHS,
      [{ path: 'line', direction: 1 }],
      this.rowOf,
    );
  }

  /** The row of a line. */
  findByLine(run: ImportRunId, line: number): Promise<ImportRow | null> {
    return this.store.findOne({ run, line });
  }

  /**
   * The cells of one column of the file, each once, with how many rows have it, the most frequent first; at most `limit`
   * different ones. They are counted where they are stored: nothing of the rows comes here.
   */
  async cellsOf(run: ImportRunId, column: number, limit: number): Promise<{ cell: string; rows: number }[]> {
    const cell = { $ifNull: [{ $arrayElemAt: ['$raw', column] }, ''] };
    const found = await this.store.collection
      .aggregate<{ _id: string; rows: number }>(
        [
          { $match: { run } },
          { $group: { _id: cell, rows: { $sum: 1 } } },
          { $sort: { rows: -1, _id: 1 } },
          { $limit: limit },
        ],
        // each cell may be another one
        { allowDiskUse: true },
      )
      .toArray();
    return found.map(({ _id, rows }) => ({ cell: _id, rows }));
  }

  /** Which of these lines are of rows with a namesake. */
  async linesWithNamesake(run: ImportRunId, lines: readonly number[]): Promise<Set<number>> {
    const filter = { run, line: { $in: [...lines] }, namesake: { $exists: true } };
    const found = await this.store.collection.find(filter, { projection: { line: 1 } }).toArray();
    return new Set(found.map((row) => row['line'] as number));
  }

  /** Rows behind a line that the preview or the commit rejected, by line. */
  async rejected(run: ImportRunId, afterLine: number, limit: number): Promise<ImportRow[]> {
    const found = await this.store.collection
      .find({ run, $or: [{ verdict: 'rejected' }, { outcome: 'rejected' }], line: { $gt: afterLine } })
      .sort({ line: 1 })
      .limit(limit)
      .toArray();
    return found.map(this.rowOf);
  }

  /** Rows behind a line, by line, read once from beginning to end. */
  async *stream(
    run: ImportRunId,
    verdicts: readonly ImportVerdict[],
    afterLine = 0,
  ): AsyncIterable<ImportRow> {
    const filter = { run, verdict: { $in: [...verdicts] }, line: { $gt: afterLine } };
    for await (const row of this.store.collection.find(filter).sort({ line: 1 }).batchSize(1000))
      yield this.rowOf(row);
  }

  /** Keys of the rows of a run up to a line, by line. */
  async *keys(run: ImportRunId, lastLine = Number.MAX_SAFE_INTEGER): AsyncIterable<ImportRowKey> {
    const projection = { line: 1, verdict: 1, name: 1, hostName: 1, fqdn: 1, identity: 1, warned: 1, dp: 1 };
    const filter = { run, line: { $lte: lastLine } };
    for await (const row of this.store.collection.find(filter, { projection }).sort({ line: 1 })) {
      const key = row as unknown as ImportRowKey;
      key.hostName ??= hostNameFrom(key);
      yield key;
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
      this.store.collection.updateMany({ _id: { $in: same.map((mark) => mark.id) } }, { $set: { outcome } }),
    );
    await Promise.all([...writes, this.markEach(marks.filter((mark) => !isPlain(mark)))]);
  }

  private async markEach(marks: readonly RowMark[]): Promise<void> {
    if (marks.length === 0) return;
    await this.store.collection.bulkWrite(
      marks.map(({ id, ...fields }) => ({ updateOne: { filter: { _id: id }, update: { $set: fields } } })),
      { ordered: false, ...WRITE_OPTIONS },
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

@Injectable()
export class DirectoryRepository {
  private readonly store: VersionedCollection<Directory>;

  constructor(@InjectModel('Directory') model: Model<unknown>) {
    this.store = new VersionedCollection<Directory>(model);
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
