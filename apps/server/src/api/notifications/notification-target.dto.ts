import { ApiProperty } from '@nestjs/swagger';
import {
  DELIVERY_OUTCOMES,
  NOTICE_KINDS,
  type NoticeKind,
  type NotificationTarget,
  WEBHOOK_FORMATS,
  type WebhookFormat,
} from '#domain';
import { type Language, LANGUAGES } from '#texts';
import { BooleanField, CustomField, Name, OneOf, Slug, Text } from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';
import type { Plain } from '../../platform/http/plain.js';
import { mustBe } from '#domain';

const URL_FIELD = {
  min: 10,
  max: 2000,
  pattern: String.raw`^https?://[^\s/?#@\\]+(?:[/?][^\s#]*)?$`,
  means: { key: 'what.webhookUrl' },
  example: 'https://hooks.example.com/relaypoint',
  writeOnly: true,
  description:
    'Where notices are posted; nobody can read more than its origin again. HTTPS, but for hosts that the environment allows.',
} as const;

const KINDS = {
  schema: {
    type: 'array',
    items: { type: 'string', enum: [...NOTICE_KINDS] },
    minItems: 1,
    maxItems: NOTICE_KINDS.length,
    uniqueItems: true,
  },
  rule: {
    code: 'kinds',
    holds: (value: unknown): boolean =>
      Array.isArray(value) &&
      value.length > 0 &&
      new Set(value).size === value.length &&
      value.every((kind) => (NOTICE_KINDS as readonly unknown[]).includes(kind)),
    ...mustBe('what.eachOnce', { values: NOTICE_KINDS }),
  },
  options: { description: 'What it is told of.', example: ['brake-tripped', 'dp-overdue'] },
};

class TargetFields {
  @Name()
  name: string;

  @Text(URL_FIELD)
  url: string;

  @OneOf(WEBHOOK_FORMATS, {
    description: '`cloudevents` for programs, `slack` and `teams` for their incoming webhooks.',
  })
  format: WebhookFormat;

  @CustomField(KINDS.schema, KINDS.rule, KINDS.options)
  kinds: NoticeKind[];

  @OneOf(LANGUAGES, { optional: true, description: 'In which texts are; `en` by default.' })
  language?: Language;

  @BooleanField({ optional: true, description: 'False: it is told of nothing. True by default.' })
  enabled?: boolean;
}

export class CreateNotificationTargetDto extends TargetFields {
  @Slug({
    nullable: true,
    description: 'Whose notices it is told of. Null: those of all tenants, for callers who see all of them.',
  })
  tenant: string | null;
}

export class ChangeNotificationTargetDto extends Changes(TargetFields) {}

export class NotificationTargetsQuery extends ListQuery {
  @Sort(['name', 'createdAt'])
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @Text({ optional: true, max: 255, description: 'Part of name or origin.' })
  q?: string;
}

/** A webhook. Its address and its secrets cannot be read again. */
export class NotificationTargetDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty()
  name: string;

  @ApiProperty({ description: 'Scheme, host and port of its address.', example: 'https://hooks.example.com' })
  origin: string;

  @ApiProperty({ type: String, enum: WEBHOOK_FORMATS })
  format: WebhookFormat;

  @ApiProperty({ type: String, enum: NOTICE_KINDS, isArray: true })
  kinds: readonly NoticeKind[];

  @ApiProperty({ type: String, enum: LANGUAGES })
  language: Language;

  @ApiProperty()
  enabled: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until when the secret before signs too; null: there is only one.',
  })
  previousSecretUntil: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class NotificationTargetWithSecretDto extends NotificationTargetDto {
  @ApiProperty({
    required: false,
    description:
      'What webhooks are signed with. Shown this once; absent in the answer to a repeated request.',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  secret?: string;
}

export class NotificationTargetPage extends Page(NotificationTargetDto) {}

/** What came of a test. */
export class NotificationTestDto {
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

  @ApiProperty({ type: 'integer' })
  milliseconds: number;
}

export function targetDto(target: NotificationTarget): Plain<NotificationTargetDto> {
  const { id, tenant, name, origin, format, kinds, language, enabled, previous, createdAt, revision } =
    target;
  return {
    id,
    tenant,
    name,
    origin,
    format,
    kinds,
    language,
    enabled,
    previousSecretUntil: previous && previous.until > new Date() ? previous.until.toISOString() : null,
    createdAt: createdAt.toISOString(),
    revision,
  };
}
