import type { ComputerId, DirectoryId, DpId, ImportRunId, TenantId } from '../base/ids.js';
import type { Inventory } from '../computers/computer.js';
import type { Moves } from '../base/state-machine.js';
import type { AssignedBy, RunAssignment } from './chosen-dp.js';
import type { CsvDelimiter, CsvEncoding, ImportColumn, ImportOptions } from './import-options.js';
import type { ImportSync } from './import-sync.js';
import type { ImportFault, ImportMessage } from './import-texts.js';
import type { Namesake, NamesakeDecisions } from './namesake.js';

export const IMPORT_SOURCES = ['csv', 'ad'] as const;
export type ImportSource = (typeof IMPORT_SOURCES)[number];

export const IMPORT_STATES = [
  'queued',
  'reading',
  'previewed',
  'committing',
  'committed',
  'undone',
  'failed',
  'discarded',
] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

/**
 * Where a run may go from each state. `previewed` and `failed` go back to `queued` when the same upload is read again
 * with other options; `committed` to `committing` when a person takes what a policy has left. A run that is being undone stays `committed` until all of it is undone.
 */
export const IMPORT_TRANSITIONS = {
  queued: ['reading', 'failed', 'discarded'],
  reading: ['previewed', 'failed', 'discarded'],
  previewed: ['queued', 'committing', 'discarded'],
  committing: ['committed'],
  committed: ['undone', 'committing'],
  failed: ['queued', 'discarded'],
  undone: [],
  discarded: [],
} as const satisfies Moves<ImportState>;

/** What an import makes of a row; exactly one each, and they add up to `counts.rows`. */
export const IMPORT_VERDICTS = ['new', 'known', 'changed', 'excluded', 'rejected'] as const;
export type ImportVerdict = (typeof IMPORT_VERDICTS)[number];

/**
 * What the commit made of a `new` or `changed` row: the world may have moved on since the preview. `skipped`: a policy
 * has left it to a person, who can commit what is left.
 */
export const ROW_OUTCOMES = ['created', 'changed', 'known', 'rejected', 'skipped'] as const;
export type RowOutcome = (typeof ROW_OUTCOMES)[number];

/** What the reader found in a file, or was told. `columns` holds indices from 0. */
export interface DetectedCsv {
  encoding: CsvEncoding;
  delimiter: CsvDelimiter;
  header: boolean;
  columns: Partial<Record<ImportColumn, number>>;
}

/** One column of the file as it was seen, so that a person can say which is which. */
export interface SeenColumn {
  /** From 0. */
  index: number;
  /** Null when the file has no header line. */
  header: string | null;
  /** The first values in it, at most five. */
  samples: readonly string[];
}

export interface ImportCounts extends Record<ImportVerdict, number> {
  rows: number;
  /** Rows of any verdict with a message that is a warning or an error. */
  warned: number;
  /** Known from this directory, no longer there. */
  missing: number;
  /** New rows for which nothing has chosen a DP. */
  withoutDp: number;
  /** New rows with a {@link Namesake}; absent: read by a version that did not ask. */
  namesakes?: number;
}

export const NO_COUNTS: ImportCounts = {
  rows: 0,
  new: 0,
  known: 0,
  changed: 0,
  excluded: 0,
  rejected: 0,
  warned: 0,
  missing: 0,
  withoutDp: 0,
  namesakes: 0,
};

export interface ImportProgress {
  phase: 'waiting' | 'reading' | 'committing' | 'undoing' | 'done';
  /** Rows done in this phase. */
  done: number;
  /** Rows to do; null while reading, when nobody knows yet. */
  total: number | null;
  /** 0 to 100; while reading a file by its bytes; null when unknown. */
  percent: number | null;
  at: Date;
}

/** What the commit did; grows while it is under way. */
export interface ImportSummary extends Record<Exclude<RowOutcome, 'skipped'>, number> {
  skipped?: number;
  at: Date;
}

/** Which rows a commit takes: those that a policy takes by itself, or those that it has left. Absent: all. */
export const IMPORT_TAKES = ['unwarned', 'left'] as const;
export type ImportTakes = (typeof IMPORT_TAKES)[number];

/** Why an undo leaves a computer in place. */
export const KEPT_REASONS = ['released', 'registered'] as const;
export type KeptReason = (typeof KEPT_REASONS)[number];

