import { ApiProperty } from '@nestjs/swagger';
import {
  CSV_DELIMITERS,
  CSV_ENCODINGS,
  IMPORT_COLUMNS,
  IMPORT_SOURCES,
  IMPORT_VERDICTS,
  ROW_OUTCOMES,
  type ImportSource,
} from '#domain';
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

const COLUMN_SCHEMA = {
  oneOf: [
    { type: 'integer', minimum: 0, maximum: 999 },
    { type: 'string', minLength: 1, maxLength: 255 },
  ],
};
const NAMES = { items: { min: 1, max: 2000 }, max: 50 };

function isColumn(value: unknown): boolean {
  if (typeof value === 'string') return value.length >= 1 && value.length <= 255;
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 999;
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
    description: 'For rows that name none; fixed until the installation has finished.',
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
}

export class ReadAgainDto {
  @NestedField(() => ImportOptionsDto)
  options: ImportOptionsDto;
}

export class ImportsQuery extends ListQuery {
  @Sort(['at'])
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;
}

export class ImportRowsQuery extends ListQuery {
  @OneOf(IMPORT_VERDICTS, { optional: true, description: 'What the preview made of them.' })
  verdict?: string;

  @OneOf(ROW_OUTCOMES, { optional: true, description: 'What the commit made of them.' })
  outcome?: string;

  @QueryFlag({ description: 'Only rows that carry a warning or an error.' })
  warned?: boolean;
}

export class ImportMessageDto {
  @ApiProperty()
  code: string;

  @ApiProperty({ enum: ['info', 'warning', 'error'] })
  severity: string;

  @ApiProperty()
  text: string;
}
