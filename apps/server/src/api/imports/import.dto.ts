import { ApiProperty } from '@nestjs/swagger';
import {
  CHOOSERS,
  CSV_DELIMITERS,
  CSV_ENCODINGS,
  IMPORT_COLUMNS,
  IMPORT_SOURCES,
  IMPORT_VERDICTS,
  NAMESAKE_DECISIONS,
  ROW_OUTCOMES,
  WITHOUT_DP,
  type ImportSource,
  type WithoutDp,
  type NamesakeDecision,
} from '#domain';
import { IMPORT_ROW_SORT_FIELDS, IMPORT_RUN_SORT_FIELDS } from '#persistence';
import {
  CustomField,
  BooleanField,
  Id,
  isPlainObject,
  OneOf,
  NestedField,
  QueryFlag,
  Slug,
  Text,
  TextList,
  IntegerField,
} from '../../platform/http/fields.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { COLUMN_SCHEMA, isColumn, ValueMappingDto } from './import-assignment.dto.js';

const NAMES = { items: { min: 1, max: 2000 }, max: 50 };

/** Lines that one request decides on. */
const MOST_LINES = 1000;

function areLines(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= MOST_LINES &&
    new Set(value).size === value.length &&
    value.every((line) => Number.isInteger(line) && Number(line) >= 1)
  );
}

function areColumns(value: unknown): boolean {
  return (
    isPlainObject(value) &&
    Object.entries(value).every(
      ([name, column]) => (IMPORT_COLUMNS as readonly string[]).includes(name) && isColumn(column),
    )
  );
}

/** What overrides detection when a file is read, and what is taken from a directory. */
export class ImportOptionsDto {
  @OneOf(CSV_ENCODINGS, { optional: true })
  encoding?: (typeof CSV_ENCODINGS)[number];

  @OneOf(CSV_DELIMITERS, { optional: true })
  delimiter?: (typeof CSV_DELIMITERS)[number];

  @BooleanField({ optional: true })
  header?: boolean;

  @CustomField(
    {
      type: 'object',
      properties: Object.fromEntries(IMPORT_COLUMNS.map((name) => [name, COLUMN_SCHEMA])),
      additionalProperties: false,
    },
    {
      code: 'columns',
      holds: areColumns,
      key: 'fault.columns',
      params: { columns: IMPORT_COLUMNS.join(', ') },
    },
    { optional: true, description: 'Index from 0, or the header.' },
  )
  columns?: Partial<Record<(typeof IMPORT_COLUMNS)[number], number | string>>;

  @BooleanField({ optional: true, description: 'Whether the DP column of the file counts.' })
  dpFromColumn?: boolean;

  @NestedField(() => ValueMappingDto, {
    optional: true,
    description: 'Which DP rows get by the values of a column; goes before all else that chooses.',
  })
  mapping?: ValueMappingDto;

  @Id({
    optional: true,
    nullable: true,
    description: 'Profile to read the file by; null: none. By default the one for its headings.',
  })
  profile?: string | null;

  @OneOf(WITHOUT_DP, {
    optional: true,
    description:
      'What becomes of new rows for which nothing chooses a DP; by default the commit asks (`DP_UNDECIDED`).',
  })
  withoutDp?: WithoutDp;

  @BooleanField({ optional: true, description: 'Whether assignment rules are asked; true by default.' })
  assignmentRules?: boolean;

  @TextList({
    optional: true,
    ...NAMES,
    description: 'Where to search; by default the bases of the directory.',
  })
  bases?: string[];

  @Text({ optional: true, max: 4000, description: 'LDAP filter, beside that of the directory.' })
  filter?: string;

  @TextList({ optional: true, ...NAMES })
  includeGroups?: string[];

  @TextList({ optional: true, ...NAMES })
  excludeGroups?: string[];

  @BooleanField({ optional: true, description: 'Groups within groups count too; true by default.' })
  nested?: boolean;

  @Text({ optional: true, min: 1, max: 255 })
  osPattern?: string;

