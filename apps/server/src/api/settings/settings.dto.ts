import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import {
  DEFAULT_SETTINGS,
  POLL_INTERVAL_LIMITS,
  type EffectiveSettings,
  type Settings,
  mustBe,
} from '#domain';
import {
  CustomField,
  BooleanField,
  OneOf,
  NestedListField,
  Text,
  IntegerField,
  type FieldOptions,
} from '../../platform/http/fields.js';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const CLOCK = {
  max: 5,
  pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$',
  means: { key: 'what.timeOfDay', params: { time: '22:00' } },
} as const;
const YEAR = 365 * 24 * 60 * 60;

function isTimeZone(value: unknown): boolean {
  try {
    return typeof value === 'string' && Intl.DateTimeFormat('en', { timeZone: value }) !== null;
  } catch {
    return false;
  }
}

export class WindowDto {
  @CustomField(
    {
      type: 'array',
      items: { type: 'string', enum: [...DAYS] },
      minItems: 1,
      maxItems: 7,
      uniqueItems: true,
    },
    {
      code: 'days',
      holds: (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        new Set(value).size === value.length &&
        value.every((day) => (DAYS as readonly unknown[]).includes(day)),
      ...mustBe('what.eachOnce', { values: DAYS }),
    },
    { description: 'Days on which the span begins.' },
  )
  days: (typeof DAYS)[number][];

  @Text(CLOCK)
  from: string;

  @Text({ ...CLOCK, description: 'Before `from`: on the next day.' })
  to: string;

  @CustomField(
    { type: 'string', maxLength: 64 },
    {
      code: 'time-zone',
      holds: isTimeZone,
      ...mustBe('what.timeZone', { zone: 'Europe/Berlin' }),
    },
    { example: 'Europe/Berlin' },
  )
  timeZone: string;
}

const layered = (description: string): FieldOptions => ({ optional: true, nullable: true, description });

/** The settings to change; null takes this layer's own value away. Durations are whole seconds. */
export class ChangeSettingsDto {
  @IntegerField({ ...POLL_INTERVAL_LIMITS, ...layered('Seconds between two polls of a DP.') })
  pollInterval?: number | null;

  @IntegerField({ min: 0, max: 50, ...layered('Percent by which each poll interval is spread.') })
  pollJitter?: number | null;

  @BooleanField(layered('Whether DPs may wait at the gateway for orders.'))
  longPoll?: boolean | null;

  @IntegerField({ min: 1, max: 1000, ...layered('Orders a DP may hold at once.') })
  concurrency?: number | null;

  @IntegerField({
    min: 0,
    max: 1000,
    ...layered(
      'Logins with one account under way at once, over all DPs, until they are known to have worked: fewer than the refusals after which your directory locks it. 0: any number.',
    ),
  })
  accountLogins?: number | null;

  @IntegerField({ min: 1, max: 100, ...layered('Tries of the real work before an order fails.') })
  attempts?: number | null;

  @IntegerField({ min: 1, max: YEAR, ...layered('Seconds until an order nobody began expires.') })
  orderExpiry?: number | null;

  @IntegerField({ min: 1, max: 24 * 60 * 60, ...layered('Seconds an installation may take.') })
  installTimeout?: number | null;

  @IntegerField({ min: 1, max: YEAR, ...layered('Seconds an installed client has to register.') })
  registrationTimeout?: number | null;

  @IntegerField({
    min: 1,
    max: YEAR,
    ...layered('Seconds after which a restart that is due raises an alert.'),
  })
  restartAlert?: number | null;

  @NestedListField(() => WindowDto, { max: 50, ...layered('When orders may run; none: always.') })
  windows?: WindowDto[] | null;

  @OneOf(['pin', 'strict'], layered('Host keys: pin on first use, or known ones only.'))
  hostKeyPolicy?: 'pin' | 'strict' | null;

  @Text({ min: 1, max: 40, ...layered('Client release that is installed when none is named.') })
  defaultRelease?: string | null;

  @BooleanField(
    layered(
      'Whether the server DP tries actions on registered computers first; else only on those that its own location rules match.',
    ),
  )
  directFirst?: boolean | null;

  @IntegerField({ min: 1, max: 65_535, ...layered('Port of SSH on the computers.') })
  sshPort?: number | null;
}

const SETTING_NAMES = Object.keys(DEFAULT_SETTINGS);

@ApiExtraModels(ChangeSettingsDto)
export class SettingsDto {
  @ApiProperty({
    allOf: [{ $ref: getSchemaPath(ChangeSettingsDto) }],
    description: 'What this layer says itself.',
  })
  values: Partial<Settings>;

  @ApiProperty({
    type: 'object',
    selfRequired: true,
    required: SETTING_NAMES,
    properties: Object.fromEntries(
      SETTING_NAMES.map((name) => [
        name,
        { type: 'object', required: ['value', 'from'], properties: { value: {}, from: { type: 'string' } } },
      ]),
    ),
    additionalProperties: false,
    example: Object.fromEntries(
      Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [name, { value, from: 'default' }]),
    ),
    description:
      'What counts here, each with the layer it comes from: `default`, `global`, `tenant:<id>` or `dp:<id>`.',
  })
  effective: EffectiveSettings;

  @ApiProperty({ type: 'integer' })
  revision: number;
}
