import {
  ASSIGNMENT_TARGETS,
  CHOOSERS,
  CSV_DELIMITERS,
  CSV_ENCODINGS,
  DIRECTORY_POLICIES,
  IMPORT_COLUMNS,
  IMPORT_SOURCES,
  IMPORT_STATES,
  IMPORT_TAKES,
  IMPORT_VERDICTS,
  KEPT_REASONS,
  NAMESAKE_DECISIONS,
  ROW_OUTCOMES,
  SYNC_KINDS,
  WITHOUT_DP,
  type AdOptions,
  type AssignedBy,
  type ChosenRows,
  type DetectedCsv,
  type Directory,
  type ImportColumn,
  type ImportCounts,
  type ImportOptions,
  type ImportProgress,
  type ImportRow,
  type ImportRun,
  type ImportSync,
  type ImportSummary,
  type ImportUndo,
  type MappedValue,
  type MissingComputer,
  type RuleOverlap,
  type RuleTally,
  type RunAssignment,
  type Namesake,
  type NamesakeDecisions,
  type SeenColumn,
  type SyncFound,
  type ValueMapping,
} from '#domain';
import {
  directoryCursor,
  directorySchedule,
  importFault,
  importMessages,
  inventory,
} from './schema-parts.js';
import {
  checked,
  collectionSchema,
  date,
  flag,
  list,
  nullable,
  number,
  oneOf,
  optional,
  part,
  text,
  type Field,
  type Fields,
} from './schema.js';

/** A field for each word of a table. */
function each<const Word extends string, Value>(
  words: readonly Word[],
  field: Field<Value>,
): Record<Word, Field<Value>> {
  return Object.fromEntries(words.map((word) => [word, field])) as Record<Word, Field<Value>>;
}

/** A column, by its index or by its header. */
const column = checked<number | string>((value) => typeof value === 'number' || typeof value === 'string');

/** Which column holds what. */
export const columnChoices = (
  columns: readonly ImportColumn[],
): Field<Partial<Record<ImportColumn, number | string>>> =>
  part<Partial<Record<ImportColumn, number | string>>>(each(columns, optional(column)));

export const valueMapping = part<ValueMapping>({
  column,
  values: list(part<MappedValue>({ value: text, target: oneOf(ASSIGNMENT_TARGETS), dp: nullable(text) })),
});

const assignedBy = part<AssignedBy>({
  by: oneOf(CHOOSERS),
  rule: nullable(text),
  name: nullable(text),
  value: nullable(text),
});

const assignment = part<RunAssignment>({
  stamp: text,
  profile: nullable(part<NonNullable<RunAssignment['profile']>>({ id: text, name: text })),
  shape: nullable(text),
  chosen: list(
    part<ChosenRows>({
      by: oneOf(CHOOSERS),
      rule: nullable(text),
      name: nullable(text),
      dp: nullable(text),
      rows: number,
    }),
  ),
  rules: list(
    part<RuleTally>({
      rule: text,
      name: text,
      matched: number,
      won: number,
      overlaps: list(part<RuleOverlap>({ rule: text, name: text, rows: number, line: number })),
    }),
  ),
});

/** What an import from a directory takes. */
const adOptions: Fields<AdOptions> = {
  bases: optional(list(text)),
  filter: optional(text),
  includeGroups: optional(list(text)),
  excludeGroups: optional(list(text)),
  nested: optional(flag),
  osPattern: optional(text),
  staleDays: optional(number),
  includeDisabled: optional(flag),
  confirmDrop: optional(flag),
};

const options = part<ImportOptions>({
  encoding: optional(oneOf(CSV_ENCODINGS)),
  delimiter: optional(oneOf(CSV_DELIMITERS)),
  header: optional(flag),
  columns: optional(columnChoices(IMPORT_COLUMNS)),
  dpFromColumn: optional(flag),
  mapping: optional(valueMapping),
  // null says that none is wanted, which is not the same as saying nothing
  profile: optional(text) as Field<string | null | undefined>,
  withoutDp: optional(oneOf(WITHOUT_DP)),
  assignmentRules: optional(flag),
  ...adOptions,
});

const detected = part<DetectedCsv>({
  encoding: oneOf(CSV_ENCODINGS),
  delimiter: oneOf(CSV_DELIMITERS),
  header: flag,
  columns: part<DetectedCsv['columns']>(each(IMPORT_COLUMNS, optional(number))),
});

const undo = part<ImportUndo>({
  requestedAt: date,
  requestedBy: text,
  at: nullable(date),
  deleted: number,
  gone: number,
  kept: number,
  reasons: part<ImportUndo['reasons']>(each(KEPT_REASONS, number)),
  examples: list(
    part<ImportUndo['examples'][number]>({ computer: text, name: text, reason: oneOf(KEPT_REASONS) }),
  ),
});

