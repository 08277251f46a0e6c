import type { mongo, Schema } from 'mongoose';

/** Building an index over many documents is silent for longer than any other command. */
const PATIENTLY = { socketTimeoutMS: 0 } as object;

/** Makes the declared indexes of a collection by one command; one that exists stays. */
export async function makeIndexes(db: mongo.Db, schema: Schema): Promise<void> {
  const indexes = indexesOf(schema);
  if (indexes.length === 0) return;
  await db.collection(String(schema.get('collection'))).createIndexes(indexes, PATIENTLY);
}

/**
 * Makes the indexes of GridFS (its specification, "Indexes"). The driver makes them when it stores a file into an empty bucket,
 * not when files are there already: after a restore each read of one would look at the chunks of all.
 */
export async function makeBlobIndexes(db: mongo.Db): Promise<void> {
  const chunks = { key: { files_id: 1, n: 1 } as const, unique: true };
  await db.collection('blobs.chunks').createIndexes([chunks], PATIENTLY);
  await db.collection('blobs.files').createIndexes([{ key: { filename: 1, uploadDate: 1 } }], PATIENTLY);
}

/** The declared indexes of a collection. */
export function indexesOf(schema: Schema): mongo.IndexDescription[] {
  return schema
    .indexes()
    .map(([key, { unique }]) => ({ key: key as Record<string, 1 | -1>, ...(unique === true && { unique }) }));
}
