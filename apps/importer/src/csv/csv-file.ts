import {
  chooseColumns,
  columnsOfHeader,
  isIpAddress,
  NAME_HEADERS_SHOWN,
  normaliseComputerName,
  twiceInHeader,
  type CsvEncoding,
  type CsvOptions,
  type DetectedCsv,
  type ImportColumn,
  type RowLayout,
  type SeenColumn,
  type ToAscii,
} from '#domain';
import { ImportFailure } from '../import-failure.js';
import { csvRecords, type CsvRecord } from './csv-records.js';
import { readPreamble, type Preamble } from './dialect.js';

/** Columns of a run that are shown with samples. */
const SHOWN_COLUMNS = 100;
const SAMPLES = 5;
/** Records looked at before the first row is read. */
const AHEAD = 20;
const HEAD = 65_536;

/** A file whose columns are known: what was found, and its rows. */
export interface CsvFile {
  detected: DetectedCsv;
  columns: readonly SeenColumn[];
  layout: RowLayout;
  rows: AsyncIterable<CsvRecord>;
}

/** The file cannot be read, but its columns have been seen: a person can say which is which. */
export class ColumnsUnknown extends ImportFailure {
  constructor(
    code: 'NO_NAME_COLUMN' | 'DUPLICATE_HEADER' | 'UNKNOWN_COLUMN',
    text: string,
    readonly columns: readonly SeenColumn[],
    readonly detected: DetectedCsv,
  ) {
    super(code, text);
  }
}

/**
 * Opens a CSV file: preamble, delimiter, header or none, and which column is which.
 *
 * @param text as {@link decodedText} gives it
 * @throws ImportFailure EMPTY_FILE, UNCLOSED_QUOTE; ColumnsUnknown
 */
export async function openCsv(
  text: AsyncIterable<string>,
  encoding: CsvEncoding,
  options: CsvOptions,
  toAscii: ToAscii,
): Promise<CsvFile> {
  const pieces = text[Symbol.asyncIterator]();
  let head = '';
  while (head.length < HEAD) {
    const piece = await pieces.next();
    if (piece.done) break;
    head += piece.value;
  }
  const preamble = readPreamble(head, options.delimiter);
  const records = csvRecords(
    chain(head.slice(preamble.skip), pieces),
    preamble.delimiter,
    preamble.firstLine,
  );
  const ahead = await firstRecords(records);
  const table = ahead.flatMap((record) => (record.kind === 'cells' ? [record.cells] : []));
  const [first] = table;
  if (!first) throw new ImportFailure('EMPTY_FILE', 'The file has no rows.');

  const hasHeader = options.header ?? looksLikeHeader(first, options, toAscii);
  const headers = hasHeader ? first : null;
  const seen = seenColumns(headers, hasHeader ? table.slice(1) : table, first.length);
  const detected = chooseLayout(headers, first.length, seen, encoding, preamble, options);
  const skipped = hasHeader ? ahead.findIndex((record) => record.kind === 'cells') : -1;
  return {
    detected,
    columns: seen,
    layout: { columns: detected.columns, width: first.length },
    rows: chainRecords(
      ahead.filter((_, index) => index !== skipped),
      records,
    ),
  };
}

/**
 * A header has a known name in it. Without one, a single column whose first value could be a computer is a list of
 * names, and a line with an address or an FQDN in it is a row; anything else is taken for a header.
 */
function looksLikeHeader(first: readonly string[], options: CsvOptions, toAscii: ToAscii): boolean {
  const known = Object.keys(columnsOfHeader(first)).length > 0;
  if (known) return true;
  const wanted = Object.values(options.columns ?? {});
  if (wanted.some((column) => typeof column === 'string')) return true;
  const names = first.map((cell) => normaliseComputerName(cell, toAscii));
  if (first.length === 1 && names[0]?.ok) return false;
  return !names.some((name, index) => isIpAddress(first[index] ?? '') || (name.ok && name.fqdn !== null));
}

function chooseLayout(
  headers: readonly string[] | null,
  width: number,
  seen: readonly SeenColumn[],
  encoding: CsvEncoding,
  preamble: Preamble,
  options: CsvOptions,
): DetectedCsv {
  const found: Partial<Record<ImportColumn, number>> = headers
    ? columnsOfHeader(headers)
    : width === 1
      ? { name: 0 }
      : {};
  const chosen = chooseColumns(found, headers, width, options.columns);
  const detected: DetectedCsv = {
    encoding,
    delimiter: preamble.delimiter,
    header: headers !== null,
    columns: 'columns' in chosen ? chosen.columns : found,
  };
  if ('missing' in chosen) {
    const what =
      typeof chosen.missing === 'number' ? `number ${chosen.missing}` : `"${chosen.missing.slice(0, 60)}"`;
    throw new ColumnsUnknown('UNKNOWN_COLUMN', `The file has no column ${what}.`, seen, detected);
  }
  const twice = headers && !options.columns ? twiceInHeader(headers) : null;
  if (twice) {
    throw new ColumnsUnknown(
      'DUPLICATE_HEADER',
      `Column "${twice.header.slice(0, 60)}" occurs twice (columns ${twice.first} and ${twice.second})`,
      seen,
      detected,
    );
  }
  if (detected.columns.name === undefined && detected.columns.fqdn === undefined) {
    throw new ColumnsUnknown(
      'NO_NAME_COLUMN',
      `No column for the computer name found. Known: ${NAME_HEADERS_SHOWN}. Say which column it is, or name it so.`,
      seen,
      detected,
    );
  }
  return detected;
}

function seenColumns(
  headers: readonly string[] | null,
  rows: readonly (readonly string[])[],
  width: number,
): SeenColumn[] {
  return Array.from({ length: Math.min(width, SHOWN_COLUMNS) }, (_, index) => ({
    index,
    header: headers ? (headers[index] ?? '').slice(0, 255) : null,
    samples: rows
      .map((row) => row[index] ?? '')
      .filter((value) => value !== '')
      .slice(0, SAMPLES)
      .map((value) => value.slice(0, 100)),
  }));
}

async function firstRecords(records: AsyncGenerator<CsvRecord>): Promise<CsvRecord[]> {
  const ahead: CsvRecord[] = [];
  while (ahead.length <= AHEAD) {
    const record = await records.next();
    if (record.done) break;
    ahead.push(record.value);
  }
  return ahead;
}

async function* chain(head: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  if (head !== '') yield head;
  for (let piece = await rest.next(); !piece.done; piece = await rest.next()) yield piece.value;
}

async function* chainRecords(
  ahead: readonly CsvRecord[],
  rest: AsyncGenerator<CsvRecord>,
): AsyncGenerator<CsvRecord> {
  yield* ahead;
  yield* rest;
}
