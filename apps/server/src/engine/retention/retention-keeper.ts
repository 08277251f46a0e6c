import { createHash } from 'node:crypto';
import type { RetentionKey, RetentionKind, RetentionPlan } from '#domain';

/** A document on its way into an archive. */
export interface ArchivedDocument {
  collection: string;
  document: unknown;
}

/** Knows one kind of things that are not kept for ever. */
export interface RetentionKeeper {
  readonly kind: RetentionKind;
  /**
   * What may go because it ended before a time, in parts. Each is asked for when the one before it is done; what is in use
   * is in none.
   */
  plans: (before: Date) => AsyncGenerator<RetentionPlan>;
  /** What belongs into the archive of a part, the same whoever asks, as long as nothing of it is removed. */
  documents: (plan: RetentionPlan) => AsyncIterable<ArchivedDocument>;
  /**
   * Removes a part that is archived. Done again, it goes on where it was left.
   *
   * @returns how many documents are gone by it, by their collection
   */
  remove: (plan: RetentionPlan, now: Date) => Promise<Readonly<Record<string, number>>>;
}

/** The plan for some documents: its file is named by the time of the first one and by which they are. */
export function planOf(kind: RetentionKind, first: Date, keys: readonly RetentionKey[]): RetentionPlan {
  const which = createHash('sha256').update(JSON.stringify(keys)).digest('hex').slice(0, 12);
  const at = first.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const file = `${kind}-${at}-${which}.ndjson.gz`;
  return { file, keys, range: null, archived: false, archive: null };
}
