import type { mongo } from 'mongoose';
import { DomainError } from '#domain';
import { READ_LIMIT, type Stored } from './versioned-collection.js';

/** Where a list goes on and how it is ordered. */
export interface PageRequest<Field extends string = string> {
  limit: number;
  /** `next` of the page before. */
  after?: string | null;
  sort?: readonly { field: Field; descending: boolean }[];
  /** How far `total` is counted; by default as far as it ever is. */
  countTo?: number;
}

export interface PageResult<T> {
  items: T[];
  /** Null: this is the last page. */
  next: string | null;
  /** Counted up to 100,000 or what the request says, for the first page. */
  total: number;
}

/** The keys of an index that a query is to use. */
export type IndexHint = Readonly<Record<string, 1 | -1>>;

const COUNTED_UP_TO = 100_000;

/** One of the fields that order a list. */
export type SortKey = { path: string; direction: 1 | -1 };

/** Where each sortable field is stored; more than one: what orders things that are equal by the first, `-` descending. */
export type SortPaths = Readonly<Record<string, string | readonly string[]>>;

/**
 * One page of a collection. Pages go on behind the last item of the page before, by its sort values and its id, so that
 * inserts in between neither repeat nor hide items. Things are counted once, for the first page; the cursor hands it on.
 *
 * @param hint an index that holds all that the filter looks at, where the database would read documents to count them or find
 *   the page; what it has before the keys of the order is fixed by the filter
 * @throws DomainError VALIDATION_FAILED for a cursor that is none
 */
export async function page<T>(
  collection: mongo.Collection<Stored>,
  filter: Record<string, unknown>,
  request: PageRequest,
  paths: SortPaths,
  fallback: readonly SortKey[],
  read: (stored: Stored) => T,
  hint?: IndexHint,
): Promise<PageResult<T>> {
  const keys = sortKeys(request, paths, fallback);
  const cursor = request.after ? parseCursor(keys, request.after) : null;
  const rest = cursor && behindCursor(keys, cursor.values);
  const finding = collection
    .find(rest ? allOf([filter, rest]) : filter, {
      ...READ_LIMIT,
      ...(hint && givesOrder(hint, keys) && { hint }),
    })
    .sort(Object.fromEntries(keys.map(({ path, direction }) => [path, direction])))
    .limit(request.limit + 1)
    .toArray();
  const countTo = Math.min(request.countTo ?? COUNTED_UP_TO, COUNTED_UP_TO);
  // what looks through an index ends early where it finds a page, and else has gone through all of it: once is enough
  const seen = hint && !cursor ? totalSeen((await finding).length, request.limit, countTo) : null;
  // of others, whichever takes longer, the other one is done by then
  const [found, total] = await Promise.all([
    finding,
    cursor?.total ?? seen ?? count(collection, filter, countTo, hint),
  ]);
  const items = found.slice(0, request.limit);
  const last = items.at(-1);
  const next = found.length > request.limit && last ? cursorOf(keys, last, total) : null;
  return { items: items.map(read), next, total };
}

/** How many there are, as far as one page and one more can tell; null: they have to be counted. */
function totalSeen(found: number, limit: number, countTo: number): number | null {
  return found <= limit || found >= countTo ? Math.min(found, countTo) : null;
}

/** Whether an index has things in this order, or in the opposite one. */
function givesOrder(hint: IndexHint, keys: readonly SortKey[]): boolean {
  const indexed = Object.entries(hint);
  const rest = indexed.slice(indexed.findIndex(([path]) => path === keys[0]?.path));
  return [1, -1].some((way) =>
    keys.every(({ path, direction }, at) => rest[at]?.[0] === path && rest[at][1] * way === direction),
  );
}

/** All of them are counted by the index of their ids: without a hint each would be read. */
function count(
  collection: mongo.Collection<Stored>,
  filter: Record<string, unknown>,
  countTo: number,
  given?: IndexHint,
): Promise<number> {
  const hint = Object.keys(filter).length === 0 ? { _id: 1 as const } : given;
  return collection.countDocuments(filter, { ...READ_LIMIT, limit: countTo, ...(hint && { hint }) });
}

/** Conditions that must all hold; those that say nothing are left out. */
export function allOf(conditions: readonly Record<string, unknown>[]): Record<string, unknown> {
  const [first = {}, ...more] = conditions.filter((one) => Object.keys(one).length > 0);
  return more.length === 0 ? first : { $and: [first, ...more] };
}

/**
 * Each path once, or the database would sort by one direction and the cursor go on by the other. What was wished comes
 * before what orders equal things of another field.
 */
function sortKeys(request: PageRequest, paths: SortPaths, fallback: readonly SortKey[]): SortKey[] {
  const wished = (request.sort ?? []).map(({ field, descending }) =>
    [paths[field] ?? []].flat().map((path): SortKey => {
      const isTurned = path.startsWith('-') !== descending;
      return { path: path.replace(/^-/, ''), direction: isTurned ? -1 : 1 };
    }),
  );
  const all = [...wished.flatMap((keys) => keys.slice(0, 1)), ...wished.flatMap((keys) => keys.slice(1))];
  const once = all.filter(({ path }, index) => all.findIndex((key) => key.path === path) === index);
  const keys = once.length > 0 ? once : [...fallback];
  return keys.some((key) => key.path === '_id')
    ? keys
    : [...keys, { path: '_id', direction: keys.at(-1)?.direction ?? 1 }];
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

/** Where the page after this document goes on. */
export function cursorOf(keys: readonly SortKey[], stored: Stored, total: number): string {
  const values = keys.map(({ path }) => {
    const value = valueAt(stored, path);
    return value instanceof Date ? { t: value.getTime() } : { v: value ?? null };
  });
  return Buffer.from(JSON.stringify([orderOf(keys), total, ...values])).toString('base64url');
}

/** What stands at a path with dots. */
export function valueAt(stored: Stored, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], stored);
}

/** @throws DomainError VALIDATION_FAILED for a cursor that is none */
export function parseCursor(keys: readonly SortKey[], cursor: string): { total: number; values: unknown[] } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [order, total, ...values]: unknown[] = Array.isArray(parsed) ? parsed : [];
    const isWhole = order === orderOf(keys) && values.length === keys.length;
    if (isWhole && Number.isSafeInteger(total) && Number(total) >= 0) {
      return { total: Math.min(Number(total), COUNTED_UP_TO), values: values.map(cursorValue) };
    }
  } catch {
    // Told below
  }
  throw new DomainError('VALIDATION_FAILED', 'request.cursorInvalid', {}, [
    { path: 'after', code: 'cursor', key: 'fault.nextOfList' },
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
  const literal = text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
  // BSON ends a pattern at a NUL
  return { $regex: literal.replaceAll('\0', String.raw`\x00`) };
}
