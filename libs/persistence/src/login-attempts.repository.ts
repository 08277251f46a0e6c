import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Schema, type Connection } from 'mongoose';
import { RateLimiterMongo, type RateLimiterAbstract } from 'rate-limiter-flexible';

const COLLECTION = 'loginAttempts';

/** The library's own documents; we only declare what has to be unique, and what is looked for when they are cleaned up. */
export const loginAttemptSchema = new Schema(
  { key: String, points: Number, expire: Date },
  { collection: COLLECTION, autoIndex: false, autoCreate: false },
)
  .index({ key: 1 }, { unique: true })
  .index({ expire: 1 });

export interface LoginLimit {
  /** Apart from the other limits. */
  name: string;
  /** Tries in that time. */
  points: number;
  seconds: number;
}

/** Where tries to log in are counted: in the database, so that neither a restart nor a second server forgets any. */
@Injectable()
export class LoginAttemptsRepository {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  /** Its faults are those of the database: a database that is away lets nobody in, and counts nobody's tries. */
  limiter({ name, points, seconds }: LoginLimit): RateLimiterAbstract {
    const { db } = this.connection;
    if (!db) throw new Error('not connected to the database');
    return new RateLimiterMongo({
      storeClient: db,
      tableName: COLLECTION,
      keyPrefix: name,
      points,
      duration: seconds,
      // the library would also make a TTL index, which not every database has (docs/adr/0009)
      disableIndexesCreation: true,
    });
  }

  async removeExpired(now: Date): Promise<void> {
    await this.connection.collection(COLLECTION).deleteMany({ expire: { $lte: now } });
  }
}
