import { ApiProperty } from '@nestjs/swagger';
import { Name, OneOf, QueryFlag, Slug, Text } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

/** States as the API shows them: a DP that nothing has joined yet is `pending` without a key. */
export const SHOWN_DP_STATES = ['pending', 'enabled', 'disabled'] as const;

export class CreateDistributionPointDto {
  @Slug({ description: 'Stays for ever; the DP, its queue and its files are found by it.' })
  id: string;

  @Name()
  name: string;

  @Slug({ nullable: true, description: 'Null: serves every tenant, managed by owners.' })
  tenant: string | null;
}

export class ChangeDistributionPointDto {
  @Name({ optional: true })
  name?: string;
}

export class EnableDto {
  @Text({
    optional: true,
    min: 1,
    max: 100,
    description: 'What the DP shows as its key fingerprint; refused when it is another one.',
    example: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
  })
  keyFingerprint?: string;
}

export class DistributionPointsQuery extends ListQuery {
  @Sort(['id', 'name', 'createdAt'])
  sort?: string;

  @Slug({ optional: true })
  tenant?: string;

  @OneOf(SHOWN_DP_STATES, { optional: true })
  state?: string;

  @QueryFlag({ description: 'Those that were not heard of for three poll intervals, or the others.' })
  overdue?: boolean;

  @Text({ optional: true, max: 255, description: 'Part of id or name.' })
  q?: string;
}

export class DpAgentDto {
  @ApiProperty({ type: String })
  version: string;

  @ApiProperty({ type: String })
  os: string;

  @ApiProperty({ type: String })
  hostname: string;

  /** Accounts that are stored on the DP itself. */
  @ApiProperty({ type: 'integer' })
  localAccounts: number;
}

export class DpQueueDto {
  /** Tickets that wait for the DP. */
  @ApiProperty({ type: 'integer' })
  ready: number;

  /** Tickets in the hands of a gateway. */
  @ApiProperty({ type: 'integer' })
  unacked: number;
}

export class DpOrdersDto {
  @ApiProperty({ type: 'integer' })
  open: number;

  @ApiProperty({ type: 'integer' })
  running: number;

  @ApiProperty({ type: 'integer' })
  failed: number;
}

export class DpAlertDto {
  @ApiProperty({ type: String })
  code: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at: string;

  @ApiProperty({ type: String })
  text: string;
}

export class DistributionPointDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty({ type: String, enum: SHOWN_DP_STATES })
  state: (typeof SHOWN_DP_STATES)[number];

  /** Of the DP's keys; null until it has joined. */
  @ApiProperty({ type: String, nullable: true })
  keyFingerprint: string | null;

  /** Which sealing key accounts are sealed to. */
  @ApiProperty({ type: String, nullable: true })
  sealingKeyId: string | null;

  @ApiProperty({ type: () => DpAgentDto, nullable: true })
  agent: DpAgentDto | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastSeen: string | null;

  /** Address it asked from last. */
  @ApiProperty({ type: String, nullable: true })
  address: string | null;

  /** Not seen for three poll intervals. */
  @ApiProperty({ type: Boolean })
  overdue: boolean;

  /** Such as `OVERDUE_WITH_ORDERS`: orders wait for a DP that does not ask. */
  @ApiProperty({ type: () => DpAlertDto, isArray: true })
  alerts: DpAlertDto[];

  /** Its order queue; null when the broker cannot be asked right now, and for tenants that share the DP with others. */
  @ApiProperty({ type: () => DpQueueDto, nullable: true })
  queue: DpQueueDto | null;

  @ApiProperty({ type: () => DpOrdersDto })
  orders: DpOrdersDto;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

/** With what the machine needs to join; shown once. */
export class JoinableDistributionPointDto extends DistributionPointDto {
  /** One use, one hour. Absent in the answer to a repeated request. */
  @ApiProperty({ type: String, required: false })
  joinToken?: string;

  /** To be run on the machine that is to become the DP. */
  @ApiProperty({ type: String, required: false })
  joinCommand?: string;

  @ApiProperty({ type: String, format: 'date-time', required: false })
  joinTokenExpiresAt?: string;
}

export class DistributionPointPage extends Page(DistributionPointDto) {}
