import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection, Schema } from 'mongoose';
import { isDatabaseAway } from '#runtime';
import { makeIndexes } from './make-indexes.js';

/** Injection token: the schemas whose indexes are to be there. */
export const INDEXED = Symbol('schemas with indexes');

/** Between two tries while the database is away. */
const AGAIN_MS = 1_000;

/**
 * Makes the indexes at start. Those that an earlier version made and this one does not need are a migration's to drop.
 */
@Injectable()
export class Indexes implements OnModuleInit {
  private readonly log = new Logger('Database');

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(INDEXED) private readonly schemas: readonly Schema[],
  ) {}

  async onModuleInit(): Promise<void> {
    await Promise.all(this.schemas.map((schema) => this.makeInTime(schema)));
    this.log.log('indexes are there');
  }

  /** The database may be away just now: a program waits for it at its start as it does later. */
  private async makeInTime(schema: Schema): Promise<void> {
    for (;;) {
      try {
        return await this.make(schema);
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
        this.log.warn(
          `indexes of ${String(schema.get('collection'))}: ${String(error)}; they are tried again`,
        );
        await sleep(AGAIN_MS);
      }
    }
  }

  private async make(schema: Schema): Promise<void> {
    const { db } = this.connection;
    if (!db) throw new Error('not connected to the database');
    await makeIndexes(db, schema);
  }
}
