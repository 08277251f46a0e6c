import { CustomField, QueryWhole, Text } from './fields.js';

/** Rows of a page when the query does not say. */
export const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** What every list takes; lists add their filters. A parameter that is not known is refused. */
export class ListQuery {
  @QueryWhole({
    min: 1,
    max: MAX_LIMIT,
    default: DEFAULT_LIMIT,
    description: `Rows of a page; ${DEFAULT_LIMIT} by default.`,
  })
  limit?: number;

  @Text({ optional: true, min: 1, max: 4000, description: 'The `next` of the page before.' })
  after?: string;
}

export interface SortBy<Field extends string = string> {
  field: Field;
  descending: boolean;
}

/** The `sort` parameter of a list that can be sorted by these fields. */
export function Sort(fields: readonly string[]): PropertyDecorator {
  const one = `-?(?:${fields.join('|')})`;
  const pattern = `^${one}(?:,${one}){0,3}$`;
  const matcher = new RegExp(pattern);
  return CustomField(
    { type: 'string', pattern },
    {
      code: 'sort',
      holds: (value) => typeof value === 'string' && matcher.test(value),
      key: 'fault.sortFields',
      params: { fields: fields.join(', ') },
    },
    {
      optional: true,
      description: `Fields, with \`-\` in front for descending: ${fields.join(', ')}.`,
      example: fields[0],
    },
  );
}

/** The fields of a checked `sort` parameter, in their order. */
export function sortOf<Field extends string>(sort: string | undefined): SortBy<Field>[] {
  return (sort ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const descending = part.startsWith('-');
      return { field: (descending ? part.slice(1) : part) as Field, descending };
    });
}
