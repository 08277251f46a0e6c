import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { VersionedCollection } from './versioned-collection.js';
import { collectionSchema, date, optional, text } from './schema.js';

/** Which keys the servers of this database have; fingerprints only. */
export interface ServerKeyRecord {
  /** Of the key that signs orders. */
  signing: string;
  /** Of the key that tokens are derived from. */
  token: string;
  /** Of the signing key that this database began with. */
  first: string;
  since: Date;
  /** When this database was last restored from a backup; absent: never. */
  restoredAt?: Date | undefined;
  revision: number;
}

export const installationSchema = collectionSchema<ServerKeyRecord>('installation', {
  signing: text,
  token: text,
  first: text,
  since: date,
  restoredAt: optional(date),
});

const SERVER_KEYS = 'server-keys';

/** What there is once in an installation. */
@Injectable()
export class InstallationRepository {
  private readonly store: VersionedCollection<ServerKeyRecord & { id: string }>;

  constructor(@InjectModel('Installation') model: Model<unknown>) {
    this.store = new VersionedCollection(model);
  }

  async serverKeys(): Promise<ServerKeyRecord | null> {
    const found = await this.store.findById(SERVER_KEYS);
    if (!found) return null;
    const { id: _id, ...record } = found;
    return record;
  }

  /** False: they are recorded already. */
  recordServerKeys(record: ServerKeyRecord): Promise<boolean> {
    return this.store.insert({ id: SERVER_KEYS, ...record });
  }

  /** False: somebody else was faster. */
  async replaceServerKeys(record: ServerKeyRecord): Promise<boolean> {
    return (await this.store.replace({ id: SERVER_KEYS, ...record })) !== null;
  }
}