  @IntegerField({
    optional: true,
    min: 1,
    max: 3650,
    description: 'Days without logon after which a computer is left out.',
  })
  staleDays?: number;

  @BooleanField({ optional: true })
  includeDisabled?: boolean;

  @BooleanField({ optional: true, description: 'Take it although many known computers are missing.' })
  confirmDrop?: boolean;
}

/** `source: "csv"` comes as a form with the file; `source: "ad"` as JSON. */
export class CreateImportDto {
  @OneOf(IMPORT_SOURCES)
  source: ImportSource;

  @Slug()
  tenant: string;

  @Slug({
    optional: true,
    nullable: true,
    description: 'For rows for which nothing else chooses one; fixed until the installation has finished.',
  })
  dp?: string | null;

  @Id({ optional: true, description: 'Of `source: "ad"`.' })
  directory?: string;

  @Text({ optional: true, min: 1, max: 2000, description: 'Short for one base of the options.' })
  base?: string;

  @Text({ optional: true, max: 4000, description: 'Short for the filter of the options.' })
  filter?: string;

  @NestedField(() => ImportOptionsDto, { optional: true })
  options?: ImportOptionsDto;
}

export class CommitImportDto {
  @BooleanField({ optional: true, description: 'Take it although many known computers are missing.' })
  confirmDrop?: boolean;

  @OneOf(WITHOUT_DP, {
    optional: true,
    description:
      'What becomes of new rows for which nothing chose a DP: `server`, the server DP installs them, or `reject`. Without it such an import is refused (`DP_UNDECIDED`).',
  })
  withoutDp?: WithoutDp;

  @BooleanField({
    optional: true,
    description: 'Take it as it is previewed, although assignment rules or profile have changed since.',
  })
  confirmAssignment?: boolean;
  @OneOf(NAMESAKE_DECISIONS, {
    optional: true,
    description:
      'For rows with the name of another computer that nobody has decided on; without it they are left out.',
  })
  undecided?: NamesakeDecision;
}

export class DecideImportDto {
  @OneOf(NAMESAKE_DECISIONS, {
    description: '`same`: the row is about the computer whose name it has. `other`: it is another one.',
  })
  decision: NamesakeDecision;

  @CustomField(
    {
      type: 'array',
      items: { type: 'integer', minimum: 1 },
      minItems: 1,
      maxItems: MOST_LINES,
      uniqueItems: true,
    },
    { code: 'lines', holds: areLines, key: 'fault.lines', params: { most: MOST_LINES } },
    { optional: true, description: 'Of which rows; without it, of all that nobody has decided on.' },
  )
  lines?: number[];
}

export class ReadAgainDto {
  @NestedField(() => ImportOptionsDto)
  options: ImportOptionsDto;
}

export class ImportsQuery extends ListQuery {
  @Sort(IMPORT_RUN_SORT_FIELDS)
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;
}

export class ImportRowsQuery extends ListQuery {
  @Sort(IMPORT_ROW_SORT_FIELDS)
  sort?: string;

  @OneOf(IMPORT_VERDICTS, { optional: true, description: 'What the preview made of them.' })
  verdict?: string;

  @OneOf(ROW_OUTCOMES, { optional: true, description: 'What the commit made of them.' })
  outcome?: string;

  @QueryFlag({ description: 'Only rows that carry a warning or an error.' })
  warned?: boolean;

  @OneOf(CHOOSERS, { optional: true, description: 'What chose their DP.' })
  chosenBy?: string;

  @Id({ optional: true, description: 'The assignment rule that chose their DP.' })
  rule?: string;
  @QueryFlag({ description: 'Only rows that wait for a decision: the same computer, or another one?' })
  undecided?: boolean;
}

export class ImportMessageDto {
  @ApiProperty()
  code: string;

  @ApiProperty({ enum: ['info', 'warning', 'error'] })
  severity: string;

  @ApiProperty()
  text: string;
}
