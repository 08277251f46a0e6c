import {
  CSV_DELIMITERS,
  CSV_ENCODINGS,
  IMPORT_COLUMNS,
  IMPORT_FAULT_CODES,
  IMPORT_SOURCES,
  IMPORT_STATES,
  IMPORT_VERDICTS,
  KEPT_REASONS,
  ROW_OUTCOMES,
  type DetectedCsv,
  type Directory,
  type ImportColumn,
  type ImportCounts,
  type ImportFault,
  type ImportOptions,
  type ImportProgress,
  type ImportRow,
  type ImportRun,
  type ImportSummary,
  type ImportUndo,
  type MissingComputer,
  type SeenColumn,
} from '#domain';
import { importMessages, inventory, storedText } from './schema-parts.js';
import {
  checked,
  collectionSchema,
  date,
  flag,
  list,
  nullable,
  number,
  oneOf,
  oneOfShapes,
  optional,
  part,
  text,
  type Field,
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

const options = part<ImportOptions>({
  encoding: optional(oneOf(CSV_ENCODINGS)),
  delimiter: optional(oneOf(CSV_DELIMITERS)),
  header: optional(flag),
  columns: optional(
    part<Partial<Record<ImportColumn, number | string>>>(each(IMPORT_COLUMNS, optional(column))),
  ),
  dpFromColumn: optional(flag),
  bases: optional(list(text)),
  filter: optional(text),
  includeGroups: optional(list(text)),
  excludeGroups: optional(list(text)),
  nested: optional(flag),
  osPattern: optional(text),
  staleDays: optional(number),
  includeDisabled: optional(flag),
  confirmDrop: optional(flag),
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
  detected: nullable(detected),
  columns: list(part<SeenColumn>({ index: number, header: nullable(text), samples: list(text) })),
  fault: nullable(
    oneOfShapes<ImportFault>({ code: oneOf(IMPORT_FAULT_CODES), line: nullable(number), ...storedText }),
  ),
  messages: importMessages,
  counts: part<ImportCounts>({
    rows: number,
    warned: number,
    missing: number,
    withoutDp: number,
    ...each(IMPORT_VERDICTS, number),
  }),
  progress: part<ImportProgress>({
    phase: oneOf(['waiting', 'reading', 'committing', 'undoing', 'done']),
    done: number,
    total: nullable(number),
    percent: nullable(number),
    at: date,
  }),
  missing: list(part<MissingComputer>({ computer: text, name: text })),
  knownBefore: nullable(number),
  summary: nullable(part<ImportSummary>({ at: date, ...each(ROW_OUTCOMES, number) })),
  undo: nullable(undo),
  requestedBy: text,
  at: date,
  endedAt: nullable(date),
  worker: nullable(part<NonNullable<ImportRun['worker']>>({ importer: text, turn: number })),
  storedLine: number,
})
  // runs of all tenants and of one, newest first
  .index({ at: -1, _id: -1 })
  .index({ tenant: 1, at: -1, _id: -1 })
  // runs that no importer has touched for a while
  .index({ state: 1, 'progress.at': 1 })
  // uploads that are old enough to be deleted
  .index({ endedAt: 1 });

export const importRowSchema = collectionSchema<ImportRow>('importRows', {
  run: text,
  tenant: text,
  line: number,
  verdict: oneOf(IMPORT_VERDICTS),
  name: text,
  fqdn: nullable(text),
  address: nullable(text),
  identity: nullable(text),
  dp: nullable(text),
  inventory,
  messages: importMessages,
  warned: flag,
  computer: nullable(text),
  newComputer: nullable(text),
  changes: list(text),
  outcome: nullable(oneOf(ROW_OUTCOMES)),
  raw: list(text),
})
  // a run's rows by line
  .index({ run: 1, line: 1, _id: 1 })
  // a run's rows of one verdict by line: the preview's filter, the commit, rejected rows
  .index({ run: 1, verdict: 1, line: 1, _id: 1 });

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
  createdAt: date,
})
  // directories of a tenant, by the name that people and scripts know them by
  .index({ tenant: 1, name: 1 }, { unique: true });
