import { IntersectionType } from '@nestjs/swagger';
import { COMPUTER_FOLDERS, COMPUTER_STATES } from '#domain';
import { COMPUTER_SORT_FIELDS } from '#persistence';
import { LANGUAGES } from '#texts';
import { Id, OneOf, Slug, Text } from '../../platform/http/fields.js';
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

  @Id({ optional: true, description: 'Import run that created them.' })
  import?: string;

  @Text({ optional: true, min: 1, max: 64, description: 'Code of an alert; `any`: with some alert.' })
  alert?: string;
}

class ComputerSort {
  @Sort(COMPUTER_SORT_FIELDS)
  sort?: string;
}

export class ComputersCsvQuery extends ComputerFilterDto {
  @OneOf(LANGUAGES, { optional: true, description: 'Of the headings; instead of Accept-Language.' })
  lang?: string;
}

export class ComputersQuery extends IntersectionType(ListQuery, ComputerSort, ComputerFilterDto) {}
