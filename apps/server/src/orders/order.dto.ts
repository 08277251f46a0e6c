import { ApiProperty } from '@nestjs/swagger';
import {
  DOMAIN_ERROR_CODES,
  FAILURE_CODES,
  failureRule,
  ORDER_KINDS,
  ORDER_STATES,
  type FailureRecord,
  WAIT_CODES,
  waitOf,
  type InstallOrder,
} from '#domain';
import { ORDER_SORT_FIELDS } from '#persistence';
import { Id, OneOf, Part, Slug, TextList, Time } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

export class FailureDto {
  /** One of the failure list (docs/failures.md). */
  @ApiProperty({ type: String })
  code: string;
  @ApiProperty({ type: String })
  phase: string;
  /** What follows: backoff, reachable, verify, fix, brake, never. */
  @ApiProperty({ type: String })
  retry: string;
  /** What another system said, as it was. */
  @ApiProperty({
    type: 'object',
    nullable: true,
    properties: { system: { type: 'string' }, code: { type: 'string' }, text: { type: 'string' } },
  })
  native: { system: string; code: string; text: string } | null;
  @ApiProperty({ type: 'integer' })
  attempt: number;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty({ type: String })
  dp: string;
  /** What to do. */
  @ApiProperty({ type: 'object', properties: { en: { type: 'string' }, de: { type: 'string' } } })
  hint: { en: string; de: string };
}

export class HeldBackDto {
  /** Why the order waits. */
  @ApiProperty({ type: String })
  code: string;
  /** When it is looked at again; null: when a person or an event lifts it. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  until: string | null;
  /** Which brake, with code `BRAKE`. */
  @ApiProperty({ type: String, nullable: true })
  brake: string | null;
}

export class WaitDto {
  /** What the order waits for: the code of its hold, or the next step of its way. */
  @ApiProperty({ enum: WAIT_CODES })
  code: string;
  /** When something happens at the latest, even if what it waits for never comes. */
  @ApiProperty({ format: 'date-time' })
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
  @ApiProperty({ type: String })
  id: string;
  @ApiProperty({ type: String })
  tenant: string;
  @ApiProperty({ type: String })
  computer: string;
  /** In lists; null: the computer was deleted. */
  @ApiProperty({ type: String, nullable: true, required: false })
  computerName?: string | null;
  /** The DP that has it now. */
  @ApiProperty({ type: String })
  dp: string;
  /** DPs that try it in turn: one that cannot reach the computer passes it on to the next (R11). */
  @ApiProperty({ type: String, isArray: true })
  route: string[];
  @ApiProperty({ enum: ORDER_KINDS })
  kind: string;
  @ApiProperty({ type: String, nullable: true })
  release: string | null;
  @ApiProperty({ enum: ORDER_STATES })
  state: string;
  /** Tries of the real work; waiting costs none. */
  @ApiProperty({ type: 'integer' })
  attempt: number;
  @ApiProperty({ type: 'integer' })
  attempts: number;
  @ApiProperty({ format: 'date-time' })
  notBefore: string;
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
  @ApiProperty({ type: HeldBackDto, nullable: true })
  heldBack: HeldBackDto | null;
  /** Null: it has ended. */
  @ApiProperty({ type: WaitDto, nullable: true })
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
  @ApiProperty({ type: String })
  requestedBy: string;
  @ApiProperty({ type: String, nullable: true })
  note: string | null;
  @ApiProperty({ type: String, nullable: true })
  retryOf: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt: string | null;
  @ApiProperty({ type: 'integer' })
  revision: number;
}

const time = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;

export function orderDto(order: InstallOrder): OrderDto {
  const wait = waitOf(order);
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
    createdAt: order.createdAt.toISOString(),
    endedAt: time(order.endedAt),
    revision: order.revision,
  };
}

function failureDto(failure: FailureRecord): FailureDto {
  const { retry, hint } = failureRule(failure.code);
  return { ...failure, retry, hint, at: failure.at.toISOString() };
}

export class OrderPage extends Page(OrderDto) {}

/** Which orders; all criteria must hold. */
export class OrderFilterDto {
  @Slug({ optional: true })
  dp?: string;

  @Slug({ optional: true })
  tenant?: string;

  @Id({ optional: true })
  computer?: string;

  @OneOf(ORDER_STATES, { optional: true })
  state?: string;

  @OneOf(ORDER_KINDS, { optional: true })
  kind?: string;

  @OneOf(FAILURE_CODES, { optional: true, description: 'Code of the failure list.' })
  failure?: string;

  @Id({ optional: true, description: 'Held back by this brake.' })
  brake?: string;

  @Time({ optional: true, description: 'Made at or after this time.' })
  since?: string;
}

export class OrdersQuery extends ListQuery {
  @Sort(ORDER_SORT_FIELDS)
  sort?: string;

  @Slug({ optional: true })
  dp?: string;

  @Slug({ optional: true })
  tenant?: string;

  @Id({ optional: true })
  computer?: string;

  @OneOf(ORDER_STATES, { optional: true })
  state?: string;

  @OneOf(ORDER_KINDS, { optional: true })
  kind?: string;

  @OneOf(FAILURE_CODES, { optional: true, description: 'Code of the failure list.' })
  failure?: string;

  @Id({ optional: true, description: 'Held back by this brake.' })
  brake?: string;

  @Time({ optional: true, description: 'Made at or after this time.' })
  since?: string;
}

/** A DP's orders: as {@link OrdersQuery}, without the DP. */
export class DpOrdersQuery extends ListQuery {
  @Sort(ORDER_SORT_FIELDS)
  sort?: string;

  @OneOf(ORDER_STATES, { optional: true })
  state?: string;

  @OneOf(ORDER_KINDS, { optional: true })
  kind?: string;

  @Id({ optional: true })
  computer?: string;

  @OneOf(FAILURE_CODES, { optional: true, description: 'Code of the failure list.' })
  failure?: string;

  @Id({ optional: true, description: 'Held back by this brake.' })
  brake?: string;

  @Time({ optional: true, description: 'Made at or after this time.' })
  since?: string;
}

/** Orders by id, or by filter. */
export class OrdersSelectionDto {
  @TextList({ optional: true, items: { min: 1, max: 40 }, min: 1, max: 10_000 })
  orders?: string[];

  @Part(() => OrderFilterDto, { optional: true })
  filter?: OrderFilterDto;
}

export class OrderResultDto {
  @ApiProperty({ type: String })
  order: string;

  /** Null: there is no such order. */
  @ApiProperty({ type: String, nullable: true })
  computer: string | null;

  /** As it stands after the call; null when refused. */
  @ApiProperty({ type: () => OrderDto, nullable: true })
  result: OrderDto | null;

  @ApiProperty({ type: String, enum: DOMAIN_ERROR_CODES, required: false })
  code?: string;

  @ApiProperty({ type: String })
  message: string;
}

export class OrderResultsDto {
  @ApiProperty({ type: () => OrderResultDto, isArray: true })
  results: OrderResultDto[];

  @ApiProperty({
    type: 'object',
    properties: { done: { type: 'integer' }, refused: { type: 'integer' } },
    required: ['done', 'refused'],
  })
  counts: { done: number; refused: number };
}