export const importRunSchema = collectionSchema<ImportRun>('importRuns', {
  tenant: text,
  source: oneOf(IMPORT_SOURCES),
  dp: nullable(text),
  state: oneOf(IMPORT_STATES),
  file: nullable(part<NonNullable<ImportRun['file']>>({ blob: text, name: text, size: number })),
  directory: nullable(text),
  options,
  sync: optional(
    part<ImportSync>({
      policy: oneOf(DIRECTORY_POLICIES),
      cursor: nullable(directoryCursor),
      quiet: flag,
      found: nullable(
        part<SyncFound>({ kind: oneOf(SYNC_KINDS), cursor: nullable(directoryCursor), open: list(text) }),
      ),
    }),
  ),
  takes: optional(oneOf(IMPORT_TAKES)),
  detected: nullable(detected),
  columns: list(part<SeenColumn>({ index: number, header: nullable(text), samples: list(text) })),
  fault: nullable(importFault),
  messages: importMessages,
  counts: part<ImportCounts>({
    rows: number,
    warned: number,
    missing: number,
    withoutDp: number,
    namesakes: optional(number),
    ...each(IMPORT_VERDICTS, number),
  }),
  decisions: optional(
    part<NamesakeDecisions>({
      lines: list(
        part<NamesakeDecisions['lines'][number]>({ line: number, decision: oneOf(NAMESAKE_DECISIONS) }),
      ),
      rest: nullable(oneOf(NAMESAKE_DECISIONS)),
    }),
  ),
  progress: part<ImportProgress>({
    phase: oneOf(['waiting', 'reading', 'committing', 'undoing', 'done']),
    done: number,
    total: nullable(number),
    percent: nullable(number),
    at: date,
  }),
  missing: list(part<MissingComputer>({ computer: text, name: text })),
  knownBefore: nullable(number),
  summary: nullable(
    part<ImportSummary>({
      at: date,
      ...each(['created', 'changed', 'known', 'rejected'], number),
      skipped: optional(number),
    }),
  ),
  undo: nullable(undo),
  requestedBy: text,
  at: date,
  endedAt: nullable(date),
  worker: nullable(part<NonNullable<ImportRun['worker']>>({ importer: text, turn: number })),
  assignment: optional(assignment),
  storedLine: number,
})
  // runs of all tenants and of one, newest first
  .index({ at: -1, _id: -1 })
  .index({ tenant: 1, at: -1, _id: -1 })
  // lists by state, file and length
  .index({ state: 1, at: -1, _id: -1 })
  .index({ 'file.name': 1, _id: 1 })
  .index({ 'counts.rows': 1, _id: 1 })
  // runs of a schedule that nobody needs to see
  .index({ directory: 1, 'sync.quiet': 1 })
  // runs that no importer has touched for a while
  .index({ state: 1, 'progress.at': 1 })
  // uploads that are old enough to be deleted
  .index({ endedAt: 1 });

/** Importers of the version before know NetBIOS names only, and may store rows beside this one. */
type StoredRow = Omit<ImportRow, 'hostName'> & { hostName?: string };

export const importRowSchema = collectionSchema<StoredRow>('importRows', {
  run: text,
  tenant: text,
  line: number,
  verdict: oneOf(IMPORT_VERDICTS),
  name: text,
  hostName: optional(text),
  fqdn: nullable(text),
  address: nullable(text),
  identity: nullable(text),
  dp: nullable(text),
  inventory,
  messages: importMessages,
  warned: flag,
  namesake: optional(part<Namesake>({ computer: nullable(text), line: nullable(number) })),
  computer: nullable(text),
  newComputer: nullable(text),
  changes: list(text),
  outcome: nullable(oneOf(ROW_OUTCOMES)),
  raw: list(text),
  assignedBy: optional(assignedBy),
  groups: optional(list(text)),
})
  // a run's rows by line
  .index({ run: 1, line: 1, _id: 1 })
  // a run's rows of one verdict by line: the preview's filter, the commit, rejected rows
  .index({ run: 1, verdict: 1, line: 1, _id: 1 })
  // a run's rows by what chose their DP, by line: the preview's filter
  .index({ run: 1, 'assignedBy.by': 1, line: 1, _id: 1 })
  // a run's rows by name and by DP
  .index({ run: 1, name: 1, _id: 1 })
  .index({ run: 1, dp: 1, line: 1, _id: 1 });

export const directorySchema = collectionSchema<Directory>('directories', {
  tenant: text,
  name: text,
  url: text,
  startTls: flag,
  allowPlain: flag,
  caPem: nullable(text),
  bindDn: text,
  /** Ciphertext only, sealed to the importers' key. */
  sealedPassword: part<Directory['sealedPassword']>({ keyId: text, blob: text }),
  bases: list(text),
  filter: nullable(text),
  schedule: optional(nullable(directorySchedule)),
  policy: optional(oneOf(DIRECTORY_POLICIES)),
  releasesPerHour: optional(number),
  dp: optional(nullable(text)),
  options: optional(part<AdOptions>(adOptions)),
  createdAt: date,
})
  // directories of a tenant, by the name that people and scripts know them by
  .index({ tenant: 1, name: 1 }, { unique: true });
