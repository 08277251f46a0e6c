import { ApiProperty } from '@nestjs/swagger';
import {
  DOMAIN_ERROR_CODES,
  failureRule,
  ORDER_KINDS,
  ORDER_STATES,
  type FailureRecord,
  WAIT_CODES,
  waitReason,
  type InstallOrder,
  type HoldCode,
} from '#domain';
import { textIn, type TextKey } from '#texts';
import { Page } from '../../platform/http/page.dto.js';

export class FailureDto {
  @ApiProperty({ description: 'One of the failure list (docs/failures.md).' })
  code: string;
  @ApiProperty()
  phase: string;
  @ApiProperty({ description: 'What follows: backoff, reachable, verify, fix, brake, never.' })
  retry: string;
  @ApiProperty({
    type: 'object',
    nullable: true,
    selfRequired: true,
    required: ['system', 'code', 'text'],
    properties: { system: { type: 'string' }, code: { type: 'string' }, text: { type: 'string' } },
    description: 'What another system said, as it was.',
  })
  native: { system: string; code: string; text: string } | null;
  @ApiProperty({ type: 'integer' })
  attempt: number;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty()
  dp: string;
  @ApiProperty({
    type: 'object',
    selfRequired: true,
    required: ['en', 'de'],
    properties: { en: { type: 'string' }, de: { type: 'string' } },
    description: 'What to do.',
  })
  hint: { en: string; de: string };
  @ApiProperty({
    type: 'object',
    selfRequired: false,
    required: ['en', 'de'],
    properties: { en: { type: 'string' }, de: { type: 'string' } },
    description: 'What happened.',
  })
  text?: { en: string; de: string };
}

export class HeldBackDto {
  @ApiProperty({ description: 'Why the order waits.' })
  code: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it is looked at again; null: when a person or an event lifts it.',
  })
  until: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Which brake, with code `BRAKE`.' })
  brake: string | null;
  @ApiProperty({
    type: 'object',
    nullable: true,
    selfRequired: true,
    required: ['en', 'de'],
    properties: { en: { type: 'string' }, de: { type: 'string' } },
    description: 'What to do; null: it ends by itself.',
  })
  hint: { en: string; de: string } | null;
}

export class WaitDto {
  @ApiProperty({
    enum: WAIT_CODES,
    description: 'What the order waits for: the code of its hold, or the next step of its way.',
  })
  code: string;
  @ApiProperty({
    format: 'date-time',
    description: 'When something happens at the latest, even if what it waits for never comes.',
  })
  until: string;
}

export class LeaseDto {
  @ApiProperty({ type: 'integer' })
  fence: number;
  @ApiProperty({ format: 'date-time' })
  until: string;
}

export class LastReportDto {
  @ApiProperty({ type: 'integer' })
  seq: number;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty({ type: String, nullable: true })
  phase: string | null;
  @ApiProperty({ type: Number, nullable: true })
  percent: number | null;
}

/** An install order as administrators see it. */
export class OrderDto {
  @ApiProperty()
  id: string;
  @ApiProperty()
  tenant: string;
  @ApiProperty()
  computer: string;
  @ApiProperty({
    type: String,
    nullable: true,
    required: false,
    description: 'In lists, and of a single order; null: the computer was deleted.',
  })
  computerName?: string | null;
  @ApiProperty({ description: 'The DP that has it now.' })
  dp: string;
  @ApiProperty({
    type: String,
    isArray: true,
    description:
      'DPs that try it in turn: one that cannot reach the computer passes it on to the next (R11).',
  })
  route: string[];
  @ApiProperty({ enum: ORDER_KINDS })
  kind: string;
  @ApiProperty({ type: String, nullable: true })
  release: string | null;
  @ApiProperty({ enum: ORDER_STATES })
  state: string;
  @ApiProperty({ type: 'integer', description: 'Tries of the real work; waiting costs none.' })
  attempt: number;
  @ApiProperty({ type: 'integer' })
  attempts: number;
  @ApiProperty({ format: 'date-time' })
  notBefore: string;
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
  @ApiProperty({ type: HeldBackDto, nullable: true })
  heldBack: HeldBackDto | null;
  @ApiProperty({ type: WaitDto, nullable: true, description: 'Null: it has ended.' })
  waitsFor: WaitDto | null;
  @ApiProperty({ type: LeaseDto, nullable: true })
  lease: LeaseDto | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When a cancel ends at the latest.',
  })
  cancelBy: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the DP must have finished.',
  })
  deadline: string | null;
  @ApiProperty({ type: FailureDto, nullable: true })
  failure: FailureDto | null;
  @ApiProperty({ type: String, nullable: true })
  result: string | null;
  @ApiProperty({ type: LastReportDto, nullable: true })
  lastReport: LastReportDto | null;
  @ApiProperty()
  requestedBy: string;
  @ApiProperty({ type: String, nullable: true })
  note: string | null;
  @ApiProperty({ type: String, nullable: true })
  retryOf: string | null;
  @ApiProperty({ type: String, nullable: true, required: false, description: 'The rollout it belongs to.' })
  rollout?: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt: string | null;
  @ApiProperty({ type: 'integer' })
  revision: number;
}

