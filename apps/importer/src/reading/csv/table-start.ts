import {
  CSV_DELIMITERS,
  columnOfHeader,
  type CsvDelimiter,
  type CsvOptions,
  isHeading,
  isIpAddress,
  normaliseComputerName,
  type ToAscii,
} from '#domain';
import type { Preamble } from './dialect.js';
import { headRecords } from './csv-records.js';

/** Records looked at to find the table. */
const AHEAD = 20;

/** Where the rows of a file begin. */
export interface TableStart {
  delimiter: CsvDelimiter;
  /** The heading; null: the file has none. */
  heading: { line: number; cells: readonly string[] } | null;
}

/**
 * Finds the delimiter and the heading together: a title above the table, or a comma within a heading, says nothing of how
 * the rows are written. The delimiter counts with which there is a heading that is understood; then the one with which
 * rows are equally wide; then the most frequent one.
 *
 * @param head the first characters of the file, without its preamble
 * @param isWhole that is all of it
 */
export function findTable(
  head: string,
  isWhole: boolean,
  preamble: Preamble,
  options: CsvOptions,
  toAscii: ToAscii,
): TableStart {
  const { delimiter: guess, isTold } = preamble;
  const others = CSV_DELIMITERS.filter((delimiter) => delimiter !== guess);
  let best: (TableStart & { worth: readonly number[] }) | null = null;
  for (const delimiter of isTold ? [guess] : [guess, ...others]) {
    const records = headRecords(isWhole ? `${head}\n` : head, delimiter, preamble.firstLine, AHEAD);
    const heading = options.header === false ? null : headingOf(records, options, toAscii);
    const understood = heading ? heading.cells.filter((cell) => columnOfHeader(cell) !== null).length : 0;
    const rows = records.filter(({ line }) => line > (heading?.line ?? 0));
    const worth = [understood > 0 ? 1 : 0, evenness(heading ? [heading, ...rows] : rows), understood];
    if (!best || isMore(worth, best.worth)) best = { delimiter, heading, worth };
  }
  return { delimiter: best?.delimiter ?? guess, heading: best?.heading ?? null };
}

interface Row {
  line: number;
  cells: readonly string[];
}

/** The first of the rows with the most headings that are understood, when what is above it can be no computer. */
function headingOf(rows: readonly Row[], options: CsvOptions, toAscii: ToAscii): Row | null {
  let heading: Row | null = null;
  let most = 0;
  for (const [index, row] of rows.entries()) {
    const understood = row.cells.filter((cell) => columnOfHeader(cell) !== null).length;
    if (understood <= most) continue;
    if (!rows.slice(0, index).every((above) => isTitle(above, understood, toAscii))) break;
    heading = row;
    most = understood;
  }
  const [first] = rows;
  if (heading || !first) return heading;
  return (options.header ?? looksLikeHeading(first.cells, options, toAscii)) ? first : null;
}

/** Whether a line can stand above a heading: a title, alone in its line above several columns, or a heading by itself. */
function isTitle({ cells }: Row, understoodBelow: number, toAscii: ToAscii): boolean {
  const said = cells.filter((cell) => cell !== '');
  if (said.length <= 1 && understoodBelow > 1) return true;
  return isHeading(cells) ? said.length < understoodBelow : !cells.some((cell) => isName(cell, toAscii));
}

function isName(cell: string, toAscii: ToAscii): boolean {
  return normaliseComputerName(cell, toAscii).ok;
}

/**
 * Without a heading that is understood, a single column whose first value could be a computer is a list of names, and a
 * line with an address or an FQDN in it is a row; anything else is taken for a heading.
 */
function looksLikeHeading(first: readonly string[], options: CsvOptions, toAscii: ToAscii): boolean {
  const wanted = Object.values(options.columns ?? {});
  if (wanted.some((column) => typeof column === 'string')) return true;
  const names = first.map((cell) => normaliseComputerName(cell, toAscii));
  if (first.length === 1 && names[0]?.ok) return false;
  return !names.some((name, index) => isIpAddress(first[index] ?? '') || (name.ok && name.fqdn !== null));
}

/** Which part of the rows, in tenths, is as wide as most of them; 0 for rows of a single cell. */
function evenness(rows: readonly Row[]): number {
  const widths = new Map<number, number>();
  for (const { cells } of rows) widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  const [width, count] = [...widths].toSorted(([, a], [, b]) => b - a)[0] ?? [1, 0];
  return width === 1 ? 0 : Math.round((count / rows.length) * 10);
}

function isMore(worth: readonly number[], than: readonly number[]): boolean {
  const at = worth.findIndex((value, index) => value !== than[index]);
  return at >= 0 && (worth[at] ?? 0) > (than[at] ?? 0);
}
