import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { AUDIT_SORT_FIELDS } from '#persistence';
import { LANGUAGES } from '#texts';
import { OneOf, Text, Time } from '../../platform/http/fields.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';

/** Which entries; all criteria must hold. */
export class AuditFilterQuery {
  @Text({ optional: true, min: 1, max: 100, example: 'dp.enabled', description: 'What was done.' })
  action?: string;

  @Text({
    optional: true,
    min: 1,
    max: 200,
    example: 'dp:munich',
    description: 'Also as one of many in a bulk.',
  })
  target?: string;

  @Text({ optional: true, min: 1, max: 100, description: 'Id of the person or token.' })
  who?: string;

  @Time({ optional: true, description: 'Made at or after this time.' })
  since?: string;

  @Time({ optional: true, description: 'Made before this time.' })
  until?: string;
}

export class AuditCsvQuery extends AuditFilterQuery {
  @OneOf(LANGUAGES, { optional: true, description: 'Of the headers; instead of Accept-Language.' })
  lang?: string;
}

class AuditSort {
  @Sort(AUDIT_SORT_FIELDS)
  sort?: string;
}

export class AuditQuery extends IntersectionType(AuditFilterQuery, AuditSort, ListQuery) {}

/** Who did what, from where, to what. */
export class AuditEntryDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({
    type: 'object',
    nullable: true,
    selfRequired: true,
    required: ['id', 'name'],
    properties: { id: { type: 'string' }, name: { type: 'string' } },
    description: 'Null: nobody asked for it; a security event.',
  })
  who: { id: string; name: string } | null;

  @ApiProperty({ type: String, nullable: true })
  address: string | null;

  @ApiProperty()
  action: string;

  @ApiProperty()
  target: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Before and after, without secrets.',
  })
  data: Record<string, unknown>;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Its place in the chain of all entries, from 1; null for the first seconds.',
  })
  sequence: number | null;
}

/** As the list has it. */
class AuditListEntryDto extends AuditEntryDto {
  @ApiProperty({ required: false, description: 'What the target is called.' })
  targetName?: string;

  @ApiProperty({ required: false, description: 'A sentence, in German for `Accept-Language: de`.' })
  text?: string;

  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      'What ids in `data` are called: computers, rollouts, accounts, and the computers of orders; of a list its first twenty.',
  })
  names?: Record<string, string>;
}

export class AuditPage extends Page(AuditListEntryDto) {}
