import { DomainError } from '../base/errors.js';
import type { ImportProfileId, TenantId } from '../base/ids.js';
import { MOST_MAPPED_VALUES, type ValueMapping, type WithoutDp } from './chosen-dp.js';
import { plain } from './import-header.js';
import { type ImportRun } from './import-run.js';
import { IMPORT_COLUMNS, type CsvOptions, type ImportColumn } from './import-options.js';
import { valueKey } from './text-pattern.js';

/** How files of one shape are read, as a person has once said it: the next file with the same headings needs no word. */
export interface ImportProfile {
  id: ImportProfileId;
  tenant: TenantId;
  /** Unique within the tenant. */
  name: string;
  /** See {@link headerShape}; one profile for each within the tenant. */
  shape: string;
  /** The headings by which it was made. */
  headers: readonly string[];
  /** By headings. */
  columns: Partial<Record<ImportColumn, number | string>>;
  mapping: ValueMapping | null;
  dpFromColumn: boolean | null;
  withoutDp: WithoutDp | null;
  createdAt: Date;
  changedAt: Date;
  revision: number;
}

/** The longest part of a shape that is kept as it is. */
const SHAPE_KEPT = 400;

/**
 * What files of one kind have in common: their headings, in whatever order and spelling. Null where there is no heading:
 * files without one look alike too easily.
 */
export function headerShape(headers: readonly (string | null)[]): string | null {
  const keys = headers.map((header) => plain(header ?? '')).filter((key) => key !== '');
  if (keys.length === 0) return null;
  const text = keys.toSorted().join('|');
  return text.length <= SHAPE_KEPT ? text : `${text.slice(0, SHAPE_KEPT)}#${keys.length}.${digest(text)}`;
}

/** FNV-1a, to tell apart what begins alike; nobody gains by two that are the same. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(36);
}

/** The options of a run, and what a profile says where they say nothing. */
export function withProfile(options: CsvOptions, profile: ImportProfile | null): CsvOptions {
  if (!profile) return options;
  const { columns, mapping, dpFromColumn, withoutDp } = profile;
  const chosen = { ...columns, ...options.columns };
  return {
    ...(mapping && { mapping }),
    ...(dpFromColumn !== null && { dpFromColumn }),
    ...(withoutDp && { withoutDp }),
    ...options,
    ...(Object.keys(chosen).length > 0 && { columns: chosen }),
  };
}

/** What a profile keeps of a run. */
export type ProfileFacts = Pick<
  ImportProfile,
  'shape' | 'headers' | 'columns' | 'mapping' | 'dpFromColumn' | 'withoutDp'
>;

/**
 * What of a run goes into a profile: what a person has said of the file, by headings instead of numbers.
 *
 * @param options with what a profile that was used already says
 * @throws DomainError WRONG_STATE when the run has no headings to know the next file by
 */
export function profileOfRun(
  run: Pick<ImportRun, 'columns' | 'detected'>,
  options: CsvOptions,
): ProfileFacts {
  const headers = run.columns.map(({ header }) => header ?? '');
  const shape = run.detected?.header ? headerShape(headers) : null;
  if (shape === null) throw new DomainError('WRONG_STATE', 'profile.noHeaders');
  const named = (column: number | string): number | string => {
    const header = typeof column === 'number' ? headers[column] : undefined;
    return header && headers.indexOf(header) === column ? header : column;
  };
  const columns: ImportProfile['columns'] = {};
  for (const column of IMPORT_COLUMNS) {
    const wish = options.columns?.[column];
    if (wish !== undefined) columns[column] = named(wish);
  }
  const { mapping, dpFromColumn, withoutDp } = options;
  return {
    shape,
    headers: headers.slice(0, 200),
    columns,
    mapping: mapping ? { ...mapping, column: named(mapping.column) } : null,
    dpFromColumn: dpFromColumn ?? null,
    withoutDp: withoutDp ?? null,
  };
}

/**
 * The mapping of a profile that takes over that of a later run. What it says of values that the run's file does not have
 * stays, as long as the column is the same: no file has all sites.
 *
 * @param cells what stands in the column in the run's file
 */
export function mergedMapping(
  before: ValueMapping | null,
  now: ValueMapping | null,
  cells: readonly string[],
): ValueMapping | null {
  if (!before || !now) return now ?? before;
  if (columnKey(before.column) !== columnKey(now.column)) return now;
  const told = new Set([...cells, ...now.values.map(({ value }) => value)].map(valueKey));
  const kept = before.values.filter(({ value }) => !told.has(valueKey(value)));
  return { ...now, values: [...kept, ...now.values].slice(-MOST_MAPPED_VALUES) };
}

function columnKey(column: number | string): number | string {
  return typeof column === 'number' ? column : plain(column);
}
