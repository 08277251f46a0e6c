// Which index serves a query, by the rules of MongoDB's planner that count here.

/** Keys of an index, in their order. */
export type IndexKeys = Readonly<Record<string, 1 | -1>>;

export interface Query {
  filter: Readonly<Record<string, unknown>>;
  sort?: Readonly<Record<string, number>>;
  /** The index that the query names itself. */
  hint?: IndexKeys;
}

/** How a condition uses an index: one point, some points, a stretch, or not at all. */
type Use = 'points' | 'range' | 'none';
type Conditions = ReadonlyMap<string, Use>;

const PRIMARY: IndexKeys = { _id: 1 };

/**
 * Why no index serves a query; undefined: one does. Each branch of an `$or` needs its own. An index serves a sort when its
 * keys, behind those that the filter fixes, are those of the sort.
 *
 * @param narrow fields that leave few documents: an index that gives the order but not one of these would read on and on
 */
export function unservedReason(
  { filter, sort = {}, hint }: Query,
  declared: readonly IndexKeys[],
  narrow: readonly string[] = [],
): string | undefined {
  const indexes = [...declared, PRIMARY];
  if (hint) {
    const isDeclared = indexes.some((index) => JSON.stringify(index) === JSON.stringify(hint));
    return isDeclared ? undefined : `hints at {${Object.keys(hint).join()}}, which is no index`;
  }
  const wanted = Object.entries(sort);
  for (const conditions of branchesOf(filter)) {
    const fixed = narrow.filter((field) => conditions.get(field) === 'points');
    const serves = (index: IndexKeys): boolean =>
      wanted.length === 0 ? startsWithOne(index, conditions) : givesOrder(index, conditions, wanted, fixed);
    if (!indexes.some(serves)) {
      return `nothing serves {${[...conditions.keys()].join()}} in the order {${Object.keys(sort).join()}}`;
    }
  }
  return undefined;
}

function startsWithOne(index: IndexKeys, conditions: Conditions): boolean {
  const [first = ''] = Object.keys(index);
  return ['points', 'range'].includes(conditions.get(first) ?? 'none');
}

function givesOrder(
  index: IndexKeys,
  conditions: Conditions,
  sort: readonly (readonly [string, number])[],
  narrow: readonly string[],
): boolean {
  const keys = Object.entries(index);
  for (let prefix = 0; prefix < keys.length; prefix += 1) {
    const before = keys.slice(0, prefix).map(([field]) => field);
    if (!before.every((field) => conditions.get(field) === 'points')) return false;
    const rest = keys.slice(prefix);
    const isInOrder = [1, -1].some((way) =>
      sort.every(([field, direction], at) => rest[at]?.[0] === field && rest[at][1] * way === direction),
    );
    if (isInOrder && (narrow.length === 0 || narrow.some((field) => before.includes(field)))) return true;
  }
  return false;
}

/** A filter as alternatives, each with all conditions that hold in it. */
function branchesOf(filter: Readonly<Record<string, unknown>>): Conditions[] {
  let branches: Conditions[] = [new Map()];
  for (const [field, condition] of Object.entries(filter)) {
    let more: Conditions[];
    if (field === '$and') {
      more = (condition as Query['filter'][])
        .map(branchesOf)
        .reduce(
          (all, next) => all.flatMap((one) => next.map((other) => merged(one, other))),
          [new Map() as Conditions],
        );
    } else if (field === '$or') more = (condition as Query['filter'][]).flatMap(branchesOf);
    else more = [new Map([[field, useOf(condition)]])];
    branches = branches.flatMap((one) => more.map((other) => merged(one, other)));
  }
  return branches;
}

function merged(one: Conditions, other: Conditions): Conditions {
  const all = new Map(one);
  for (const [field, use] of other) if ((all.get(field) ?? 'none') !== 'points') all.set(field, use);
  return all;
}

function useOf(condition: unknown): Use {
  if (typeof condition !== 'object' || condition === null || condition instanceof Date) return 'points';
  const operators = Object.keys(condition);
  if (!operators.some((name) => name.startsWith('$'))) return 'points';
  if (operators.includes('$in') || operators.includes('$eq')) return 'points';
  return operators.some((name) => ['$gt', '$gte', '$lt', '$lte'].includes(name)) ? 'range' : 'none';
}
