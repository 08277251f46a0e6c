import { ApiProperty, PickType } from '@nestjs/swagger';
import { AGENT_UPDATE_STATES, type AgentUpdateState } from '#domain';
import { Name, OneOf, QueryFlag, Slug, Text, Time } from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';
import { INSTALL_PLATFORMS, type InstallLine } from './join-token.js';

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

export class ChangeDistributionPointDto extends Changes(PickType(CreateDistributionPointDto, ['name'])) {}

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

export class AcceptAuditDto {
  @Time({ description: '`at` of the newest alert `AUDIT_CONTRADICTED` that you have looked at.' })
  heardAt: string;
}

export class DistributionPointsQuery extends ListQuery {
  @Sort(['id', 'name', 'createdAt', 'state', 'lastSeen', 'version'])
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @OneOf(SHOWN_DP_STATES, { optional: true, description: 'State they are in.' })
  state?: string;

  @QueryFlag({ description: 'Those that were not heard of for three poll intervals, or the others.' })
  overdue?: boolean;

  @QueryFlag({ description: 'Enabled ones that can open none of their accounts, or the others.' })
  withoutAccount?: boolean;

  @Text({ optional: true, max: 255, description: 'Part of id or name.' })
  q?: string;
}

export class DpAgentUpdateDto {
  @ApiProperty()
  version: string;

  @ApiProperty({
    type: String,
    enum: AGENT_UPDATE_STATES,
    description: '`waiting`: it is there and checked, and orders are under way.',
  })
  state: AgentUpdateState;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'With `failed`: why, as a code of docs/install-dp.md.',
  })
  code: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'With `failed`: what the agent saw.' })
  text: string | null;

  @ApiProperty({ format: 'date-time' })
  at: string;
}

export class DpAgentDto {
  @ApiProperty()
  version: string;

  @ApiProperty()
  os: string;

  @ApiProperty()
  hostname: string;

  @ApiProperty({ type: 'integer', description: 'Accounts that are stored on the DP itself.' })
  localAccounts: number;

  @ApiProperty({
    type: [String],
    nullable: true,
    description: 'Install methods it is set up for, in its order of preference; null: it does not say.',
  })
  methods: string[] | null;

  @ApiProperty({
    type: [String],
    nullable: true,
    description:
      'Operating systems that it can install on by them (`windows`, `linux`, `darwin` and so on); what a `command` can do is not among them. Null: it does not say.',
  })
  platforms: string[] | null;

  @ApiProperty({
    type: () => DpAgentUpdateDto,
    nullable: true,
    description: 'What becomes of the version that is wanted; null: it runs, or none is wanted.',
  })
  update: DpAgentUpdateDto | null;
}

export class DpQueueDto {
  @ApiProperty({ type: 'integer', description: 'Tickets that wait for the DP.' })
  ready: number;

  @ApiProperty({ type: 'integer', description: 'Tickets in the hands of a gateway.' })
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
  @ApiProperty()
  code: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty()
  text: string;
}

export class AccountToEnterDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  label: string;

  @ApiProperty()
  tenant: string;
}

/** One of the machines that work as a DP: most have one, a pair has two. */
export class DpMachineDto {
  @ApiProperty({ description: 'Of its sealing key: another one when the machine or its keys are.' })
  id: string;

  @ApiProperty()
  keyFingerprint: string;

  @ApiProperty({ type: String, enum: SHOWN_DP_STATES })
  state: (typeof SHOWN_DP_STATES)[number];

  @ApiProperty({ type: () => DpAgentDto, nullable: true })
  agent: DpAgentDto | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastSeen: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Address it asked from last.' })
  address: string | null;

  @ApiProperty({ description: 'Not seen for three poll intervals.' })
  overdue: boolean;

  @ApiProperty({
    type: 'number',
    nullable: true,
    description:
      'Seconds by which its clock is ahead (behind, when negative) and for which it is refused; null: it is not.',
  })
  clockOff: number | null;

  @ApiProperty({
    description: 'It gets no orders, because the other machine can do all that it can, and more.',
  })
  idle: boolean;

  @ApiProperty({
    type: () => AccountToEnterDto,
    isArray: true,
    description: 'Accounts for the DP that it cannot open: enter their secret again.',
  })
  accountsToEnter: AccountToEnterDto[];