const time = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;

export function orderDto(order: InstallOrder): OrderDto {
  const wait = waitReason(order);
  return {
    id: order.id,
    tenant: order.tenant,
    computer: order.computer,
    dp: order.dp,
    route: [...order.route],
    kind: order.kind,
    release: order.release,
    state: order.state,
    attempt: order.attempt,
    attempts: order.attemptsAllowed,
    notBefore: order.notBefore.toISOString(),
    expiresAt: order.expiresAt.toISOString(),
    heldBack: order.heldBack && {
      code: order.heldBack.code,
      until: time(order.heldBack.until),
      brake: order.heldBack.brake ?? null,
      hint: holdHint(order.heldBack.code),
    },
    waitsFor: wait && { code: wait.code, until: wait.until.toISOString() },
    lease: order.lease && { fence: order.lease.fence, until: order.lease.until.toISOString() },
    cancelBy: order.state === 'cancelling' ? time(order.cancel?.deadline) : null,
    deadline: time(order.deadline),
    failure: order.failure && failureDto(order.failure),
    result: order.result,
    lastReport: order.lastReport && {
      seq: order.lastReport.seq,
      at: order.lastReport.at.toISOString(),
      phase: order.lastReport.phase,
      percent: order.lastReport.percent,
    },
    requestedBy: order.requestedBy,
    note: order.note,
    retryOf: order.retryOf,
    rollout: order.rollout ?? null,
    createdAt: order.createdAt.toISOString(),
    endedAt: time(order.endedAt),
    revision: order.revision,
  };
}

function failureDto(failure: FailureRecord): FailureDto {
  const { retry } = failureRule(failure.code);
  const hint = hintOf(`failure.${failure.code}`);
  const said = hintOf(`failed.${failure.code}`);
  return { ...failure, retry, hint, text: said, at: failure.at.toISOString() };
}

/** What a person does about a hold that does not end by itself. */
function holdHint(code: HoldCode): { en: string; de: string } | null {
  switch (code) {
    case 'DP_DISABLED':
    case 'ACCOUNT_NOT_SEALED':
    case 'DP_PLATFORM':
    case 'BRAKE':
    case 'ROLLOUT_PAUSED':
      return hintOf(`hold.${code}`);
    default:
      return null;
  }
}

function hintOf(key: TextKey): { en: string; de: string } {
  return { en: textIn('en', { key }), de: textIn('de', { key }) };
}

export class OrderPage extends Page(OrderDto) {}

export class OrderResultDto {
  @ApiProperty()
  order: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null: there is no such order.' })
  computer: string | null;

  @ApiProperty({
    type: () => OrderDto,
    nullable: true,
    description: 'As it stands after the call; null when refused.',
  })
  result: OrderDto | null;

  @ApiProperty({ enum: DOMAIN_ERROR_CODES, required: false })
  code?: string;

  @ApiProperty()
  message: string;
}

export class OrderResultsDto {
  @ApiProperty({ type: () => OrderResultDto, isArray: true })
  results: OrderResultDto[];

  @ApiProperty({
    type: 'object',
    properties: { done: { type: 'integer' }, refused: { type: 'integer' } },
    selfRequired: true,
    required: ['done', 'refused'],
  })
  counts: { done: number; refused: number };
}
