import { ApiProperty } from '@nestjs/swagger';
import {
  COMPUTER_FOLDERS,
  COMPUTER_STATES,
  COMPUTER_WAIT_CODES,
  EVENT_KINDS,
  EVENT_SOURCES,
  ORDER_KINDS,
} from '#domain';
import { COMPUTER_SORT_FIELDS } from '#persistence';
import { Id, OneOf, Slug, Text } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

export class ComputersQuery extends ListQuery {
  @Sort(COMPUTER_SORT_FIELDS)
  sort?: string;

  @Slug({ optional: true })
  tenant?: string;

  @OneOf(COMPUTER_STATES, { optional: true })
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

  @Id({ optional: true, description: 'Import run that created it.' })
  import?: string;

  @Text({ optional: true, min: 1, max: 64, description: 'Code of an alert; `any`: with some alert.' })
  alert?: string;
}

export class ComputerDpDto {
  /** Given at import, until the installation has finished (R2). */
  @ApiProperty({ type: String, nullable: true })
  fixed: string | null;

  /** Given by the location rules since it registered (R10). */
  @ApiProperty({ type: String, nullable: true })
  assigned: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  since: string | null;
}

export class OpenOrderDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String, enum: ORDER_KINDS })
  kind: string;

  @ApiProperty({ type: String })
  dp: string;

  @ApiProperty({ type: String, nullable: true })
  release: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  notBefore: string;

  /** Who released it. */
  @ApiProperty({ type: String })
  by: string;

  @ApiProperty({ type: String, nullable: true })
  note: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  at: string;
}

export class LocationDto {
  @ApiProperty({ type: String, isArray: true })
  addresses: readonly string[];

  @ApiProperty({
    type: 'object',
    nullable: true,
    properties: { ip: { type: 'string' }, mac: { type: 'string' } },
    required: ['ip', 'mac'],
  })
  gateway: { ip: string; mac: string } | null;

  @ApiProperty({ type: String, nullable: true })
  dnsSuffix: string | null;

  @ApiProperty({ type: String, nullable: true })
  adSite: string | null;

  @ApiProperty({ type: String, nullable: true })
  publicAddress: string | null;
}

export class ComputerClientDto {
  @ApiProperty({ type: String })
  version: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  installedAt: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  registeredAt: string;

  @ApiProperty({ type: String })
  bootId: string;

  @ApiProperty({ type: String, format: 'date-time' })
  lastContact: string;

  @ApiProperty({ type: () => LocationDto, nullable: true })
  location: LocationDto | null;
}

export class InventoryDto {
  @ApiProperty({ type: String, nullable: true })
  os: string | null;

  @ApiProperty({ type: String, nullable: true })
  version: string | null;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ type: String, nullable: true })
  location: string | null;

  @ApiProperty({ type: String, nullable: true })
  ou: string | null;

  @ApiProperty({ type: Boolean, nullable: true })
  enabled: boolean | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastLogon: string | null;
}

export class AlertDto {
  @ApiProperty({ type: String })
  code: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at: string;

  @ApiProperty({ type: String })
  text: string;
}

export class StatusDto {
  @ApiProperty({ type: String, format: 'date-time' })
  at: string;

  /** Seconds since then. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  age: number;

  @ApiProperty({ type: String, enum: EVENT_SOURCES })
  source: string;
}

export class LastProbeDto {
  @ApiProperty({ type: String })
  order: string;

  @ApiProperty({ type: String })
  dp: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at: string;

  /** `OK`, or a code of the failure list. */
  @ApiProperty({ type: String })
  result: string;
}

export class ComputerWaitDto {
  /** What its open order waits for, else what is expected of its client. */
  @ApiProperty({ type: String, enum: COMPUTER_WAIT_CODES })
  code: string;

  /** When something happens at the latest, even if what it waits for never comes. */
  @ApiProperty({ type: String, format: 'date-time' })
  until: string;

  /** Its open order. */
  @ApiProperty({ type: String, nullable: true })
  order: string | null;
}

export class ComputerDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String })
  tenant: string;

  /** NetBIOS name. */
  @ApiProperty({ type: String })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  fqdn: string | null;

  @ApiProperty({ type: String, nullable: true })
  address: string | null;

  @ApiProperty({ type: String, enum: COMPUTER_STATES })
  state: string;

  @ApiProperty({ type: () => ComputerDpDto })
  dp: ComputerDpDto;

  @ApiProperty({ type: () => OpenOrderDto, nullable: true })
  openOrder: OpenOrderDto | null;

  /** Id of the last order that installs. */
  @ApiProperty({ type: String, nullable: true })
  lastOrder: string | null;

  /** What the last probe found. */
  @ApiProperty({ type: () => LastProbeDto, nullable: true })
  lastProbe: LastProbeDto | null;

  @ApiProperty({ type: () => ComputerClientDto, nullable: true })
  client: ComputerClientDto | null;

  @ApiProperty({ type: () => InventoryDto })
  inventory: InventoryDto;

  /** Null: nothing is under way, an administrator says what comes next. */
  @ApiProperty({ type: () => ComputerWaitDto, nullable: true })
  waitsFor: ComputerWaitDto | null;

  @ApiProperty({ type: Boolean })
  restartDue: boolean;

  /** When the client must have registered; set while its registration is waited for. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  registerBy: string | null;

  @ApiProperty({ type: () => AlertDto, isArray: true })
  alerts: AlertDto[];

  /** How old the state is and who caused it (R8). */
  @ApiProperty({ type: () => StatusDto })
  status: StatusDto;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class ComputerPage extends Page(ComputerDto) {}

export class TimelineEventDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at: string;

  @ApiProperty({ type: String, enum: EVENT_SOURCES })
  source: string;

  @ApiProperty({ type: String, enum: EVENT_KINDS })
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

  /** A sentence, in German for `Accept-Language: de`. */
  @ApiProperty({ type: String })
  text: string;
}

export class TimelinePage extends Page(TimelineEventDto) {}