export interface ImportUndo {
  requestedAt: Date;
  requestedBy: string;
  /** Null while it is under way. */
  at: Date | null;
  deleted: number;
  /** No longer there when the undo came to them. */
  gone: number;
  kept: number;
  reasons: Record<KeptReason, number>;
  /** The first computers that were kept, at most 100. */
  examples: readonly { computer: ComputerId; name: string; reason: KeptReason }[];
}

/** A computer that the directory no longer knows. */
export interface MissingComputer {
  computer: ComputerId;
  name: string;
}

/** One execution of an import: preview, then commit. */
export interface ImportRun {
  id: ImportRunId;
  tenant: TenantId;
  source: ImportSource;
  /** The DP for rows that name none (R2). */
  dp: DpId | null;
  state: ImportState;
  /** The upload in GridFS; null for a directory, and once it is deleted. */
  file: { blob: string; name: string; size: number } | null;
  directory: DirectoryId | null;
  options: ImportOptions;
  /** Of a run that a directory's schedule made. */
  sync?: ImportSync;
  takes?: ImportTakes;
  detected: DetectedCsv | null;
  columns: readonly SeenColumn[];
  /** Why the run failed. */
  fault: ImportFault | null;
  /** Notes on the whole run, such as how many rows the server DP will install. */
  messages: readonly ImportMessage[];
  counts: ImportCounts;
  /** What was decided on rows with a {@link Namesake}; absent: nothing yet. */
  decisions?: NamesakeDecisions;
  progress: ImportProgress;
  /** The first computers that are missing from the directory, at most 1,000. */
  missing: readonly MissingComputer[];
  /** Known computers of the directory before this run; null when `missing` was not looked at. */
  knownBefore: number | null;
  summary: ImportSummary | null;
  undo: ImportUndo | null;
  requestedBy: string;
  at: Date;
  /** When it came to its state `committed`, `undone`, `failed` or `discarded`; uploads are deleted 30 days later. */
  endedAt: Date | null;
  /** Which importer works on it. A higher `turn` has taken the run over from the one before. */
  worker: { importer: string; turn: number } | null;
  /** What chose the DPs of its rows; missing before it is read, and on runs of earlier versions. */
  assignment?: RunAssignment;
  /** Last row whose batch is stored (reading), or whose batch is done (committing, undoing); 0 before the first. */
  storedLine: number;
  revision: number;
}

/** One row of a run, staged for the preview. Its id is {@link importRowId}. */
export interface ImportRow {
  id: string;
  run: ImportRunId;
  tenant: TenantId;
  /** Line of the file where the row starts, from 1; number of the entry for a directory. */
  line: number;
  verdict: ImportVerdict;
  /** NetBIOS name, upper case; the raw text (at most 255 characters) when it is no name. */
  name: string;
  /** The whole host name, upper case; the same raw text when it is no name. */
  hostName: string;
  fqdn: string | null;
  address: string | null;
  /** Null on rejected rows. */
  identity: string | null;
  dp: DpId | null;
  inventory: Inventory;
  messages: readonly ImportMessage[];
  /** Carries a warning or an error. */
  warned: boolean;
  /** Of a `new` row: who else may be its computer. */
  namesake?: Namesake;
  /** The computer it is known as, or became. */
  computer: ComputerId | null;
  /** Id that a `new` row's computer will get, so that a repeated commit makes the same one. */
  newComputer: ComputerId | null;
  /** Fields that differ, of a `changed` row. */
  changes: readonly string[];
  /** What the commit made of it; null before. */
  outcome: RowOutcome | null;
  /** The cells as they stood in the file; the distinguished name of an entry of a directory. */
  raw: readonly string[];
  /** What chose its DP; missing on rows that are no computer, and on those of earlier versions. */
  assignedBy?: AssignedBy;
  /** Of the groups that rules name those that it is in; missing when nobody has looked. */
  groups?: readonly string[];
}

/** The same row of the same run always has the same id: staging it twice stores it once. */
export function importRowId(run: ImportRunId, line: number): string {
  return `${run}:${line}`;
}

/** Rows read, staged and committed at a time. */
export const IMPORT_BATCH = 1000;

/** Days after the end of a run until its upload is deleted. */
export const UPLOAD_KEPT_DAYS = 30;