  @ApiProperty({ format: 'date-time', description: 'When it joined, or got its present keys.' })
  joinedAt: string;
}

export class DistributionPointDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty({ type: String, enum: SHOWN_DP_STATES })
  state: (typeof SHOWN_DP_STATES)[number];

  @ApiProperty({ type: String, nullable: true, description: "Of the DP's keys; null until it has joined." })
  keyFingerprint: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Which sealing key accounts are sealed to.' })
  sealingKeyId: string | null;

  @ApiProperty({ type: () => DpAgentDto, nullable: true })
  agent: DpAgentDto | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The version that its agent is to bring itself to, as the setting `agentVersion` comes out; null: it stays as it is.',
  })
  wantedAgentVersion: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastSeen: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Address it asked from last.' })
  address: string | null;

  @ApiProperty({
    type: () => DpMachineDto,
    isArray: true,
    description:
      'The machines that have joined, two at most, the first one first. `keyFingerprint`, `sealingKeyId` and `agent` are those of the first; `lastSeen` and `address` of whichever was seen last.',
  })
  machines: DpMachineDto[];

  @ApiProperty({ description: 'Not seen for three poll intervals.' })
  overdue: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'Since when nobody can say whether it asks, because the broker is away or takes no messages; until a poll interval after that, `overdue` is as it was then. Null: it can be heard.',
  })
  unheardSince: string | null;

  @ApiProperty({
    type: () => DpAlertDto,
    isArray: true,
    description:
      '`ACCOUNT_NOT_SEALED`: it can open none of its accounts, so its orders wait. `CLOCK_OFF`: its requests are refused for its clock alone. `MACHINE_IDLE`: one of two machines gets no orders, because the other one can do more. `MACHINE_SILENT`: one of two machines does not ask; the other one does the work. `OTHER_SERVER_KEY`: it trusts another key than the one that signs orders, and refuses them until it joins again. `OVERDUE_WITH_ORDERS`: orders wait for a DP that does not ask. `QUEUE_TOPOLOGY`, `QUEUE_REFUSED`: its order queue cannot be used as it is. `AGENT_UPDATE_FAILED`: its agent could not bring itself to the version that is wanted, and goes on as it is. `AGENT_TOO_OLD`: its agent is older than `minimumAgentVersion` and gets no orders. `AUDIT_CONTRADICTED`: it was told an audit that contradicts what it was told before (docs/security.md); `POST …/accept-audit` ends it.',
  })
  alerts: DpAlertDto[];

  @ApiProperty({
    type: () => AccountToEnterDto,
    isArray: true,
    description:
      'Accounts for it that it cannot open, because it was enabled later or has new keys: enter their secret again.',
  })
  accountsToEnter: AccountToEnterDto[];

  @ApiProperty({
    type: () => DpQueueDto,
    nullable: true,
    description:
      'Its order queue; null when the broker cannot be asked right now, and for tenants that share the DP with others.',
  })
  queue: DpQueueDto | null;

  @ApiProperty({ type: () => DpOrdersDto })
  orders: DpOrdersDto;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class InstallLineDto implements InstallLine {
  @ApiProperty({ type: String, enum: INSTALL_PLATFORMS })
  platform: InstallLine['platform'];

  @ApiProperty({ description: 'To be run on the machine that is to become the DP.' })
  command: string;
}

/** With what the machine needs to join; shown once. */
export class JoinableDistributionPointDto extends DistributionPointDto {
  @ApiProperty({
    required: false,
    description: 'One use, one hour. Absent in the answer to a repeated request.',
  })
  joinToken?: string;

  @ApiProperty({ required: false, description: 'To be run on the machine that is to become the DP.' })
  joinCommand?: string;

  @ApiProperty({
    type: () => InstallLineDto,
    isArray: true,
    required: false,
    description:
      'For each platform one line that installs the agent, joins and starts it. `installed`: the agent is there already, and has to be started.',
  })
  installLines?: InstallLineDto[];

  @ApiProperty({ format: 'date-time', required: false })
  joinTokenExpiresAt?: string;
}

export class DistributionPointPage extends Page(DistributionPointDto) {}
