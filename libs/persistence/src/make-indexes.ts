import type { mongo, Schema } from 'mongoose';

/** Makes the declared indexes of a collection by one command; one that exists stays. */
export async function makeIndexes(db: mongo.Db, schema: Schema): Promise<void> {
  const indexes = indexesOf(schema);
  if (indexes.length === 0) return;
  // building one over many documents is silent for longer than any other command
  const options = { socketTimeoutMS: 0 } as object;
  await db.collection(String(schema.get('collection'))).createIndexes(indexes, options);
}

/** The declared indexes of a collection. */
export function indexesOf(schema: Schema): mongo.IndexDescription[] {
  return schema
    .indexes()
    .map(([key, { unique }]) => ({ key: key as Record<string, 1 | -1>, ...(unique === true && { unique }) }));
}
