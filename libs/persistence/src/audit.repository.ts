import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { AuditEntry, TenantScope } from '#domain';
import { page, type PageRequest, type PageResult } from './pages.js';
import { PlainCollection } from './plain-collection.js';
import { collectionSchema, date, facts, nullable, part, text } from './schema.js';
import { scoped } from './scope.js';

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
  .index({ action: 1, at: -1, _id: -1 });

@Injectable()
export class AuditRepository {
  private readonly store: PlainCollection<AuditEntry>;

  constructor(@InjectModel('AuditEntry') model: Model<unknown>) {
    this.store = new PlainCollection(model);
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    await this.store.append(entries);
  }

  /** Newest first. What belongs to no tenant is seen by those who see all. */
  list(scope: TenantScope, filter: AuditFilter, request: PageRequest): Promise<PageResult<AuditEntry>> {
    return page(
      this.store.collection,
      wanted(scope, filter),
      { limit: request.limit, after: request.after ?? null },
      {},
      [{ path: 'at', direction: -1 }],
      (stored) => this.store.fromStored(stored),
    );
  }

  /** All that {@link list} would show on its pages, one after the other. */
  async *stream(scope: TenantScope, filter: AuditFilter): AsyncGenerator<AuditEntry> {
    const found = this.store.collection.find(wanted(scope, filter)).sort({ at: -1, _id: -1 }).batchSize(500);
    for await (const stored of found) yield this.store.fromStored(stored);
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
