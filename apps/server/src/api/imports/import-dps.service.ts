import { domainToASCII } from 'node:url';
import { Injectable } from '@nestjs/common';
import {
  candidateOfRow,
  cellsOfLine,
  columnValues,
  DomainError,
  explainDp,
  invalid,
  likelyDpColumn,
  MOST_MAPPED_VALUES,
  readRow,
  type ColumnValue,
  type ExplainedChoice,
  type ImportCandidate,
  type ImportRow,
  type ImportRun,
  type RowColumns,
} from '#domain';
import { ImportRowRepository } from '#persistence';
import { ImportAssignmentsService } from './import-assignments.service.js';

export interface ValuesOfColumn {
  column: { index: number; header: string | null } | null;
  values: readonly ColumnValue[];
  isTruncated: boolean;
}

/** Says of the rows of a run which DPs they get, and why. */
@Injectable()
export class ImportDpsService {
  constructor(
    private readonly rows: ImportRowRepository,
    private readonly assignments: ImportAssignmentsService,
  ) {}

  /**
   * The values of a column, most frequent first.
   *
   * @param wanted null: the column that most likely names DPs
   * @throws DomainError VALIDATION_FAILED when the file has no such column
   */
  async values(run: ImportRun, wanted: string | null): Promise<ValuesOfColumn> {
    const { assignment, options } = await this.assignments.of(run);
    const mapping = options.mapping ?? null;
    const index =
      wanted === null
        ? likelyDpColumn(run, mapping, assignment.columns, assignment.dps)
        : columnOf(wanted, assignment.columns);
    if (index === null) return { column: null, values: [], isTruncated: false };
    const cells = await this.rows.cellsOf(run.id, index, MOST_MAPPED_VALUES);
    // what is mapped of another column says nothing of this one
    const applies = mapping !== null && assignment.columns.indexOf(mapping.column) === index;
    return {
      column: { index, header: run.columns[index]?.header ?? null },
      values: columnValues(cells, applies ? mapping : null, assignment.dps),
      isTruncated: cells.length >= MOST_MAPPED_VALUES,
    };
  }

  /** @throws DomainError VALIDATION_FAILED, NOT_FOUND */
  async explain(
    run: ImportRun,
    { row, line }: { row: number | null; line: string | null },
  ): Promise<ExplainedChoice> {
    if ((row === null) === (line === null)) {
      throw invalid([{ path: '', code: 'either', key: 'fault.rowOrLine' }]);
    }
    const candidate = line === null ? await this.candidateOf(run, row ?? 0) : typedCandidate(run, line);
    const { assignment } = await this.assignments.of(run);
    return explainDp(candidate, assignment);
  }

  private async candidateOf(run: ImportRun, line: number): Promise<ImportCandidate> {
    const row = await this.rows.findByLine(run.id, line);
    if (!row) throw new DomainError('NOT_FOUND', 'notFound.importRow');
    return run.source === 'csv' ? (rereadCandidate(run, row) ?? candidateOfRow(row)) : candidateOfRow(row);
  }
}

/** A staged row holds the DP that was chosen for it, not what stood in its column: that is read once more. */
function rereadCandidate(run: ImportRun, row: ImportRow): ImportCandidate | null {
  const read = readRow(row.raw, row.line, layoutOf(run), domainToASCII);
  return read.ok ? read.candidate : null;
}

/** @throws DomainError VALIDATION_FAILED with what is wrong with the line */
function typedCandidate(run: ImportRun, line: string): ImportCandidate {
  const { detected } = run;
  if (run.source !== 'csv' || !detected)
    throw invalid([{ path: 'line', code: 'alone', key: 'fault.lineOfFile' }]);
  const read = readRow(cellsOfLine(line, detected.delimiter), 1, layoutOf(run), domainToASCII);
  if (read.ok) return read.candidate;
  const faults = read.refused.messages.flatMap((message) =>
    'key' in message
      ? [{ path: 'line', code: 'row', key: message.key, ...(message.params && { params: message.params }) }]
      : [],
  );
  throw invalid(faults);
}

function layoutOf({ detected, columns }: ImportRun): Parameters<typeof readRow>[2] {
  return { columns: detected?.columns ?? {}, width: columns.length };
}

/** @throws DomainError VALIDATION_FAILED */
function columnOf(wanted: string, columns: RowColumns): number {
  const index = columns.indexOf(/^\d{1,3}$/.test(wanted) ? Number(wanted) : wanted);
  if (index === null) throw invalid([{ path: 'column', code: 'unknown', key: 'fault.unknownColumn' }]);
  return index;
}
