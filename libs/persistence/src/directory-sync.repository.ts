import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  SYNC_KINDS,
  SYNC_RESULTS,
  type DirectoryId,
  type DirectoryReleases,
  type DirectorySync,
  type Leaver,
  type SyncLine,
  type TenantScope,
} from '#domain';
import { directoryCursor, directorySchedule, importFault } from './schema-parts.js';
import {
  collectionSchema,
  date,
  flag,
  list,
  nullable,
  number,
  oneOf,
  optional,
  part,
  text,
} from './schema.js';
import { scoped, within } from './scope.js';
import { VersionedCollection } from './versioned-collection.js';

export const directorySyncSchema = collectionSchema<DirectorySync>('directorySyncs', {
  tenant: text,
  follows: number,
  schedule: nullable(directorySchedule),
  scope: text,
  nextAt: nullable(date),
  wakeAt: nullable(date),
  asked: nullable(part<NonNullable<DirectorySync['asked']>>({ full: flag, by: text })),
  run: nullable(part<NonNullable<DirectorySync['run']>>({ id: text, full: flag, at: date, by: text })),
  pending: nullable(text),
  cursor: nullable(directoryCursor),
  fullAt: nullable(date),
  open: list(text),
  failures: number,
  leavers: list(part<Leaver>({ computer: text, name: text, since: date })),
  left: number,
  releases: nullable(
    part<DirectoryReleases>({
      runs: list(text),
      at: date,
      hour: date,
      used: number,
      refused: number,
      rollouts: optional(list(text)),
    }),
  ),
  lines: list(
    part<SyncLine>({
      result: oneOf(SYNC_RESULTS),
      since: date,
      at: date,
      times: number,
      kind: nullable(oneOf(SYNC_KINDS)),
      run: nullable(text),
      counts: part<SyncLine['counts']>({
        rows: number,
        new: number,
        changed: number,
        rejected: number,
        missing: number,
      }),
      skipped: number,
      fault: nullable(importFault),
    }),
  ),
})
  // those that servers have to look at
  .index({ wakeAt: 1 });

/** Where directories stand that are read by themselves, by the id of the directory. */
@Injectable()
export class DirectorySyncRepository {
  private readonly store: VersionedCollection<DirectorySync>;

  constructor(@InjectModel('DirectorySync') model: Model<unknown>) {
    this.store = new VersionedCollection<DirectorySync>(model);
  }

  /** False: it is there already. */
  insert(sync: DirectorySync): Promise<boolean> {
    return this.store.insert(sync);
  }

  findById(scope: TenantScope, id: DirectoryId): Promise<DirectorySync | null> {
    return this.store.findById(id, within(scope));
  }

  list(scope: TenantScope): Promise<DirectorySync[]> {
    return this.store.find(scoped(scope));
  }

  /** Those that have to be looked at by now, the longest overdue first. */
  due(now: Date, limit: number): Promise<DirectorySync[]> {
    return this.store.find({ wakeAt: { $lte: now } }, { sort: { wakeAt: 1 }, limit });
  }

  replace(sync: DirectorySync): Promise<DirectorySync | null> {
    return this.store.replace(sync);
  }

  remove(id: DirectoryId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}
