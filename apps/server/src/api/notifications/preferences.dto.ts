import { ApiProperty } from '@nestjs/swagger';
import {
  effectivePreferences,
  MAIL_MODES,
  type MailChoices,
  type MailMode,
  NOTICE_KINDS,
  type NotificationPreferences,
} from '#domain';
import { type Language, LANGUAGES } from '#texts';
import { NestedField, OneOf, Text } from '../../platform/http/fields.js';
import type { Plain } from '../../platform/http/plain.js';
import { TimeOfDay, TimeZoneField } from '../../platform/http/time-fields.js';

const INHERITED = { optional: true, nullable: true };
const MODE = {
  ...INHERITED,
  description: '`hourly` and `daily`: all that there was in one mail. Null: as the layer below says.',
};

/** How one is told of each kind of notice by mail. */
export class MailChoicesDto {
  @OneOf(MAIL_MODES, MODE)
  'brake-tripped'?: MailMode | null;
  @OneOf(MAIL_MODES, MODE)
  'certificate-expiring'?: MailMode | null;
  @OneOf(MAIL_MODES, MODE)
  'dp-back'?: MailMode | null;
  @OneOf(MAIL_MODES, MODE)
  'dp-overdue'?: MailMode | null;
  @OneOf(MAIL_MODES, MODE)
  'import-failed'?: MailMode | null;
  @OneOf(MAIL_MODES, MODE)
  'rollout-finished'?: MailMode | null;
  @OneOf(MAIL_MODES, MODE)
  'rollout-stopped'?: MailMode | null;
  @OneOf(MAIL_MODES, MODE)
  'token-expiring'?: MailMode | null;
}

/** What a tenant gives its users; null takes the tenant's own value away. */
export class ChangeTenantNotificationsDto {
  @OneOf(LANGUAGES, { ...INHERITED, description: 'Language of mails.' })
  language?: Language | null;

  @TimeZoneField({ ...INHERITED, description: 'Whose clock daily mails and times in mails go by.' })
  timeZone?: string | null;

  @TimeOfDay({ ...INHERITED, description: 'When daily mails are sent.' })
  dailyAt?: string | null;

  @NestedField(() => MailChoicesDto, { optional: true })
  mail?: MailChoicesDto;
}

/** What a user wants; null takes the user's own value away. */
export class ChangeMyNotificationsDto extends ChangeTenantNotificationsDto {
  @Text({
    ...INHERITED,
    min: 3,
    max: 254,
    pattern: String.raw`^[^\s@<>(),;:"\\[\]\u0000-\u001f\u007f]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$`,
    means: { key: 'what.email' },
    format: 'email',
    description: 'Where mails go; null: there are none.',
    example: 'anna@example.com',
  })
  email?: string | null;
}

class EffectiveNotificationsDto {
  @ApiProperty({ type: String, enum: LANGUAGES })
  language: Language;

  @ApiProperty()
  timeZone: string;

  @ApiProperty({ example: '07:00' })
  dailyAt: string;

  @ApiProperty({
    type: 'object',
    selfRequired: true,
    required: [...NOTICE_KINDS],
    properties: Object.fromEntries(
      NOTICE_KINDS.map((kind) => [kind, { type: 'string', enum: [...MAIL_MODES] }]),
    ),
    additionalProperties: false,
  })
  mail: Readonly<Record<string, MailMode>>;
}

class TenantNotificationsFields {
  @ApiProperty({
    type: EffectiveNotificationsDto,
    description: 'What counts, with what the layers below say.',
  })
  effective: EffectiveNotificationsDto;

  @ApiProperty({
    type: EffectiveNotificationsDto,
    description: 'What would count without values of its own.',
  })
  inherited: EffectiveNotificationsDto;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class TenantNotificationsDto extends TenantNotificationsFields {
  @ApiProperty({ type: ChangeTenantNotificationsDto, description: 'What the tenant says itself.' })
  values: Plain<ChangeTenantNotificationsDto>;
}

export class MyNotificationsDto extends TenantNotificationsFields {
  @ApiProperty({ type: ChangeMyNotificationsDto, description: 'What the user says.' })
  values: Plain<ChangeMyNotificationsDto>;

  @ApiProperty({ description: 'Whether the server has a mail server to send by.' })
  mailServer: boolean;
}

interface ShownPreferences {
  values: { language: Language | null; timeZone: string | null; dailyAt: string | null; mail: MailChoices };
  effective: EffectiveNotificationsDto;
  inherited: EffectiveNotificationsDto;
  revision: number;
}

/** @param below the layer below, if there is one */
export function preferencesDto(
  own: NotificationPreferences,
  below: NotificationPreferences | null,
): ShownPreferences {
  const { language, timeZone, dailyAt, mail, revision } = own;
  return {
    values: { language, timeZone, dailyAt, mail },
    effective: effectivePreferences(below, own),
    inherited: effectivePreferences(below),
    revision,
  };
}
