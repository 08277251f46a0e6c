import { domainToASCII } from 'node:url';
import { Injectable } from '@nestjs/common';
import {
  importMessage,
  importPreviewed,
  NO_COUNTS,
  noRows,
  readRow,
  tallied,
  withProfile,
  type ImportProfile,
  type ImportRun,
  type RowLayout,
} from '#domain';
import { BlobStore, ComputerRepository, ImportRowRepository } from '#persistence';
import { openCsv } from './csv/csv-file.js';
import type { CsvRecord } from './csv/csv-records.js';
import { decodedText } from './csv/decoded-text.js';
import { detectEncoding } from './csv/encoding.js';
import { importerEnv } from '../config/importer-env.js';
import { ImportFailure } from '../runs/import-failure.js';
import { batchesOf } from '../runs/batches.js';
import { AssignmentSource } from '../staging/assignment-source.js';
import { KnownLookup } from '../staging/known-lookup.js';
import type { RunProgress } from '../runs/run-progress.js';
import { SeenRows } from '../staging/seen-rows.js';
import { countRows, runMessages, stageRows, type ReadRow } from '../staging/staging.js';

/** Reads an uploaded file into staged rows, batch by batch, and goes on behind the last stored batch. */
@Injectable()
export class CsvReader {
  constructor(
    private readonly blobs: BlobStore,
    private readonly rows: ImportRowRepository,
    private readonly computers: ComputerRepository,
    private readonly source: AssignmentSource,
  ) {}

  /** @throws ImportFailure, ColumnsUnknown, RunLostError, Stopping */
  async read(progress: RunProgress): Promise<void> {
    const { run } = progress;
    const { file } = run;
    if (!file) throw new ImportFailure('FILE_GONE', 'file.gone');
    const { MAX_IMPORT_ROWS: maxRows } = importerEnv();

    // Rows behind the last noted batch may be there: a crash fell between storing and noting them.
    await this.rows.deleteOfRun(run.id, run.storedLine);
    const encoding =
      run.detected?.encoding ?? (await detectEncoding(this.open(file.blob), run.options.encoding));
    let bytes = 0;
    const isTold = run.options.encoding !== undefined;
    const text = decodedText(this.open(file.blob), encoding, isTold, (read) => {
      bytes = read;
    });
    const used: { profile: ImportProfile | null } = { profile: null };
    const csv = await openCsv(text, encoding, run.options, domainToASCII, async (headers) => {
      used.profile = await this.source.profileOf(run, headers);
      return withProfile(run.options, used.profile);
    });
    const { detected, columns, options } = csv;
    const headers = columns.map(({ header }) => header);
    const { assignment, facts } = await this.source.ofFile(run, { headers, detected, options, ...used });
    const before = await this.before(run, facts.stamp);
    await progress.save({
      ...progress.run,
      ...before,
      detected,
      columns,
      assignment: before.assignment ?? noRows(assignment, facts),
    });
    const { storedLine } = progress.run;
    const seen = await this.seenSoFar(progress.run);
    const lookup = new KnownLookup(this.computers, run.tenant);
    const percent = (): number => (file.size > 0 ? Math.min(99, Math.floor((bytes / file.size) * 100)) : 99);
    for await (const batch of batchesOf(behind(csv.rows, storedLine))) {
      const lastLine = batch.at(-1)?.line ?? 0;
      const read = batch.map((record) => readRecord(record, csv.layout));
      const candidates = read.flatMap((row) => (row.ok ? [row.candidate] : []));
      const known = await lookup.of(candidates);
      const { rows, chosen } = stageRows(read, run, assignment, known, seen);
      const counts = countRows(progress.run.counts, rows);
      if (counts.rows > maxRows) {
        throw new ImportFailure('TOO_MANY_ROWS', 'file.tooManyRows', { most: maxRows });
      }
      await this.rows.insertNew(rows);
      await progress.save({
        ...progress.run,
        counts,
        assignment: tallied(progress.run.assignment ?? noRows(assignment, facts), chosen),
        storedLine: lastLine,
        progress: { phase: 'reading', done: counts.rows, total: null, percent: percent(), at: new Date() },
      });
    }
    if (progress.run.counts.rows === 0) throw new ImportFailure('EMPTY_FILE', 'file.noRows');
    const messages = runMessages(progress.run, assignment);
    await progress.finish(importPreviewed({ ...progress.run, messages }, new Date()));
  }

  private async *open(blob: string): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.blobs.read(blob)) yield chunk as Uint8Array;
    } catch (error) {
      if (error instanceof Error && /FileNotFound|ENOENT/.test(error.message)) {
        throw new ImportFailure('FILE_GONE', 'file.gone');
      }
      throw error;
    }
  }

  /**
   * Where an importer before this one has stopped. Where rules or profile have changed since, rows of one run would follow
   * two minds: it begins anew.
   */
  private async before(
    run: ImportRun,
    stamp: string,
  ): Promise<Pick<ImportRun, 'counts' | 'storedLine' | 'assignment'>> {
    const { counts, storedLine, assignment } = run;
    if (assignment?.stamp === stamp) return { counts, storedLine, assignment };
    if (storedLine > 0) await this.rows.deleteOfRun(run.id);
    return { counts: NO_COUNTS, storedLine: 0 };
  }

  private async seenSoFar(run: ImportRun): Promise<SeenRows> {
    const seen = new SeenRows();
    if (run.storedLine === 0) return seen;
    // An importer that has just lost the run may still be storing its batch: those rows are read here once more.
    for await (const key of this.rows.keys(run.id, run.storedLine)) seen.add(key);
    return seen;
  }
}

function readRecord(record: CsvRecord, layout: RowLayout): ReadRow {
  if (record.kind === 'cells') return readRow(record.cells, record.line, layout, domainToASCII);
  const { line, text } = record;
  const message =
    record.kind === 'bad-quote'
      ? importMessage('BAD_QUOTE', 'row.line', { line, what: { key: 'row.badQuote' } })
      : importMessage('ROW_TOO_LONG', 'row.line', {
          line,
          what: { key: 'row.tooLong', params: { most: 65536 } },
        });
  return { ok: false, refused: { line, name: '', messages: [message], raw: [text] } };
}

async function* behind(records: AsyncIterable<CsvRecord>, line: number): AsyncGenerator<CsvRecord> {
  for await (const record of records) if (record.line > line) yield record;
}
