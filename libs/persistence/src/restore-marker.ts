import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import { EnvironmentFault } from '#runtime';

/** Stands in a database from the first change of a restore to its last one. */
export interface RestoreMarker {
  _id: string;
  /** Name of the backup's file. */
  backup: string;
  /** On which machine, and when. */
  host: string;
  at: Date;
  /** Tells one restore from another. Absent: a build of before set it. */
  token?: string;
}

const RESTORE = 'restore';

function markers(db: mongo.Db): mongo.Collection<RestoreMarker> {
  return db.collection<RestoreMarker>('maintenance');
}

/** The restore that is under way, or broke off; null: none. */
export function restoreUnderWay(db: mongo.Db): Promise<RestoreMarker | null> {
  return markers(db).findOne({ _id: RESTORE });
}

/** From now on no program starts on this database. @returns the token of this restore */
export async function beginRestore(db: mongo.Db, of: Omit<RestoreMarker, '_id' | 'token'>): Promise<string> {
  const token = randomUUID();
  await markers(db).replaceOne({ _id: RESTORE }, { ...of, token }, { upsert: true });
  return token;
}

/** Whether the marker is still that of this restore: another one may have taken it for dead, and begun anew. */
export async function isOwnRestore(db: mongo.Db, token: string): Promise<boolean> {
  return (await restoreUnderWay(db))?.token === token;
}

/** The database is whole. @returns false: the marker is another restore's, which was left alone */
export async function endRestore(db: mongo.Db, token: string): Promise<boolean> {
  const { deletedCount } = await markers(db).deleteOne({ _id: RESTORE, token });
  return deletedCount > 0;
}

/** @throws EnvironmentFault while a restore is under way, or after one that broke off: there is half a database */
export async function demandRestored(db: mongo.Db): Promise<void> {
  const marker = await restoreUnderWay(db);
  if (!marker) return;
  throw new EnvironmentFault(
    `environment: a restore of ${marker.backup} into this database was begun on ${marker.host} at ${marker.at.toISOString()} and has not ended. ` +
      'Wait for it; if it broke off, run "relaypoint-admin restore" again.',
  );
}
