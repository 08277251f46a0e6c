import type { mongo } from 'mongoose';
import { DomainError } from '#domain';
import type { Stored } from './documents.js';

/** Where a list goes on and how it is ordered. */
export interface PageRequest<Field extends string = string> {
  limit: number;
  /** `next` of the page before. */
  after?: string | null;
  sort?: readonly { field: Field; descending: boolean }[];
}

export interface PageResult<T> {
  items: T[];
  /** Null: this is the last page. */
  next: string | null;
  /** Counted up to 100,000. */
  total: number;
}

const COUNTED_UP_TO = 100_000;

type SortKey = { path: string; direction: 1 | -1 };

/**
 * One page of a collection. Pages go on behind the last item of the page before, by its sort values and its id, so that
 * inserts in between neither repeat nor hide items.
 *
 * @param paths where each sortable field is stored
 * @throws DomainError VALIDATION_FAILED for a cursor that is none
 */
export async function page<T>(
  collection: mongo.Collection<Stored>,
  filter: Record<string, unknown>,
  request: PageRequest,
  paths: Readonly<Record<string, string>>,
  fallback: readonly SortKey[],
  read: (stored: Stored) => T,
): Promise<PageResult<T>> {
  const keys = sortKeys(request, paths, fallback);
  const rest = request.after ? behindCursor(keys, parseCursor(keys, request.after)) : null;
  // whichever takes longer, the other one is done by then
  const [found, total] = await Promise.all([
    collection
      .find(rest ? { $and: [filter, rest] } : filter)
      .sort(Object.fromEntries(keys.map(({ path, direction }) => [path, direction])))
      .limit(request.limit + 1)
      .toArray(),
    collection.countDocuments(filter, { limit: COUNTED_UP_TO }),
  ]);
  const items = found.slice(0, request.limit);
  const last = items.at(-1);
  const next = found.length > request.limit && last ? cursorOf(keys, last) : null;
  return { items: items.map(read), next, total };
}

function sortKeys(
  request: PageRequest,
  paths: Readonly<Record<string, string>>,
  fallback: readonly SortKey[],
): SortKey[] {
  const wished = (request.sort ?? []).flatMap(({ field, descending }) => {
    const path = paths[field];
    return path === undefined ? [] : [{ path, direction: descending ? (-1 as const) : (1 as const) }];
  });
  const keys = wished.length > 0 ? wished : [...fallback];
  return keys.some((key) => key.path === '_id')
    ? keys
    : [...keys, { path: '_id', direction: keys[0]?.direction ?? 1 }];
}

function behindCursor(keys: readonly SortKey[], values: readonly unknown[]): Record<string, unknown> {
  const alternatives = keys.flatMap((key, index) => {
    const equal = Object.fromEntries(keys.slice(0, index).map(({ path }, at) => [path, values[at]]));
    return behind(key, values[index]).map((condition) => ({ ...equal, ...condition }));
  });
  return { $or: alternatives };
}

/**
 * What comes behind a value. Null sorts before everything, but `$gt` and `$lt` only compare values of one type: neither
 * finds a null, nor anything from a null on.
 */
function behind({ path, direction }: SortKey, value: unknown): Record<string, unknown>[] {
  if (direction === 1) return [{ [path]: value === null ? { $ne: null } : { $gt: value } }];
  return value === null ? [] : [{ [path]: { $lt: value } }, { [path]: null }];
}

/** A cursor only goes on in the order it comes from. */
function orderOf(keys: readonly SortKey[]): string {
  return keys.map(({ path, direction }) => (direction === 1 ? path : `-${path}`)).join();
}

function cursorOf(keys: readonly SortKey[], stored: Stored): string {
  const values = keys.map(({ path }) => {
    const value = valueAt(stored, path);
    return value instanceof Date ? { t: value.getTime() } : { v: value ?? null };
  });
  return Buffer.from(JSON.stringify([orderOf(keys), ...values])).toString('base64url');
}

function valueAt(stored: Stored, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], stored);
}

function parseCursor(keys: readonly SortKey[], cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [order, ...values]: unknown[] = Array.isArray(parsed) ? parsed : [];
    if (order === orderOf(keys) && values.length === keys.length) return values.map(cursorValue);
  } catch {
    // Told below
  }
  const message = 'is not the next of a page of this list';
  throw new DomainError('VALIDATION_FAILED', 'The cursor is not valid.', [
    { path: 'after', code: 'cursor', message },
  ]);
}

/** @throws TypeError for what no cursor holds */
function cursorValue(value: unknown): unknown {
  const { t, v } = value as { t?: unknown; v?: unknown };
  const time = typeof t === 'number' ? new Date(t) : null;
  if (time && !Number.isNaN(time.getTime())) return time;
  if (v === null || typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean') return v;
  throw new TypeError('not a cursor');
}

/** Any part of a text, taken literally. */
export function containing(text: string): { $regex: string } {
  return { $regex: text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`) };
}
