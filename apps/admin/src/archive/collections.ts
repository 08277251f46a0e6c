import type { Schema } from 'mongoose';
import { SCHEMAS } from '#persistence';

/** What is of no use to anybody after a restore: who is logged in, who runs, who holds what at this moment. */
export const LEFT_OUT: ReadonlySet<string> = new Set([
  'sessions',
  'loginAttempts',
  'locks',
  'probes',
  'programs',
  'maintenance',
]);

/**
 * Read before all others, in this order. No database gives one moment of all collections to everybody (docs/adr/0032): each
 * step writes one document that decides, and what follows from it is made again where it is missing, never the other way
 * round. So what follows is read first, and what decides later, when it is as new or newer.
 */
const READ_FIRST = [
  'idempotencyKeys',
  'importRuns',
  'importRows',
  'rollouts',
  'rolloutMembers',
  'auditCheckpoints',
  'auditChain',
] as const;

/** Read after all others, and with care: see `consistent-read.ts`. */
export const ORDERS = 'orders';
export const COMPUTERS = 'computers';
/** What was told of them. */
export const READ_AFTER_THEM = ['timeline', 'audit'] as const;
/**
 * The audit with what is signed of it, in the order in which they are read. Retention that removes entries after the
 * checkpoint that says so was missed would leave a hole that nobody has signed: then they are read once more.
 */
export const AUDIT = ['auditCheckpoints', 'auditChain', 'audit'] as const;
export const FILES = 'blobs.files';
export const CHUNKS = 'blobs.chunks';

/** Schemas by the names of their collections. */
export const SCHEMA_OF: ReadonlyMap<string, Schema> = new Map(
  Object.values(SCHEMAS).map((schema: Schema) => [String(schema.get('collection')), schema]),
);

/** The collections of a database in the order in which they are read, but for those that need care. */
export function readingOrder(found: readonly string[]): string[] {
  const special: ReadonlySet<string> = new Set([
    ...READ_FIRST,
    ORDERS,
    COMPUTERS,
    ...READ_AFTER_THEM,
    FILES,
    CHUNKS,
  ]);
  const wanted = found.filter((name) => !LEFT_OUT.has(name) && !name.startsWith('system.'));
  const others = wanted.filter((name) => !special.has(name)).toSorted();
  return [...READ_FIRST.filter((name) => wanted.includes(name)), ...others];
}
