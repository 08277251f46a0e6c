import { ApiProperty } from '@nestjs/swagger';
import {
  CSV_DELIMITERS,
  CSV_ENCODINGS,
  IMPORT_COLUMNS,
  NAMESAKE_DECISIONS,
  IMPORT_SOURCES,
  IMPORT_STATES,
  IMPORT_VERDICTS,
  KEPT_REASONS,
  NO_COUNTS,
  ROW_OUTCOMES,
  type ImportCounts,
  type ImportOptions,
} from '#domain';
import { Page } from '../../platform/http/page.dto.js';
import { AssignedByDto, RunAssignmentDto } from './import-assignment.dto.js';
import { ImportMessageDto, ImportOptionsDto } from './import.dto.js';

const whole = { type: 'integer' } as const;
const counts = (names: readonly string[], further: Record<string, typeof time> = {}) => ({
  type: 'object' as const,
  selfRequired: true,
  required: [...names, ...Object.keys(further)],
  properties: { ...Object.fromEntries(names.map((name) => [name, whole])), ...further },
});
const time = { type: 'string', format: 'date-time' } as const;

export class ImportFaultDto {
  @ApiProperty()
  code: string;

  @ApiProperty()
  text: string;

  @ApiProperty({ type: 'integer', nullable: true })
  line: number | null;
}

export class DetectedDto {
  @ApiProperty({ enum: CSV_ENCODINGS })
  encoding: string;

  @ApiProperty({ enum: CSV_DELIMITERS })
  delimiter: string;

  @ApiProperty()
  header: boolean;

  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(IMPORT_COLUMNS.map((name) => [name, whole])),
    description: 'Index from 0 of each column that was found.',
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
  @ApiProperty({ enum: ['waiting', 'reading', 'committing', 'undoing', 'done'] })
  phase: string;

  @ApiProperty({ type: 'integer', description: 'Rows done in this phase.' })
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

  @ApiProperty()
  requestedBy: string;

  @ApiProperty({ ...time, nullable: true, description: 'Null while it is under way.' })
  at: string | null;

  @ApiProperty({ type: 'integer' })
  deleted: number;

  @ApiProperty({ type: 'integer' })
  gone: number;

  @ApiProperty({ type: 'integer' })
  kept: number;

  @ApiProperty({ ...counts(KEPT_REASONS), description: 'Why computers were kept.' })
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
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: IMPORT_SOURCES })
  source: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({ enum: IMPORT_STATES })
  state: string;

  @ApiProperty({
    ...counts(Object.keys(NO_COUNTS)),
    description: 'Rows by verdict; they add up to `rows`.',
    example: { ...NO_COUNTS, rows: 6, new: 6 },
  })
  counts: ImportCounts;

  @ApiProperty({
    type: 'integer',
    description:
      'Rows with the name of another computer that nobody has decided on; a commit leaves them out.',
  })
  undecided: number;

  @ApiProperty({ type: () => ImportProgressDto })
  progress: ImportProgressDto;

  @ApiProperty({ type: () => ImportOptionsDto })
  options: ImportOptions;

  @ApiProperty({ type: () => DetectedDto, nullable: true })
  detected: DetectedDto | null;

  @ApiProperty({ type: () => ImportFaultDto, nullable: true, description: 'Why the run failed.' })
  fault: ImportFaultDto | null;

  @ApiProperty({
    type: () => SeenColumnDto,
    isArray: true,
    description: 'The columns of the file, so that a person can say which is which.',
  })
  columns: SeenColumnDto[];

  @ApiProperty({ type: () => ImportMessageDto, isArray: true })
  messages: ImportMessageDto[];

  @ApiProperty({
    type: 'array',
    items: {
      type: 'object',
      required: ['computer', 'name'],
      properties: { computer: { type: 'string' }, name: { type: 'string' } },
    },
    description: 'Known from this directory and no longer there; reported, never deleted.',
  })
  missing: { computer: string; name: string }[];

  @ApiProperty({ type: 'integer', nullable: true })
  knownBefore: number | null;

  @ApiProperty({ description: 'So many are missing that only a commit with `confirmDrop` is taken.' })
  needsConfirmDrop: boolean;

  @ApiProperty({
    description:
      'New rows have no DP and nobody has said what becomes of them: only a commit with `withoutDp` is taken.',
  })
  needsDpChoice: boolean;

  @ApiProperty({
    description:
      'Assignment rules or profile have changed since the preview: only a commit with `confirmAssignment` is taken. Read it again to have them count. False in lists.',
  })
  assignmentChanged: boolean;

  @ApiProperty({
    type: () => RunAssignmentDto,
    nullable: true,
    description: 'What chose the DPs; null before it is read.',
  })
  assignment: RunAssignmentDto | null;

  @ApiProperty({ ...counts(ROW_OUTCOMES, { at: time }), nullable: true, description: 'What the commit did.' })
  summary: Record<string, number | string> | null;

  @ApiProperty({ type: () => ImportUndoDto, nullable: true })
  undo: ImportUndoDto | null;

  @ApiProperty({
    type: 'object',
    nullable: true,
    selfRequired: true,
    required: ['name', 'size'],
    properties: { name: { type: 'string' }, size: whole },
  })
  file: { name: string; size: number } | null;

  @ApiProperty({ type: String, nullable: true })
  directory: string | null;

  @ApiProperty()
  requestedBy: string;

  @ApiProperty(time)
  at: string;

  @ApiProperty({ ...time, nullable: true })
  endedAt: string | null;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class ImportPage extends Page(ImportRunDto) {}

export class NamesakeDto {
  @ApiProperty({ type: String, nullable: true, description: 'A known computer.' })
  computer: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'An earlier row.' })
  line: number | null;
}

export class ImportRowDto {
  @ApiProperty({
    type: 'integer',
    description: 'Line of the file, from 1; number of the entry for a directory.',
  })
  line: number;

  @ApiProperty({ enum: IMPORT_VERDICTS })
  verdict: string;

  @ApiProperty({ description: 'NetBIOS name, upper case; what stood in its place where it is no name.' })
  name: string;

  @ApiProperty({ description: 'The whole host name without its domain, upper case.' })
  hostName: string;

  @ApiProperty({ type: String, nullable: true })
  fqdn: string | null;

  @ApiProperty({ type: String, nullable: true })
  address: string | null;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({
    type: () => AssignedByDto,
    nullable: true,
    description: 'What chose its DP; null for rows that are no computer.',
  })
  assignedBy: AssignedByDto | null;

  @ApiProperty({ type: () => ImportMessageDto, isArray: true })
  messages: ImportMessageDto[];

  @ApiProperty({
    type: () => NamesakeDto,
    nullable: true,
    description: 'Who else may be the computer of a new row: it has the same name.',
  })
  namesake: NamesakeDto | null;

  @ApiProperty({
    enum: NAMESAKE_DECISIONS,
    nullable: true,
    description: 'What was decided on its namesake; null: nothing yet, or it has none.',
  })
  decision: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The computer it is known as, or became.' })
  computer: string | null;

  @ApiProperty({ type: String, isArray: true, description: 'Fields that differ.' })
  changes: readonly string[];

  @ApiProperty({
    type: String,
    enum: ROW_OUTCOMES,
    nullable: true,
    description: 'What the commit made of it.',
  })
  outcome: string | null;

  @ApiProperty({ type: String, isArray: true, description: 'The cells as they stood in the file.' })
  raw: readonly string[];
}

export class ImportRowPage extends Page(ImportRowDto) {}
