import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { AuditEntry, AuditLink, PendingLink, TenantScope } from '#domain';
import {
  chainedRows,
  LINKABLE,
  type LinkedAuditRow,
  linkedRow,
  type StoredAuditRow,
} from './audit-reading.js';
import { page, type PageRequest, type PageResult } from './pages.js';
import { PlainCollection } from './plain-collection.js';
import { collectionSchema, date, facts, flag, nullable, number, optional, part, text } from './schema.js';
import { scoped } from './scope.js';

/** The fields of a link, also where it waits for its entry. */
export const linkFields = { sequence: number, previous: text, at: date, before: flag, hash: text };

/** Which entries; all criteria must hold. */
export interface AuditFilter {
  action?: string;
  target?: string;
  /** Id of the person or token. */
  who?: string;
  /** At or after. */
  since?: Date;
  /** Before. */
  until?: Date;
}

export const auditSchema = collectionSchema<AuditEntry>('audit', {
  at: date,
  who: nullable(part({ id: text, name: text })),
  address: nullable(text),
  action: text,
  target: text,
  tenant: nullable(text),
  data: facts<AuditEntry['data']>(),
  chain: optional(part<AuditLink>(linkFields)),
})
  // the audit, newest first
  .index({ at: -1, _id: -1 })
  // what was done to one thing, newest first
  .index({ target: 1, at: -1, _id: -1 })
  // the same within bulks
  .index({ 'data.ids': 1, at: -1, _id: -1 })
  // of a tenant, by a person, of a kind
  .index({ tenant: 1, at: -1, _id: -1 })
  .index({ 'who.id': 1, at: -1, _id: -1 })
  .index({ action: 1, at: -1, _id: -1 })
  // the chain, and entries that have no link yet, the oldest first
  .index({ 'chain.sequence': 1, at: 1, _id: 1 });

export const AUDIT_SORT_FIELDS = ['at', 'action', 'target'] as const;
export type AuditSortField = (typeof AUDIT_SORT_FIELDS)[number];
/** Of one action or target: the newest first. */
const SORT_PATHS = {
  at: 'at',
  action: ['action', '-at'],
  target: ['target', '-at'],
} as const satisfies Record<AuditSortField, string | readonly string[]>;

@Injectable()
export class AuditRepository {
  private readonly store: PlainCollection<AuditEntry>;

  constructor(@InjectModel('AuditEntry') model: Model<unknown>) {
    this.store = new PlainCollection(model);
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    await this.store.append(entries);
  }

  /** Newest first unless asked otherwise. What belongs to no tenant is seen by those who see all. */
  list(
    scope: TenantScope,
    filter: AuditFilter,
    request: PageRequest<AuditSortField>,
  ): Promise<PageResult<AuditEntry>> {
    return page(
      this.store.collection,
      wanted(scope, filter),
      request,
      SORT_PATHS,
      [{ path: 'at', direction: -1 }],
      (stored) => this.store.fromStored(stored),
    );
  }

  /** All that {@link list} would show on its pages, one after the other. */
  async *stream(scope: TenantScope, filter: AuditFilter): AsyncGenerator<AuditEntry> {
    const found = this.store.collection.find(wanted(scope, filter)).sort({ at: -1, _id: -1 }).batchSize(500);
    for await (const stored of found) yield this.store.fromStored(stored);
  }

  /**
   * The oldest entries without a link, as they are stored: what is linked is what is there, whatever its form. But for those
   * whose id is no text: no server writes such ones, and none could name them in a link; verify-audit tells of them.
   */
  async unlinked(limit: number): Promise<StoredAuditRow[]> {
    const found = await this.store.collection
      .find({ 'chain.sequence': null, ...LINKABLE }, { sort: { at: 1, _id: 1 }, limit })
      .toArray();
    return found.map((stored) => linkedRow(stored).row);
  }

  /** Writes links onto their entries. An entry that has one keeps it, and one that is gone stays away. */
  async link(links: readonly PendingLink[]): Promise<void> {
    if (links.length === 0) return;
    const writes = links.map(({ entry, ...chain }) => ({
      updateOne: { filter: { _id: entry, 'chain.sequence': null }, update: { $set: { chain } } },
    }));
    await this.store.collection.bulkWrite(writes, { ordered: false });
  }

  /** How many entries have no link, counted up to `limit`. */
  countUnlinked(limit: number): Promise<number> {
    return this.store.collection.countDocuments({ 'chain.sequence': null }, { limit });
  }

  /** All entries with a link; see {@link chainedRows}. */
  chained(pending: readonly PendingLink[] = []): AsyncGenerator<LinkedAuditRow> {
    return chainedRows(this.store.collection, pending);
  }

  /** Entries with a link behind a sequence, in its order, as they are stored. */
  async chainedAfter(sequence: number, limit: number): Promise<LinkedAuditRow[]> {
    const found = await this.store.collection
      .find({ 'chain.sequence': { $gt: sequence } }, { sort: { 'chain.sequence': 1 }, limit })
      .toArray();
    return found.map(linkedRow);
  }

  /** Removes a part of the chain, both ends included. @returns how many entries are gone */
  async removeRange(from: number, to: number): Promise<number> {
    const filter = { 'chain.sequence': { $gte: from, $lte: to } };
    return (await this.store.collection.deleteMany(filter)).deletedCount;
  }
}

/** A bulk has one entry for many things of a kind, with their ids. */
function partOfBulk(target: string): Record<string, unknown>[] {
  const colon = target.indexOf(':');
  if (colon === -1) return [];
  return [{ target: `${target.slice(0, colon)}s`, 'data.ids': target.slice(colon + 1) }];
}

function wanted(
  scope: TenantScope,
  { action, target, who, since, until }: AuditFilter,
): Record<string, unknown> {
  const at = { ...(since && { $gte: since }), ...(until && { $lt: until }) };
  return {
    ...scoped(scope),
    ...(action === undefined ? {} : { action }),
    ...(target === undefined ? {} : { $or: [{ target }, ...partOfBulk(target)] }),
    ...(who === undefined ? {} : { 'who.id': who }),
    ...(Object.keys(at).length === 0 ? {} : { at }),
  };
}
