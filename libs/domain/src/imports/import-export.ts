import type { StoredText } from '#texts';
import type { ImportRow, ImportRun } from './import-run.js';

/** A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV injection"). */
export function formulaSafe(cell: string): string {
  return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(cell) ? `'${cell}` : cell;
}

/** One line of a CSV file with its line end (RFC 4180), formula-safe. */
export function csvLine(cells: readonly string[], delimiter: string): string {
  return `${cells.map((cell) => csvCell(formulaSafe(cell), delimiter)).join(delimiter)}\r\n`;
}

function csvCell(cell: string, delimiter: string): string {
  const quote = cell.includes(delimiter) || /["\r\n]/.test(cell) || cell !== cell.trim();
  return quote ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/**
 * Rejected rows as a CSV file, without BOM: the cells as they were, then `Line` and `Reason`. The delimiter is that of
 * the upload; `say` puts texts into the words of who asked.
 */
export async function* rejectedCsv(
  run: Pick<ImportRun, 'source' | 'columns' | 'detected'>,
  rows: AsyncIterable<ImportRow> | Iterable<ImportRow>,
  say: (text: StoredText) => string,
): AsyncGenerator<string> {
  const delimiter = run.detected?.delimiter ?? ';';
  const headers =
    run.source === 'ad'
      ? [say({ key: 'export.distinguishedName' })]
      : run.columns.map(
          (column) => column.header || say({ key: 'export.column', params: { number: column.index + 1 } }),
        );
  yield csvLine([...headers, say({ key: 'export.line' }), say({ key: 'export.reason' })], delimiter);
  for await (const row of rows) {
    const cells = headers.map((_, index) => row.raw[index] ?? '');
    const beyond = row.raw.slice(headers.length);
    const reasons = row.messages.filter((m) => m.severity === 'error').map(say);
    yield csvLine([...cells, String(row.line), reasons.join('; '), ...beyond], delimiter);
  }
}
