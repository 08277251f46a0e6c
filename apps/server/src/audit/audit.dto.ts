import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Text, Time } from '../http/fields.js';
import { ListQuery } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

/** Which entries; all criteria must hold. */
export class AuditFilterQuery {
  @Text({ optional: true, min: 1, max: 100, example: 'dp.enabled' })
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

export class AuditQuery extends IntersectionType(AuditFilterQuery, ListQuery) {}

/** Who did what, from where, to what. */
export class AuditEntryDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at: string;

  /** Null: nobody asked for it; a security event. */
  @ApiProperty({
    type: 'object',
    nullable: true,
    required: ['id', 'name'],
    properties: { id: { type: 'string' }, name: { type: 'string' } },
  })
  who: { id: string; name: string } | null;

  @ApiProperty({ type: String, nullable: true })
  address: string | null;

  @ApiProperty({ type: String })
  action: string;

  @ApiProperty({ type: String })
  target: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  /** Before and after, without secrets. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  data: Record<string, unknown>;
}

export class AuditPage extends Page(AuditEntryDto) {}
