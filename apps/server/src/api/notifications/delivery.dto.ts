import { ApiProperty } from '@nestjs/swagger';
import {
  type Delivery,
  DELIVERY_CHANNELS,
  DELIVERY_OUTCOMES,
  DELIVERY_STATES,
  type DeliveryState,
  type Notice,
  NOTICE_KINDS,
  type NoticeKind,
} from '#domain';
import { DELIVERY_SORT_FIELDS } from '#persistence';
import { type Language, textIn } from '#texts';
import { Id, OneOf } from '../../platform/http/fields.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';
import type { Plain } from '../../platform/http/plain.js';
import { wordedNotice } from '../../engine/notices/notice-wording.js';

export class DeliveriesQuery extends ListQuery {
  @Sort(DELIVERY_SORT_FIELDS)
  sort?: string;

  @OneOf(DELIVERY_STATES, { optional: true, description: 'State they are in.' })
  state?: DeliveryState;

  @Id({ optional: true, description: 'Id of a notification target.' })
  target?: string;

  @OneOf(NOTICE_KINDS, { optional: true, description: 'What it tells of.' })
  kind?: NoticeKind;
}

export class DeliveryAttemptDto {
  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'integer' })
  milliseconds: number;

  @ApiProperty({ type: String, enum: Object.keys(DELIVERY_OUTCOMES) })
  outcome: string;

  @ApiProperty({ description: 'What the outcome means.' })
  text: string;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Status of the answer; null: there was none.',
  })
  status: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'Beginning of the answer, or what went wrong.' })
  answer: string | null;
}

export class DeliveryTargetDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null: it has been deleted.' })
  name: string | null;
}

export class DeliveredNoticeDto {
  @ApiProperty({ example: 'brake-tripped:brake:0198c0de-0006-7000-8000-000000000006' })
  id: string;

  @ApiProperty({ type: String, enum: NOTICE_KINDS })
  kind: NoticeKind;

  @ApiProperty()
  title: string;
}

/** A notice, or several in one mail, on the way to a target. */
export class NotificationDeliveryDto {
  @ApiProperty({ description: 'The `webhook-id` of each attempt.', example: 'd-4oVxkQhUDdZEyJTrQdtFFA' })
  id: string;

  @ApiProperty({ type: String, enum: DELIVERY_CHANNELS })
  channel: string;

  @ApiProperty({ type: DeliveryTargetDto })
  target: DeliveryTargetDto;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty({ type: DeliveredNoticeDto, isArray: true })
  notices: DeliveredNoticeDto[];

  @ApiProperty({ type: String, enum: DELIVERY_STATES })
  state: DeliveryState;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it is tried next, at the earliest; null: not any more.',
  })
  dueAt: string | null;

  @ApiProperty({ type: 'integer', description: 'Attempts since it was made or sent again.' })
  tries: number;

  @ApiProperty({ type: DeliveryAttemptDto, isArray: true, description: 'The last 20, the oldest first.' })
  attempts: DeliveryAttemptDto[];

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt: string | null;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class NotificationDeliveryPage extends Page(NotificationDeliveryDto) {}

/** What a delivery is shown with. */
export interface DeliveryContext {
  names: ReadonlyMap<string, string>;
  notices: ReadonlyMap<string, Notice>;
  publicUrl: string;
  language: Language;
}

export function deliveryDto(delivery: Delivery, context: DeliveryContext): Plain<NotificationDeliveryDto> {
  const { id, channel, target, tenant, state, dueAt, tries, attempts, createdAt, endedAt, revision } =
    delivery;
  const { names, notices, publicUrl, language } = context;
  const reader = { language, timeZone: 'UTC' };
  return {
    id,
    channel,
    target: { id: target, name: names.get(target) ?? null },
    tenant,
    notices: delivery.notices.flatMap((one) => {
      const notice = notices.get(one);
      if (!notice) return [];
      return [{ id: one, kind: notice.kind, title: wordedNotice(notice, reader, publicUrl).title }];
    }),
    state,
    dueAt: state === 'waiting' ? dueAt.toISOString() : null,
    tries,
    attempts: attempts.map(({ at, took, outcome, status, answer }) => ({
      at: at.toISOString(),
      milliseconds: took,
      outcome,
      text: textIn(language, { key: `delivery.${outcome}` }),
      status,
      answer,
    })),
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    revision,
  };
}
