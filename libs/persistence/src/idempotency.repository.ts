import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DOMAIN_ERROR_CODES, type DomainErrorCode, type Fault } from '#domain';
import type { TextKey, TextParams } from '#texts';
import { VersionedCollection } from './versioned-collection.js';
import {
  collectionSchema,
  date,
  facts,
  list,
  nullable,
  number,
  oneOf,
  oneOfShapes,
  optional,
  part,
  text,
} from './schema.js';

/** What became of a request with an Idempotency-Key. */
/** A refusal as it is told again. */
export interface KeptError {
  code: DomainErrorCode;
  key: TextKey;
  params: TextParams;
  faults: readonly Fault[];
  /** Instead of key and params, in records of earlier versions. */
  detail?: string;
}

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
    error: KeptError | null;
  } | null;
  createdAt: Date;
  expiresAt: Date;
  revision: number;
}

type Answer = NonNullable<IdempotencyRecord['answer']>;

export const idempotencySchema = collectionSchema<IdempotencyRecord>('idempotencyKeys', {
  fingerprint: text,
  seed: text,
  leaseUntil: date,
  answer: nullable(
    part<Answer>({
      status: number,
      location: nullable(text),
      body: optional(facts<unknown>()),
      error: nullable(
        oneOfShapes<KeptError>({
          code: oneOf(DOMAIN_ERROR_CODES),
          key: optional(text),
          params: optional(facts<TextParams>()),
          detail: optional(text),
          // those of earlier versions have a message instead of a key
          faults: list(
            oneOfShapes<Fault & { message?: string }>({
              path: text,
              code: text,
              key: optional(text),
              params: optional(facts<TextParams>()),
              message: optional(text),
            }),
          ),
        }),
      ),
    }),
  ),
  createdAt: date,
  expiresAt: date,
})
  // clean-up
  .index({ expiresAt: 1 });

@Injectable()
export class IdempotencyRepository {
  private readonly store: VersionedCollection<IdempotencyRecord>;

  constructor(@InjectModel('IdempotencyRecord') model: Model<unknown>) {
    this.store = new VersionedCollection<IdempotencyRecord>(model);
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
