import type { mongo } from 'mongoose';
import { z } from 'zod';
import type { Fingerprints } from './key-files.js';

const record = z.object({ signing: z.string(), token: z.string() });

/** Where a database keeps the fingerprints of its server keys. */
export const KEY_RECORD = { collection: 'installation', id: 'server-keys' } as const;

/** The fingerprints of the server keys that a database belongs to; null: no server has run on it. */
export async function serverKeysOf(db: mongo.Db): Promise<Fingerprints | null> {
  return keysOfRecord(
    await db.collection<{ _id: string }>(KEY_RECORD.collection).findOne({ _id: KEY_RECORD.id }),
  );
}

/** The same of the document as it is stored. */
export function keysOfRecord(document: unknown): Fingerprints | null {
  const parsed = record.safeParse(document);
  return parsed.success ? parsed.data : null;
}

/** When a database was last restored, as milliseconds since 1970; null: never, or no server has run on it. */
export async function restoredAtOf(db: mongo.Db): Promise<number | null> {
  const found = await db
    .collection<{ _id: string; restoredAt?: Date }>(KEY_RECORD.collection)
    .findOne({ _id: KEY_RECORD.id });
  return found?.restoredAt?.getTime() ?? null;
}
