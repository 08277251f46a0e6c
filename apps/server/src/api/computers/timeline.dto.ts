import { ApiProperty } from '@nestjs/swagger';
import { EVENT_KINDS, EVENT_SOURCES } from '#domain';
import { Page } from '../../platform/http/page.dto.js';

export class AccountTryDto {
  @ApiProperty({ description: 'Id of the account, or what the DP calls one of its own.' })
  account: string;

  @ApiProperty({ description: '`OK`, or a code of the failure list.' })
  result: string;

  @ApiProperty({ description: 'The result in words.' })
  text: string;
}

export class EventFailureDto {
  @ApiProperty({ description: 'One of the failure list (docs/failures.md).' })
  code: string;

  @ApiProperty({ description: 'What happened.' })
  text: string;

  @ApiProperty({ description: 'What to do.' })
  hint: string;
}

export class TimelineEventDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ enum: EVENT_SOURCES })
  source: string;

  @ApiProperty({ enum: EVENT_KINDS })
  kind: string;

  @ApiProperty({ type: String, nullable: true })
  from: string | null;

  @ApiProperty({ type: String, nullable: true })
  to: string | null;

  @ApiProperty({ type: String, nullable: true })
  order: string | null;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true })
  data: Record<string, unknown>;

  @ApiProperty({ type: String, nullable: true, required: false, description: 'The import that caused it.' })
  importRun?: string | null;

  @ApiProperty({
    type: () => AccountTryDto,
    isArray: true,
    required: false,
    description: 'Accounts that the DP says it tried, in turn.',
  })
  accounts?: AccountTryDto[];

  @ApiProperty({ type: () => EventFailureDto, required: false, description: 'The failure that it tells of.' })
  failure?: EventFailureDto;

  @ApiProperty({ description: 'A sentence, in German for `Accept-Language: de`.' })
  text: string;
}

export class TimelinePage extends Page(TimelineEventDto) {}
