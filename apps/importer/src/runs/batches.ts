import { IMPORT_BATCH } from '#domain';

/** Gathers what comes one by one into batches; the last one may be shorter. */
export async function* batchesOf<T>(things: AsyncIterable<T>, size = IMPORT_BATCH): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const thing of things) {
    batch.push(thing);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
