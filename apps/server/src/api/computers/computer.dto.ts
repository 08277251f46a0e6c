import { ApiProperty } from '@nestjs/swagger';
import {
  CHOOSERS,
  COMPUTER_STATES,
  COMPUTER_WAIT_CODES,
  EVENT_SOURCES,
  FAILURE_CODES,
  ORDER_KINDS,
} from '#domain';
import { Page } from '../../platform/http/page.dto.js';

export class ComputerDpDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Given at import, until the installation has finished (R2).',
  })
  fixed: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Given by the location rules since it registered (R10).',
  })
  assigned: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  since: string | null;
}

export class OpenOrderDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: ORDER_KINDS })
  kind: string;

  @ApiProperty()
  dp: string;

  @ApiProperty({ type: String, nullable: true })
  release: string | null;

  @ApiProperty({ format: 'date-time' })
  notBefore: string;

  @ApiProperty({ description: 'Who released it.' })
  by: string;

  @ApiProperty({ type: String, nullable: true })
  note: string | null;

  @ApiProperty({ format: 'date-time' })
  at: string;
}

export class LocationDto {
  @ApiProperty({ type: String, isArray: true })
  addresses: readonly string[];

  @ApiProperty({
    type: 'object',
    nullable: true,
    properties: { ip: { type: 'string' }, mac: { type: 'string' } },
    selfRequired: true,
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
  @ApiProperty()
  version: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  installedAt: string | null;

  @ApiProperty({ format: 'date-time' })
  registeredAt: string;

  @ApiProperty()
  bootId: string;

  @ApiProperty({ format: 'date-time' })
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
  @ApiProperty()
  code: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty()
  text: string;
}

export class StatusDto {
  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Seconds since then.' })
  age: number;

  @ApiProperty({ enum: EVENT_SOURCES })
  source: string;
}

export class LastProbeDto {
  @ApiProperty()
  order: string;

  @ApiProperty()
  dp: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ description: '`OK`, or a code of the failure list.' })
  result: string;
}

export class ComputerWaitDto {
  @ApiProperty({
    enum: COMPUTER_WAIT_CODES,
    description: 'What its open order waits for, else what is expected of its client.',
  })
  code: string;

  @ApiProperty({
    format: 'date-time',
    description: 'When something happens at the latest, even if what it waits for never comes.',
  })
  until: string;

  @ApiProperty({ type: String, nullable: true, description: 'Its open order.' })
  order: string | null;
}

export class ChosenDpDto {
  @ApiProperty({
    enum: CHOOSERS,
    description: 'What chose its DP; `rule`: an assignment rule, `run`: the DP of the import.',
  })
  by: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the rule.' })
  rule: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Name of the rule, or heading of the column.' })
  name: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'What stood in the column.' })
  value: string | null;
}

export class OriginDto {
  @ApiProperty({ enum: ['csv', 'ad'] })
  kind: string;

  @ApiProperty({ description: 'Id of the import.' })
  import: string;

  @ApiProperty({ type: 'integer', description: 'Line of the file; number of the entry for a directory.' })
  line: number;

  @ApiProperty({ type: String, nullable: true, description: 'Name of the file.' })
  file: string | null;

  @ApiProperty({ type: () => ChosenDpDto, nullable: true, description: 'Null: not known any longer.' })
  chosenBy: ChosenDpDto | null;
}

export class ComputerDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty({
    description:
      'NetBIOS name, upper case: at most 15 characters, unless it is an international name (`XN--…`).',
  })
  name: string;

  @ApiProperty({ description: 'The whole host name without its domain, upper case.' })
  hostName: string;

  @ApiProperty({ type: String, nullable: true })
  fqdn: string | null;

  @ApiProperty({ type: String, nullable: true })
  address: string | null;

  @ApiProperty({ enum: COMPUTER_STATES })
  state: string;

  @ApiProperty({ type: () => ComputerDpDto })
  dp: ComputerDpDto;

  @ApiProperty({ type: () => OpenOrderDto, nullable: true })
  openOrder: OpenOrderDto | null;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the last order that installs.' })
  lastOrder: string | null;

  @ApiProperty({ type: () => LastProbeDto, nullable: true, description: 'What the last probe found.' })
  lastProbe: LastProbeDto | null;

  @ApiProperty({
    enum: FAILURE_CODES,
    nullable: true,
    description: 'What the installation failed with, while the computer is `install-failed`.',
  })
  failure: string | null;

  @ApiProperty({ type: () => ComputerClientDto, nullable: true })
  client: ComputerClientDto | null;

  @ApiProperty({ type: () => InventoryDto })
  inventory: InventoryDto;

  @ApiProperty({
    type: () => ComputerWaitDto,
    nullable: true,
    description: 'Null: nothing is under way, an administrator says what comes next.',
  })
  waitsFor: ComputerWaitDto | null;

  @ApiProperty()
  restartDue: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the client must have registered; set while its registration is waited for.',
  })
  registerBy: string | null;

  @ApiProperty({ type: () => AlertDto, isArray: true })
  alerts: AlertDto[];

  @ApiProperty({
    type: () => OriginDto,
    nullable: true,
    required: false,
    description: 'Of a single computer: where it comes from. Null: its import was deleted.',
  })
  origin?: OriginDto | null;

  @ApiProperty({ type: () => StatusDto, description: 'How old the state is and who caused it (R8).' })
  status: StatusDto;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class ComputerPage extends Page(ComputerDto) {}
