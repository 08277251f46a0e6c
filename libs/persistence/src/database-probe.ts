import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';

/** One document for all processes: only that it can be written counts. */
const PROBE = 'readiness';

/**
 * Whether the database takes a write and gives it back. One whose disk is full, or that has no primary, answers a ping all
 * the same.
 */
@Injectable()
export class DatabaseProbe {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  /** @throws Error why it does not */
  async check(): Promise<void> {
    const { db } = this.connection;
    if (!db) throw new Error('not connected');
    const probes = db.collection<{ _id: string; looks: number }>('probes');
    await probes.updateOne({ _id: PROBE }, { $inc: { looks: 1 } }, { upsert: true });
    if (!(await probes.findOne({ _id: PROBE }))) throw new Error('what was written is not there');
  }
}
