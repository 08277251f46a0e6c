import {
  cellText,
  chooseColumns,
  columnsOfHeader,
  NAME_HEADERS_SHOWN,
  rowColumns,
  twiceInHeader,
  type CsvEncoding,
  type CsvOptions,
  type DetectedCsv,
  type ImportColumn,
  type RowLayout,
  type SeenColumn,
  type ToAscii,
} from '#domain';
import type { TextKey, TextParams } from '#texts';
import { ImportFailure } from '../../runs/import-failure.js';
import { csvRecords, type CsvRecord } from './csv-records.js';
import { readPreamble } from './dialect.js';
import { findTable, type TableStart } from './table-start.js';

/** Columns of a run that are kept with their headings: rejected rows are given back under them. */
const KEPT_COLUMNS = 1000;
/** Columns of these that are shown with samples. */
const SHOWN_COLUMNS = 100;
const SAMPLES = 5;
/** Rows looked at before the first one is given out. */
const AHEAD = 20;
const HEAD = 65_536;

/** A file whose columns are known: what was found, and its rows. */
export interface CsvFile {
  detected: DetectedCsv;
  columns: readonly SeenColumn[];
  layout: RowLayout;
  /** As they count: what was asked for, and what a profile says. */
  options: CsvOptions;
  rows: AsyncIterable<CsvRecord>;
}

/** The file cannot be read, but its columns have been seen: a person can say which is which. */
export class ColumnsUnknown extends ImportFailure {
  constructor(
    code: 'NO_NAME_COLUMN' | 'DUPLICATE_HEADER' | 'UNKNOWN_COLUMN',
    key: TextKey,
    params: TextParams,
    readonly columns: readonly SeenColumn[],
    readonly detected: DetectedCsv,
  ) {
    super(code, key, params);
  }
}

/**
 * Opens a CSV file: preamble, delimiter, header or none, and which column is which.
 *
 * @param text as {@link decodedText} gives it
 * @param profiled the options for a file with such headings
 * @throws ImportFailure EMPTY_FILE, UNCLOSED_QUOTE; ColumnsUnknown
 */
export async function openCsv(
  text: AsyncIterable<string>,
  encoding: CsvEncoding,
  options: CsvOptions,
  toAscii: ToAscii,
  profiled: (headers: readonly string[] | null) => Promise<CsvOptions> = () => Promise.resolve(options),
): Promise<CsvFile> {
  const pieces = text[Symbol.asyncIterator]();
  let head = '';
  while (head.length < HEAD) {
    const piece = await pieces.next();
    if (piece.done) break;
    head += piece.value;
  }
  const preamble = readPreamble(head, options.delimiter);
  const start = findTable(head.slice(preamble.skip, HEAD), head.length < HEAD, preamble, options, toAscii);
  const records = csvRecords(chain(head.slice(preamble.skip), pieces), start.delimiter, preamble.firstLine);
  const begin = start.heading?.line ?? 0;
  const ahead = await firstRecords(records, begin);
  const table = ahead.flatMap((record) => (record.kind === 'cells' ? [record.cells] : []));
  const first = start.heading?.cells ?? table[0];
  if (!first) throw new ImportFailure('EMPTY_FILE', 'file.noRows');

  const headers = start.heading ? first.map(cellText) : null;
  const seen = seenColumns(headers, table, first.length);
  const told = await profiled(headers);
  const detected = chooseLayout(headers, first.length, table, seen, encoding, start, told, toAscii);
  return {
    detected,
    columns: seen,
    layout: { columns: detected.columns, width: first.length },
    options: told,
    rows: chainRecords(ahead, records),
  };
}

function chooseLayout(
  headers: readonly string[] | null,
  width: number,
  rows: readonly (readonly string[])[],
  seen: readonly SeenColumn[],
  encoding: CsvEncoding,
  { delimiter }: TableStart,
  options: CsvOptions,
  toAscii: ToAscii,
): DetectedCsv {
  const found: Partial<Record<ImportColumn, number>> = headers
    ? columnsOfHeader(headers, rows, toAscii)
    : width === 1
      ? { name: 0 }
      : {};
  const chosen = chooseColumns(found, headers, width, options.columns);
  const detected: DetectedCsv = {
    encoding,
    delimiter,
    header: headers !== null,
    columns: 'columns' in chosen ? chosen.columns : found,
  };
  if ('missing' in chosen) {
    const [key, column] =
      typeof chosen.missing === 'number'
        ? (['file.noColumnNumber', chosen.missing] as const)
        : (['file.noColumn', chosen.missing.slice(0, 60)] as const);
    throw new ColumnsUnknown('UNKNOWN_COLUMN', key, { column }, seen, detected);
  }
  const twice = headers && !options.columns ? twiceInHeader(headers, detected.columns, rows) : null;
  if (twice) {
    throw new ColumnsUnknown(
      'DUPLICATE_HEADER',
      'file.headerTwice',
      { name: twice.header.slice(0, 60), first: twice.first, second: twice.second },
      seen,
      detected,
    );
  }
  if (detected.columns.name === undefined && detected.columns.fqdn === undefined) {
    throw new ColumnsUnknown(
      'NO_NAME_COLUMN',
      'file.noNameColumn',
      { names: NAME_HEADERS_SHOWN },
      seen,
      detected,
    );
  }
  const { mapping } = options;
  const shown = seen.map(({ header }) => header);
  if (mapping && rowColumns(shown, detected.columns).indexOf(mapping.column) === null) {
    const params = { column: String(mapping.column).slice(0, 60) };
    throw new ColumnsUnknown('UNKNOWN_COLUMN', 'file.noColumn', params, seen, detected);
  }
  return detected;
}

function seenColumns(
  headers: readonly string[] | null,
  rows: readonly (readonly string[])[],
  width: number,
): SeenColumn[] {
  return Array.from({ length: Math.min(width, KEPT_COLUMNS) }, (_, index) => ({
    index,
    header: headers ? (headers[index] ?? '').slice(0, 255) : null,
    samples: rows
      .map((row) => cellText(row[index] ?? ''))
      .filter((value) => value !== '')
      .slice(0, index < SHOWN_COLUMNS ? SAMPLES : 0)
      .map((value) => value.slice(0, 100)),
  }));
}

/** The first records behind a line. */
async function firstRecords(records: AsyncGenerator<CsvRecord>, behind: number): Promise<CsvRecord[]> {
  const ahead: CsvRecord[] = [];
  while (ahead.length < AHEAD) {
    const record = await records.next();
    if (record.done) break;
    if (record.value.line > behind) ahead.push(record.value);
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
