import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram, type Registry } from 'prom-client';
import { type ImportRun, type ImportWork, importWork } from '#domain';
import { METRICS } from '#http';

const WORKS = ['read', 'commit', 'undo', 'discard'] as const satisfies readonly ImportWork[];
/** `stuck`: a fault of the importer; it is tried again. What passes by itself, such as a database that is away, is none. */
const OUTCOMES = ['done', 'failed', 'stuck'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** What the importer counts, for Prometheus. */
@Injectable()
export class ImportMetrics {
  private readonly works: Counter<'work' | 'outcome' | 'by'>;
  private readonly seconds: Histogram<'work'>;

  /** Rows by what was done with them. */
  readonly rows: Counter<'work'>;

  constructor(@Inject(METRICS) registry: Registry) {
    const registers = [registry];
    this.works = new Counter({
      name: 'relaypoint_import_works_total',
      help: 'Work on import runs by what became of it',
      labelNames: ['work', 'outcome', 'by'],
      registers,
    });
    for (const by of ['person', 'schedule'])
      for (const work of WORKS) for (const outcome of OUTCOMES) this.works.inc({ work, outcome, by }, 0);
    this.seconds = new Histogram({
      name: 'relaypoint_import_work_seconds',
      help: 'Duration of work on import runs',
      labelNames: ['work'],
      buckets: [0.1, 1, 10, 60, 600, 3600],
      registers,
    });
    this.rows = new Counter({
      name: 'relaypoint_import_rows_total',
      help: 'Rows of import runs, counted when the work on their run is done',
      labelNames: ['work'],
      registers,
    });
    for (const work of WORKS) this.rows.inc({ work }, 0);
  }

  /** @param run as it was when the work began */
  done(run: ImportRun, rows: number, milliseconds: number): void {
    const work = importWork(run);
    this.ended(run, 'done');
    this.rows.inc({ work }, rows);
    this.seconds.observe({ work }, milliseconds / 1000);
  }

  ended(run: ImportRun, outcome: Outcome): void {
    this.works.inc({ work: importWork(run), outcome, by: run.sync ? 'schedule' : 'person' });
  }
}
