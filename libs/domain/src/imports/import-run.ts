import type { ComputerId, DirectoryId, DpId, ImportRunId, TenantId } from '../base/ids.js';
import type { Inventory } from '../computers/computer.js';
import type { Moves } from '../base/state-machine.js';
import type { ImportFault, ImportMessage } from './import-texts.js';

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
 * with other options. A run that is being undone stays `committed` until all of it is undone.
 */
export const IMPORT_TRANSITIONS = {
  queued: ['reading', 'failed', 'discarded'],
  reading: ['previewed', 'failed', 'discarded'],
  previewed: ['queued', 'committing', 'discarded'],
  committing: ['committed'],
  committed: ['undone'],
  failed: ['queued', 'discarded'],
  undone: [],
  discarded: [],
} as const satisfies Moves<ImportState>;

/** What an import makes of a row; exactly one each, and they add up to `counts.rows`. */
export const IMPORT_VERDICTS = ['new', 'known', 'changed', 'excluded', 'rejected'] as const;
export type ImportVerdict = (typeof IMPORT_VERDICTS)[number];

/** What the commit made of a `new` or `changed` row: the world may have moved on since the preview. */
export const ROW_OUTCOMES = ['created', 'changed', 'known', 'rejected'] as const;
export type RowOutcome = (typeof ROW_OUTCOMES)[number];

/** What a column of a file can hold. */
export const IMPORT_COLUMNS = [
  'name',
  'fqdn',
  'dp',
  'address',
  'description',
  'location',
  'os',
  'version',
  'lastLogon',
  'enabled',
] as const;
export type ImportColumn = (typeof IMPORT_COLUMNS)[number];

export const CSV_ENCODINGS = [
  'utf-8',
  'utf-8-bom',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'cp850',
  'macintosh',
] as const;
export type CsvEncoding = (typeof CSV_ENCODINGS)[number];

export const CSV_DELIMITERS = [';', ',', '\t', '|'] as const;
export type CsvDelimiter = (typeof CSV_DELIMITERS)[number];

/** What overrides detection when a file is read. */
export interface CsvOptions {
  encoding?: CsvEncoding;
  delimiter?: CsvDelimiter;
  header?: boolean;
  /** Index from 0, or the header's text. */
  columns?: Partial<Record<ImportColumn, number | string>>;
  /** Whether the file's DP column counts. Default: yes when there is one. A row's DP goes before the run's. */
  dpFromColumn?: boolean;
}

/** What an import from a directory takes. */
export interface AdOptions {
  /** Default: the bases of the directory. */
  bases?: readonly string[];
  /** ANDed with the directory's own filter. */
  filter?: string;
  /** Distinguished names of groups. */
  includeGroups?: readonly string[];
  excludeGroups?: readonly string[];
  /** Groups within groups count too. Default true. */
  nested?: boolean;
  /** Such as `Windows 1*`; `*` stands for any text. */
  osPattern?: string;
  /** Days without a logon after which a computer is `excluded`. Default: never. */
  staleDays?: number;
  /** Take disabled computers as well. Default false: they are `excluded`. */
  includeDisabled?: boolean;
  /** Take the import although more than {@link DROP_LIMIT} of the known computers are missing. */
  confirmDrop?: boolean;
}

export type ImportOptions = CsvOptions & AdOptions;

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
  /** New rows without a DP: the server DP will install them. */
  withoutDp: number;
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
export interface ImportSummary extends Record<RowOutcome, number> {
  at: Date;
}

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
  detected: DetectedCsv | null;
  columns: readonly SeenColumn[];
  /** Why the run failed. */
  fault: ImportFault | null;
  /** Notes on the whole run, such as how many rows the server DP will install. */
  messages: readonly ImportMessage[];
  counts: ImportCounts;
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
  fqdn: string | null;
  address: string | null;
  /** Null on rejected rows. */
  identity: string | null;
  dp: DpId | null;
  inventory: Inventory;
  messages: readonly ImportMessage[];
  /** Carries a warning or an error. */
  warned: boolean;
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
}

/** The same row of the same run always has the same id: staging it twice stores it once. */
export function importRowId(run: ImportRunId, line: number): string {
  return `${run}:${line}`;
}

/** Share of the known computers that may be missing before an import needs `confirmDrop`. */
export const DROP_LIMIT = 0.3;

/** Rows read, staged and committed at a time. */
export const IMPORT_BATCH = 1000;

/** Days after the end of a run until its upload is deleted. */
export const UPLOAD_KEPT_DAYS = 30;
