import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { failureRule, ORDER_KINDS, ORDER_STATES, type FailureRecord, type InstallOrder } from '#domain';

export class FailureDto {
  /** One of the failure list (docs/failures.md). */
  code: string;
  phase: string;
  /** What follows: backoff, reachable, verify, fix, brake, never. */
  retry: string;
  /** What another system said, as it was. */
  @ApiProperty({
    type: 'object',
    nullable: true,
    properties: { system: { type: 'string' }, code: { type: 'string' }, text: { type: 'string' } },
  })
  native: { system: string; code: string; text: string } | null;
  attempt: number;
  @ApiProperty({ format: 'date-time' })
  at: string;
  dp: string;
  /** What to do. */
  @ApiProperty({ type: 'object', properties: { en: { type: 'string' }, de: { type: 'string' } } })
  hint: { en: string; de: string };
}

export class HeldBackDto {
  /** Why the order waits. */
  code: string;
  /** When it is looked at again; null: when a person or an event lifts it. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  until: string | null;
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
  id: string;
  tenant: string;
  computer: string;
  dp: string;
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
  return {
    id: order.id,
    tenant: order.tenant,
    computer: order.computer,
    dp: order.dp,
    kind: order.kind,
    release: order.release,
    state: order.state,
    attempt: order.attempt,
    attempts: order.attemptsAllowed,
    notBefore: order.notBefore.toISOString(),
    expiresAt: order.expiresAt.toISOString(),
    heldBack: order.heldBack && { code: order.heldBack.code, until: time(order.heldBack.until) },
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

/** Which orders; all criteria must hold. */
export class OrderFilterDto {
  @IsOptional()
  @IsString()
  @MaxLength(40)
  dp?: string;

  @IsOptional()
  @IsString()
  @MaxLength(40)
  tenant?: string;

  @IsOptional()
  @IsString()
  @MaxLength(40)
  computer?: string;

  @IsOptional()
  @IsIn(ORDER_STATES)
  @ApiPropertyOptional({ enum: ORDER_STATES })
  state?: string;

  @IsOptional()
  @IsIn(ORDER_KINDS)
  @ApiPropertyOptional({ enum: ORDER_KINDS })
  kind?: string;

  @IsOptional()
  @IsString()
  @MaxLength(64)
  failure?: string;
}

/** Orders by id, or by filter. */
export class OrdersSelectionDto {
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10_000)
  @IsString({ each: true })
  @MaxLength(40, { each: true })
  orders?: string[];

  @IsOptional()
  @ValidateNested()
  @Type(() => OrderFilterDto)
  filter?: OrderFilterDto;
}

export class OrderResultDto {
  order: string;
  /** State after the call; null when refused. */
  @ApiProperty({ type: OrderDto, nullable: true })
  result: OrderDto | null;
  @ApiPropertyOptional()
  code?: string;
  message: string;
}

export class OrderResultsDto {
  @ApiProperty({ type: [OrderResultDto] })
  results: OrderResultDto[];
  /** How many were done and how many refused. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  counts: Record<string, number>;
}
