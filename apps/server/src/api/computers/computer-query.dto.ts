import { IntersectionType } from '@nestjs/swagger';
import {
  COMPUTER_CSV_COLUMNS,
  COMPUTER_FOLDERS,
  COMPUTER_STATES,
  FAILURE_CODES,
  type ComputerCsvColumn,
} from '#domain';
import { COMPUTER_SORT_FIELDS } from '#persistence';
import { LANGUAGES } from '#texts';
import {
  CustomField,
  Id,
  OneOf,
  QueryFlag,
  QueryWhole,
  Slug,
  Text,
  Time,
} from '../../platform/http/fields.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';

/** Which computers; all criteria must hold. */
export class ComputerFilterDto {
  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @OneOf(COMPUTER_STATES, { optional: true, description: 'State they are in.' })
  state?: string;

  @OneOf(COMPUTER_FOLDERS, {
    optional: true,
    description: '`unregistered`: "All computers (not yet registered)".',
  })
  folder?: string;

  @Slug({ optional: true, description: 'DP that is fixed or assigned.' })
  dp?: string;

  @Slug({ optional: true, description: 'DP given at import, while it is fixed.' })
  fixedDp?: string;

  @Text({ optional: true, max: 255, description: 'Part of name, FQDN or address.' })
  q?: string;

  @Text({
    optional: true,
    max: 255,
    description:
      'Part of name, FQDN, address, operating system, description or organizational unit, in any case.',
  })
  text?: string;

  @Id({ optional: true, description: 'Import run that created them.' })
  import?: string;

  @Text({ optional: true, min: 1, max: 64, description: 'Code of an alert; `any`: with some alert.' })
  alert?: string;

  @OneOf(FAILURE_CODES, {
    optional: true,
    description: 'What the installation failed with (docs/failures.md).',
  })
  failure?: string;

  @QueryFlag({ description: 'Those that somebody has to look at: failed, or with an alert.' })
  attention?: boolean;

  @Text({
    optional: true,
    min: 1,
    max: 255,
    description: 'What the operating system begins with, in its upper and lower case.',
  })
  os?: string;

  @Text({ optional: true, min: 1, max: 40, description: 'Version of their client.' })
  clientVersion?: string;

  @Time({ optional: true, description: 'The last contact of their client was before this time.' })
  contactBefore?: string;

  @Id({ optional: true, description: 'Directory that they were imported from.' })
  directory?: string;

  @Text({
    optional: true,
    min: 1,
    max: 255,
    description: 'Part of their organizational unit, in its upper and lower case.',
  })
  ou?: string;
}

class ComputerSort {
  @Sort(COMPUTER_SORT_FIELDS)
  sort?: string;
}

/** `total` is counted up to it, as in every list. */
export const MOST_COUNTED = 100_000;

class ComputerTotal {
  @QueryWhole({
    min: 1,
    max: MOST_COUNTED,
    default: MOST_COUNTED,
    description: `How far \`total\` is counted; ${MOST_COUNTED} by default. Who does not show it asks for 1: a search answers sooner then.`,
  })
  countTo?: number;
}

export class ComputersCsvQuery extends ComputerFilterDto {
  @OneOf(LANGUAGES, { optional: true, description: 'Of the headings; instead of Accept-Language.' })
  lang?: string;

  @CustomField(
    { type: 'string', maxLength: 500, example: 'name,state,dp' },
    {
      code: 'columns',
      holds: (value) => typeof value === 'string' && csvColumns(value) !== null,
      key: 'fault.csvColumns',
      params: { columns: COMPUTER_CSV_COLUMNS.join(', ') },
    },
    {
      optional: true,
      description: `The columns in their order, all of them by default: ${COMPUTER_CSV_COLUMNS.join(', ')}.`,
    },
  )
  columns?: string;
}

/** Columns by their names between commas; null: one of them is none, or twice. */
export function csvColumns(text: string): ComputerCsvColumn[] | null {
  const names = text.split(',');
  const columns = COMPUTER_CSV_COLUMNS.filter((column) => names.includes(column));
  return columns.length === names.length ? (names as ComputerCsvColumn[]) : null;
}

export class ComputersQuery extends IntersectionType(
  ListQuery,
  ComputerSort,
  ComputerTotal,
  ComputerFilterDto,
) {}
