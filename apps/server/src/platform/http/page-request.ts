import type { PageRequest } from '#persistence';
import { DEFAULT_LIMIT, sortOf, type ListQuery } from './list-query.dto.js';

/** What a list query asks of a repository. */
export function pageRequest<Field extends string>(query: ListQuery & { sort?: string }): PageRequest<Field> {
  return { limit: query.limit ?? DEFAULT_LIMIT, after: query.after ?? null, sort: sortOf<Field>(query.sort) };
}
