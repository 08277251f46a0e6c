import type { mongo, Schema } from 'mongoose';
import { makeIndexes } from '../make-indexes.js';
import type { MigrationContext } from './migration.js';

/** Codes of MongoDB for "there is no such index", and "no such collection". */
const NOT_THERE = [27, 26];

/** Drops indexes, by the names that MongoDB gave them, when those in their place are there: whoever queries beside it is never without one. */
export async function dropSuperseded(
  { db }: MigrationContext,
  schema: Schema,
  names: readonly string[],
): Promise<void> {
  await makeIndexes(db, schema);
  for (const name of names) await drop(db.collection(String(schema.get('collection'))), name);
}

async function drop(collection: mongo.Collection, name: string): Promise<void> {
  try {
    await collection.dropIndex(name);
  } catch (error) {
    if (!isNotThere(error)) throw error;
  }
}

function isNotThere(error: unknown): boolean {
  const { code, message } = error as { code?: number; message?: string };
  return (
    NOT_THERE.includes(code ?? 0) || /index not found|ns (?:not found|does not exist)/i.test(message ?? '')
  );
}
