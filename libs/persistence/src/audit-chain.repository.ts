import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { AuditCheckpoint, AuditHead, PendingLink } from '#domain';
import { storedCheckpoints } from './audit-reading.js';
import { linkFields } from './audit.repository.js';
import { PlainCollection } from './plain-collection.js';
import { collectionSchema, date, list, nullable, number, part, text } from './schema.js';
import { VersionedCollection } from './versioned-collection.js';

const HEAD = 'head';
/** So that ids sort as numbers do. */
const DIGITS = 12;

export const auditChainSchema = collectionSchema<AuditHead>('auditChain', {
  sequence: number,
  hash: text,
  since: date,
  adoptedAt: nullable(date),
  pending: list(part<PendingLink>({ entry: text, ...linkFields })),
});

export const auditCheckpointSchema = collectionSchema<AuditCheckpoint>('auditCheckpoints', {
  number,
  sequence: number,
  hash: text,
  at: date,
  previous: text,
  removed: nullable(
    part<NonNullable<AuditCheckpoint['removed']>>({
      sequence: number,
      hash: text,
      archive: nullable(part<{ file: string; sha256: string }>({ file: text, sha256: text })),
    }),
  ),
  key: text,
  signature: text,
})
  // the newest that says what was removed
  .index({ 'removed.sequence': -1 })
  // those that speak of a part
  .index({ sequence: 1, _id: 1 })
  // whether a key has signed any
  .index({ key: 1 });

/** Where the audit's chain stands, and what has been signed of it. */
@Injectable()
export class AuditChainRepository {
  private readonly heads: VersionedCollection<AuditHead & { id: string }>;
  private readonly checkpoints: PlainCollection<AuditCheckpoint>;

  constructor(
    @InjectModel('AuditHead') heads: Model<unknown>,
    @InjectModel('AuditCheckpoint') checkpoints: Model<unknown>,
  ) {
    this.heads = new VersionedCollection(heads);
    this.checkpoints = new PlainCollection(checkpoints);
  }

  async head(): Promise<AuditHead | null> {
    const found = await this.heads.findById(HEAD);
    if (!found) return null;
    const { id: _, ...head } = found;
    return head;
  }

  /** Begins the chain, unless it is there. */
  async begin(head: Omit<AuditHead, 'revision'>): Promise<void> {
    await this.heads.insert({ id: HEAD, ...head, revision: 0 });
  }

  /** Null: somebody else was faster. */
  async replaceHead(head: AuditHead): Promise<AuditHead | null> {
    const replaced = await this.heads.replace({ id: HEAD, ...head });
    if (!replaced) return null;
    const { id: _, ...next } = replaced;
    return next;
  }

  async newestCheckpoint(): Promise<AuditCheckpoint | null> {
    const [newest] = await this.checkpoints.collection.find({}, { sort: { _id: -1 }, limit: 1 }).toArray();
    return newest ? this.checkpoints.fromStored(newest) : null;
  }

  /** As it is stored; null: there is none of this number. */
  async storedCheckpoint(which: number): Promise<Readonly<Record<string, unknown>> | null> {
    return this.checkpoints.collection.findOne({ _id: idOf(which) });
  }

  /** Whether a key has signed any that is stored. */
  async hasSigned(key: string): Promise<boolean> {
    return (await this.checkpoints.collection.findOne({ key })) !== null;
  }

  /** The newest that says that entries were removed. */
  async newestRemoval(): Promise<AuditCheckpoint | null> {
    const [newest] = await this.checkpoints.collection
      .find({ 'removed.sequence': { $gt: 0 } }, { sort: { 'removed.sequence': -1 }, limit: 1 })
      .toArray();
    return newest ? this.checkpoints.fromStored(newest) : null;
  }

  /**
   * All that speak of entries from one sequence to another, with the last one before them and the first one behind them; by
   * sequence, as they are stored.
   */
  async storedAround(from: number, to: number): Promise<Readonly<Record<string, unknown>>[]> {
    const { collection } = this.checkpoints;
    const forth = { sequence: 1, _id: 1 } as const;
    const [before, within, behind] = await Promise.all([
      collection.find({ sequence: { $lt: from } }, { sort: { sequence: -1, _id: -1 }, limit: 1 }).toArray(),
      collection.find({ sequence: { $gte: from, $lte: to } }, { sort: forth }).toArray(),
      collection.find({ sequence: { $gt: to } }, { sort: forth, limit: 1 }).toArray(),
    ]);
    return [...before, ...within, ...behind];
  }

  /** False: there is one of this number already. */
  async addCheckpoint(checkpoint: Omit<AuditCheckpoint, 'id'>): Promise<boolean> {
    return (await this.checkpoints.append([{ id: idOf(checkpoint.number), ...checkpoint }])) === 1;
  }

  /** All of them, by number, as they are stored. */
  storedCheckpoints(): AsyncGenerator<Readonly<Record<string, unknown>>> {
    return storedCheckpoints(this.checkpoints.collection);
  }
}

function idOf(which: number): string {
  return String(which).padStart(DIGITS, '0');
}
