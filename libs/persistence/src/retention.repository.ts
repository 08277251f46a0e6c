import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { type Model, mongo } from 'mongoose';
import {
  RETENTION_KINDS,
  type RetentionKey,
  type RetentionKind,
  type RetentionPlan,
  type RetentionState,
} from '#domain';
import { collectionSchema, date, flag, list, nullable, number, optional, part, text } from './schema.js';
import { clockFault } from './server-version.js';
import { VersionedCollection } from './versioned-collection.js';

export const retentionSchema = collectionSchema<RetentionState>('retention', {
  holder: nullable(text),
  until: nullable(date),
  plan: nullable(
    part<RetentionPlan>({
      file: text,
      keys: list(part<RetentionKey>({ id: text, seen: number, of: nullable(text) })),
      range: nullable(part<NonNullable<RetentionPlan['range']>>({ from: number, to: number, hash: text })),
      archived: flag,
      archive: nullable(part<NonNullable<RetentionPlan['archive']>>({ file: text, sha256: text })),
      before: optional(date),
    }),
  ),
  done: nullable(part<NonNullable<RetentionState['done']>>({ at: date, before: date })),
  waiting: number,
});

const COMMAND_NOT_FOUND = 59;

/** Where the removal of each kind stands. */
@Injectable()
export class RetentionRepository {
  private readonly store: VersionedCollection<RetentionState>;

  constructor(@InjectModel('RetentionState') private readonly model: Model<unknown>) {
    this.store = new VersionedCollection<RetentionState>(model);
  }

  /** Made when it is not there yet. */
  async state(kind: RetentionKind): Promise<RetentionState> {
    const found = await this.store.findById(kind);
    if (found) return found;
    const begun = { id: kind, holder: null, until: null, plan: null, done: null, waiting: 0, revision: 0 };
    await this.store.insert(begun);
    return (await this.store.findById(kind)) ?? begun;
  }

  /** Those of kinds that somebody has looked at. */
  list(): Promise<RetentionState[]> {
    return this.store.findByIds(RETENTION_KINDS);
  }

  /** What is wrong with this machine's clock by that of the database; undefined: nothing, or it does not say. */
  async clockFault(now: () => Date): Promise<string | undefined> {
    const from = now();
    try {
      const hello = await this.model.db.db?.admin().command({ hello: 1 });
      return hello && clockFault(hello, { from, to: now() });
    } catch (error) {
      // the stand-in for development does not know the question
      if (error instanceof mongo.MongoServerError && error.code === COMMAND_NOT_FOUND) return undefined;
      throw error;
    }
  }

  /** Null: somebody else was faster. */
  replace(state: RetentionState): Promise<RetentionState | null> {
    return this.store.replace(state);
  }
}
