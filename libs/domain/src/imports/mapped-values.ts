import type { DpId } from '../base/ids.js';
import type { AssignmentTarget } from './assignment-rule.js';
import { dpOfTarget } from './assignment.js';
import { type ValueMapping } from './chosen-dp.js';
import { cellText, optionalText } from './cell.js';
import type { AssignableDp, DpIndex } from './dp-suggestion.js';
import type { ImportRun } from './import-run.js';
import type { RowColumns } from './row-columns.js';
import { valueKey } from './text-pattern.js';

/** How a value of a column comes to its DP; null: not at all so far. */
export const VALUE_RESOLUTIONS = ['mapping', 'id', 'name'] as const;
type ValueResolution = (typeof VALUE_RESOLUTIONS)[number];

/** One distinct value of a column, and where its rows go. */
export interface ColumnValue {
  /** As it stands in most of the rows; empty: the rows with nothing in the column. */
  value: string;
  rows: number;
  target: AssignmentTarget | null;
  dp: DpId | null;
  by: ValueResolution | null;
  /** The DP that is most likely meant, where none is known yet. */
  suggestion: AssignableDp | null;
}

/** Puts together cells that mean the same, most rows first, and says of each value where it goes. */
export function columnValues(
  cells: readonly { cell: string; rows: number }[],
  mapping: ValueMapping | null,
  dps: DpIndex,
): ColumnValue[] {
  const mapped = new Map((mapping?.values ?? []).map((one) => [valueKey(one.value), one]));
  const byKey = new Map<string, { value: string; most: number; rows: number }>();
  for (const { cell, rows } of cells) {
    const value = optionalText(cell);
    const key = valueKey(value);
    const one = byKey.get(key);
    if (!one) byKey.set(key, { value, most: rows, rows });
    else {
      one.rows += rows;
      if (rows > one.most) Object.assign(one, { value, most: rows });
    }
  }
  const values = Array.from(byKey, ([key, { value, rows }]): ColumnValue => {
    const one = mapped.get(key);
    const none = { value, rows, target: null, dp: null, by: null, suggestion: null };
    if (key === '') return none;
    if (one) return { ...none, target: one.target, dp: dpOfTarget(one.target, one.dp), by: 'mapping' };
    const found = dps.find(value);
    if (found) return { ...none, target: 'dp', dp: found.dp, by: found.by };
    return { ...none, suggestion: dps.suggest(value) };
  });
  return values.toSorted((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1));
}

/**
 * The column whose values most likely say where rows belong: the one of the mapping, the DP column, the one for locations,
 * else the one whose first values look most like DPs. Null when no column looks like that.
 */
export function likelyDpColumn(
  run: Pick<ImportRun, 'columns' | 'detected'>,
  mapping: ValueMapping | null,
  columns: RowColumns,
  dps: DpIndex,
): number | null {
  const told = mapping && columns.indexOf(mapping.column);
  if (told !== null) return told;
  const { dp, location } = run.detected?.columns ?? {};
  if (dp !== undefined) return dp;
  const likeness = (samples: readonly string[]): number =>
    samples.filter((sample) => dps.find(cellText(sample)) ?? dps.suggest(cellText(sample))).length;
  if (location !== undefined) return location;
  const taken = new Set(Object.values(run.detected?.columns ?? {}));
  const [best] = run.columns
    .filter(({ index }) => !taken.has(index))
    .map(({ index, samples }) => ({ index, likes: likeness(samples) }))
    .filter(({ likes }) => likes > 0)
    .toSorted((a, b) => b.likes - a.likes);
  return best?.index ?? null;
}
