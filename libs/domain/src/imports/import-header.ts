import { cellText, flagOf } from './cell.js';
import { normaliseComputerName, type ToAscii } from './computer-name.js';
import { AMBIGUOUS, HEADINGS, KINDS } from './heading-words.js';
import { IMPORT_COLUMNS, type CsvOptions, type ImportColumn } from './import-options.js';

/** Case, blanks, punctuation, and the ways of writing umlauts make no difference. */
export function plain(header: string): string {
  return header
    .normalize('NFC')
    .toLowerCase()
    .replace(/ä/g, 'ae')
    .replace(/ö/g, 'oe')
    .replace(/ü/g, 'ue')
    .replace(/ß/g, 'ss')
    .normalize('NFKD')
    .replace(/[^a-z0-9]/g, '');
}

const kinds: ReadonlySet<string> = new Set(KINDS.map(plain));
const ranks = new Map<string, { column: ImportColumn; rank: number }>();
for (const column of IMPORT_COLUMNS) {
  for (const [rank, synonym] of HEADINGS[column].entries()) {
    ranks.set(plain(synonym), { column, rank });
    // "Geratename": an export that lost the dots of the umlauts.
    ranks.set(plain(synonym.normalize('NFD').replace(/\p{M}/gu, '')), { column, rank });
  }
}

/** Reports of Configuration Manager call a column of a query `Details_Table0_Netbios_Name0`. */
function known(header: string): { column: ImportColumn; rank: number } | undefined {
  const text = header.trim().replace(/^details_table\d*_/i, '');
  const column = /^([a-z]+_[a-z_]+)0$/i.exec(text)?.[1];
  return ranks.get(plain(column ?? text));
}

/** What a header says of its column; null when it is not known. */
export function columnOfHeader(header: string): ImportColumn | null {
  return known(header)?.column ?? null;
}

/** Whether a row says what columns are called: each cell with something in it is a known heading, and none `PC-`. */
export function isHeading(cells: readonly string[]): boolean {
  const said = cells.map(cellText).filter((cell) => cell !== '');
  return said.length > 0 && said.every(isHeadingCell);
}

function isHeadingCell(cell: string): boolean {
  // quick, since every row is asked: names of computers have numbers, and headings have other ones
  if (/[1-35-9]/.test(cell) && !/^ipv?6|^details_table/i.test(cell)) return false;
  return /^\p{L}.*[\p{L}\p{N})]$/u.test(cell) && columnOfHeader(cell) !== null;
}

/**
 * The columns that the headings name. Of several for one thing the best heading counts, and the first of two equally good
 * ones. Of headings for the name that may mean something else, the one counts whose cells look most like names of different
 * computers: `Host` may hold addresses, and `Device` kinds of devices. One that is clear goes before them, when its cells hold any name.
 *
 * @param rows some of the rows below
 */
export function columnsOfHeader(
  headers: readonly string[],
  rows: readonly (readonly string[])[] = [],
  toAscii: ToAscii = (host) => host,
): Partial<Record<ImportColumn, number>> {
  const best: Partial<Record<ImportColumn, number>> = {};
  const worth = new Map<ImportColumn, readonly [likeness: number, rank: number]>();
  for (const [index, header] of headers.entries()) {
    const heading = known(cellText(header));
    if (!heading) continue;
    const { column, rank } = heading;
    const likeness = column === 'name' ? likenessToNames(rows, index, rank < AMBIGUOUS, toAscii) : 0;
    const [most, lowest] = worth.get(column) ?? [-1, Infinity];
    if (likeness < most || (likeness === most && rank >= lowest)) continue;
    best[column] = index;
    worth.set(column, [likeness, rank]);
  }
  return best;
}

/**
 * How much the cells of a column look like names of different computers, from 0 to 20: names of computers mostly have
 * numbers, and names of persons and companies have none. 21 where its heading leaves no doubt.
 */
function likenessToNames(
  rows: readonly (readonly string[])[],
  index: number,
  isClear: boolean,
  toAscii: ToAscii,
): number {
  const cells = rows.map((row) => cellText(row[index] ?? '')).filter((cell) => cell !== '');
  if (cells.length === 0) return 0;
  const names = cells.filter((cell) => isName(cell, toAscii)).map((cell) => cell.toLowerCase());
  if (isClear && names.length > 0) return 21;
  const tenths = (part: readonly string[]): number => Math.round((new Set(part).size / cells.length) * 10);
  return tenths(names) + tenths(names.filter((name) => /\d/.test(name)));
}

/** Whether a cell can be a computer's name, and is neither yes or no nor what kind of thing something is. */
function isName(cell: string, toAscii: ToAscii): boolean {
  return normaliseComputerName(cell, toAscii).ok && flagOf(cell) === null && !kinds.has(plain(cell));
}

/**
 * A second column with the heading of one that decides which computer a row is or who installs it, and with something else
 * in it; numbered from 1. Null when there is none.
 *
 * @param rows some of the rows below
 */
export function twiceInHeader(
  headers: readonly string[],
  columns: Partial<Record<ImportColumn, number>>,
  rows: readonly (readonly string[])[],
): { header: string; first: number; second: number } | null {
  for (const column of ['name', 'fqdn', 'dp'] as const) {
    const first = columns[column];
    if (first === undefined) continue;
    const header = headers[first]?.trim() ?? '';
    const second = headers.findIndex(
      (other, index) => index !== first && isSameHeading(other, header) && isOther(rows, first, index),
    );
    if (header !== '' && second >= 0) return { header, first: first + 1, second: second + 1 };
  }
  return null;
}

const isSameHeading = (one: string, other: string): boolean =>
  one.trim().toLowerCase() === other.trim().toLowerCase();

function isOther(rows: readonly (readonly string[])[], first: number, second: number): boolean {
  return rows.some((row) => (row[first] ?? '').trim() !== (row[second] ?? '').trim());
}

/**
 * Applies what the request says of the columns to what was found.
 *
 * @returns the header or index that is not there, as `missing`
 */
export function chooseColumns(
  found: Partial<Record<ImportColumn, number>>,
  headers: readonly string[] | null,
  width: number,
  wanted: CsvOptions['columns'],
): { columns: Partial<Record<ImportColumn, number>> } | { missing: number | string } {
  const columns = { ...found };
  for (const column of IMPORT_COLUMNS) {
    const wish = wanted?.[column];
    if (wish === undefined) continue;
    const index = typeof wish === 'number' ? wish : indexOfHeader(headers ?? [], wish);
    if (index < 0 || index >= width) return { missing: wish };
    for (const other of IMPORT_COLUMNS) {
      if (columns[other] === index && wanted?.[other] === undefined) delete columns[other];
    }
    columns[column] = index;
  }
  return { columns };
}

function indexOfHeader(headers: readonly string[], wish: string): number {
  const exact = headers.findIndex((h) => h.trim().toLowerCase() === wish.trim().toLowerCase());
  if (exact >= 0 || plain(wish) === '') return exact;
  return headers.findIndex((h) => plain(h) === plain(wish));
}

/** For messages: what a column for the name may be called. */
export const NAME_HEADERS_SHOWN =
  'Name, Computername, Rechnername, Hostname, DNSHostName, FQDN, sAMAccountName';
