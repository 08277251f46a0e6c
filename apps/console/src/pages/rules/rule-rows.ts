/** What the conditions of location rules and of assignment rules have in common: they are put together alike. */
export interface Combined {
  all?: Combined[];
  any?: Combined[];
  not?: Combined;
  column?: { name: string; is: string };
}

/** One thing that a rule asks: a criterion by its name in the API, and its value; `column` is the heading where a column is asked. */
export interface RuleRow {
  field: string;
  negated: boolean;
  value: string;
  column: string;
}

/**
 * A condition as rows in groups. Of `all` every group must hold, by any of its rows; of `any` one group is enough, with all of
 * its rows.
 */
export interface RuleRows {
  match: 'all' | 'any';
  groups: readonly (readonly RuleRow[])[];
}

export const innerOf = (match: RuleRows['match']): RuleRows['match'] => (match === 'all' ? 'any' : 'all');

/** @returns null for conditions that are deeper than groups of rows */
export function rowsOf(condition: Combined): RuleRows | null {
  const single = groupOf(condition, 'any');
  if (single) return { match: 'all', groups: [single] };
  for (const match of ['all', 'any'] as const) {
    const groups = condition[match]?.map((part) => groupOf(part, innerOf(match)));
    if (groups?.length && groups.every((group) => group !== null)) return { match, groups };
  }
  return null;
}

function groupOf(condition: Combined, inner: RuleRows['match']): RuleRow[] | null {
  const rows = (condition[inner] ?? [condition]).map(rowOf);
  return rows.length > 0 && rows.every((row) => row !== null) ? rows : null;
}

function rowOf(condition: Combined): RuleRow | null {
  if (condition.all || condition.any) return null;
  if (condition.not) {
    const row = rowOf(condition.not);
    return row && { ...row, negated: !row.negated };
  }
  if (condition.column) {
    const { name, is } = condition.column;
    return { field: 'column', negated: false, value: is, column: name };
  }
  const [field = '', value = ''] = Object.entries(condition)[0] ?? [];
  return { field, negated: false, value: String(value), column: '' };
}

/** What was put together, as the API takes it, and where each row stands in it, by groups. */
export function conditionOf({ match, groups }: RuleRows): {
  when: Combined;
  paths: readonly (readonly string[])[];
} {
  const inner = innerOf(match);
  const parts = groups.map((rows): Combined => {
    const leaves = rows.map(leafOf);
    const [only] = leaves;
    return leaves.length === 1 && only ? only : { [inner]: leaves };
  });
  const [only] = parts;
  const when = parts.length === 1 && only ? only : { [match]: parts };
  const paths = groups.map((rows, group) =>
    rows.map((_, row) => {
      const outer = groups.length === 1 ? 'when' : `when.${match}[${group}]`;
      return rows.length === 1 ? outer : `${outer}.${inner}[${row}]`;
    }),
  );
  return { when, paths };
}

function leafOf({ field, negated, value, column }: RuleRow): Combined {
  const said = value.trim();
  const leaf: Combined =
    field === 'column' ? { column: { name: column.trim(), is: said } } : { [field]: said };
  return negated ? { not: leaf } : leaf;
}
