import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { mongo } from 'mongoose';
import { RESTORED_ACTION } from '#domain';

/** What the audit is told of a restore. */
export interface RestoreEntry {
  /** Name of the file. */
  backup: string;
  /** When the backup was begun. */
  begunAt: string;
  /** Where the command ran. */
  host: string;
  at: Date;
  /** Who ran it. */
  user: string;
}

/**
 * Tells the restored audit that it was restored: whoever reads it sees from which moment on entries may be missing that there
 * once were. A server links it like any other entry, behind the last one of the backup.
 */
export async function enterRestore(
  db: mongo.Db,
  { backup, begunAt, host, at, user }: RestoreEntry,
): Promise<void> {
  const head = await db
    .collection<{ _id: string; sequence?: unknown }>('auditChain')
    .findOne({ _id: 'head' });
  await db.collection<{ _id: string }>('audit').insertOne({
    _id: randomUUID(),
    revision: 0,
    at,
    who: { id: `operator:${user}`, name: `${user}@${host}` },
    address: null,
    action: RESTORED_ACTION,
    target: 'installation',
    tenant: null,
    // the sequence at which the chain goes on
    data: { backup, begunAt, host, sequence: typeof head?.sequence === 'number' ? head.sequence : 0 },
  } as { _id: string });
}

/** Who runs the command; under sudo, who asked for it. */
export function operatorOf(env: NodeJS.ProcessEnv): string {
  const asked = env['SUDO_USER'];
  if (asked) return asked;
  try {
    return userInfo().username;
  } catch {
    // a user id without a name, as in containers
    return String(process.getuid?.() ?? 'unknown');
  }
}
