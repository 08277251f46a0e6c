import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { DomainErrorCode, Fault } from '#domain';
import { GuardedCollection } from './documents.js';
import { collectionSchema, DOMAIN_OBJECT } from './schema.js';

/** What became of a request with an Idempotency-Key. */
export interface IdempotencyRecord {
  id: string;
  fingerprint: string;
  /** Id for what the request creates. */
  seed: string;
  leaseUntil: Date;
  answer: {
    status: number;
    location: string | null;
    body: unknown;
    error: { code: DomainErrorCode; detail: string; faults: Fault[] } | null;
  } | null;
  createdAt: Date;
  expiresAt: Date;
  revision: number;
}

export const idempotencySchema = collectionSchema('idempotencyKeys', {
  fingerprint: String,
  seed: String,
  leaseUntil: Date,
  answer: DOMAIN_OBJECT,
  createdAt: Date,
  expiresAt: Date,
})
  // clean-up
  .index({ expiresAt: 1 });

@Injectable()
export class IdempotencyRepository {
  private readonly store: GuardedCollection<IdempotencyRecord>;

  constructor(@InjectModel('IdempotencyRecord') model: Model<unknown>) {
    this.store = new GuardedCollection<IdempotencyRecord>(model);
  }

  insert(record: IdempotencyRecord): Promise<boolean> {
    return this.store.insert(record);
  }

  findById(id: string): Promise<IdempotencyRecord | null> {
    return this.store.findById(id);
  }

  replace(record: IdempotencyRecord): Promise<IdempotencyRecord | null> {
    return this.store.replace(record);
  }

  remove(id: string, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }

  async removeExpired(now: Date): Promise<void> {
    await this.store.collection.deleteMany({ expiresAt: { $lte: now } });
  }
}
