import { ApiProperty } from '@nestjs/swagger';
import {
  CSV_DELIMITERS,
  CSV_ENCODINGS,
  IMPORT_COLUMNS,
  IMPORT_SOURCES,
  IMPORT_STATES,
  IMPORT_VERDICTS,
  KEPT_REASONS,
  NO_COUNTS,
  ROW_OUTCOMES,
  type ImportCounts,
  type ImportOptions,
} from '#domain';
import { Page } from '../http/page.dto.js';
import { ImportMessageDto, ImportOptionsDto } from './import.dto.js';

const whole = { type: 'integer' } as const;
const counts = (names: readonly string[], further: Record<string, typeof time> = {}) => ({
  type: 'object' as const,
  required: [...names, ...Object.keys(further)],
  properties: { ...Object.fromEntries(names.map((name) => [name, whole])), ...further },
});
const time = { type: 'string', format: 'date-time' } as const;

export class ImportFaultDto {
  @ApiProperty({ type: String })
  code: string;

  @ApiProperty({ type: String })
  text: string;

  @ApiProperty({ type: 'integer', nullable: true })
  line: number | null;
}

export class DetectedDto {
  @ApiProperty({ type: String, enum: CSV_ENCODINGS })
  encoding: string;

  @ApiProperty({ type: String, enum: CSV_DELIMITERS })
  delimiter: string;

  @ApiProperty({ type: Boolean })
  header: boolean;

  /** Index from 0 of each column that was found. */
  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(IMPORT_COLUMNS.map((name) => [name, whole])),
  })
  columns: Partial<Record<string, number>>;
}

export class SeenColumnDto {
  @ApiProperty({ type: 'integer' })
  index: number;

  @ApiProperty({ type: String, nullable: true })
  header: string | null;

  @ApiProperty({ type: String, isArray: true })
  samples: readonly string[];
}

export class ImportProgressDto {
  @ApiProperty({ type: String, enum: ['waiting', 'reading', 'committing', 'undoing', 'done'] })
  phase: string;

  /** Rows done in this phase. */
  @ApiProperty({ type: 'integer' })
  done: number;

  @ApiProperty({ type: 'integer', nullable: true })
  total: number | null;

  @ApiProperty({ type: Number, nullable: true })
  percent: number | null;

  @ApiProperty(time)
  at: string;
}

export class ImportUndoDto {
  @ApiProperty(time)
  requestedAt: string;

  @ApiProperty({ type: String })
  requestedBy: string;

  /** Null while it is under way. */
  @ApiProperty({ ...time, nullable: true })
  at: string | null;

  @ApiProperty({ type: 'integer' })
  deleted: number;

  @ApiProperty({ type: 'integer' })
  gone: number;

  @ApiProperty({ type: 'integer' })
  kept: number;

  /** Why computers were kept. */
  @ApiProperty(counts(KEPT_REASONS))
  reasons: Record<string, number>;

  @ApiProperty({
    type: 'array',
    items: {
      type: 'object',
      required: ['computer', 'name', 'reason'],
      properties: {
        computer: { type: 'string' },
        name: { type: 'string' },
        reason: { type: 'string', enum: [...KEPT_REASONS] },
      },
    },
  })
  examples: { computer: string; name: string; reason: string }[];
}

/** One execution of an import: preview, then commit. */
export class ImportRunDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String, enum: IMPORT_SOURCES })
  source: string;

  @ApiProperty({ type: String })
  tenant: string;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({ type: String, enum: IMPORT_STATES })
  state: string;

  /** Rows by verdict; they add up to `rows`. */
  @ApiProperty(counts(Object.keys(NO_COUNTS)))
  counts: ImportCounts;

  @ApiProperty({ type: () => ImportProgressDto })
  progress: ImportProgressDto;

  @ApiProperty({ type: () => ImportOptionsDto })
  options: ImportOptions;

  @ApiProperty({ type: () => DetectedDto, nullable: true })
  detected: DetectedDto | null;

  /** Why the run failed. */
  @ApiProperty({ type: () => ImportFaultDto, nullable: true })
  fault: ImportFaultDto | null;

  /** The columns of the file, so that a person can say which is which. */
  @ApiProperty({ type: () => SeenColumnDto, isArray: true })
  columns: SeenColumnDto[];

  @ApiProperty({ type: () => ImportMessageDto, isArray: true })
  messages: ImportMessageDto[];

  /** Known from this directory and no longer there; reported, never deleted. */
  @ApiProperty({
    type: 'array',
    items: {
      type: 'object',
      required: ['computer', 'name'],
      properties: { computer: { type: 'string' }, name: { type: 'string' } },
    },
  })
  missing: { computer: string; name: string }[];

  @ApiProperty({ type: 'integer', nullable: true })
  knownBefore: number | null;

  /** So many are missing that only a commit with `confirmDrop` is taken. */
  @ApiProperty({ type: Boolean })
  needsConfirmDrop: boolean;

  /** What the commit did. */
  @ApiProperty({ ...counts(ROW_OUTCOMES, { at: time }), nullable: true })
  summary: Record<string, number | string> | null;

  @ApiProperty({ type: () => ImportUndoDto, nullable: true })
  undo: ImportUndoDto | null;

  @ApiProperty({
    type: 'object',
    nullable: true,
    required: ['name', 'size'],
    properties: { name: { type: 'string' }, size: whole },
  })
  file: { name: string; size: number } | null;

  @ApiProperty({ type: String, nullable: true })
  directory: string | null;

  @ApiProperty({ type: String })
  requestedBy: string;

  @ApiProperty(time)
  at: string;

  @ApiProperty({ ...time, nullable: true })
  endedAt: string | null;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class ImportPage extends Page(ImportRunDto) {}

export class ImportRowDto {
  /** Line of the file, from 1; number of the entry for a directory. */
  @ApiProperty({ type: 'integer' })
  line: number;

  @ApiProperty({ type: String, enum: IMPORT_VERDICTS })
  verdict: string;

  @ApiProperty({ type: String })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  fqdn: string | null;

  @ApiProperty({ type: String, nullable: true })
  address: string | null;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({ type: () => ImportMessageDto, isArray: true })
  messages: ImportMessageDto[];

  /** The computer it is known as, or became. */
  @ApiProperty({ type: String, nullable: true })
  computer: string | null;

  /** Fields that differ. */
  @ApiProperty({ type: String, isArray: true })
  changes: readonly string[];

  /** What the commit made of it. */
  @ApiProperty({ type: String, enum: ROW_OUTCOMES, nullable: true })
  outcome: string | null;

  /** The cells as they stood in the file. */
  @ApiProperty({ type: String, isArray: true })
  raw: readonly string[];
}

export class ImportRowPage extends Page(ImportRowDto) {}
