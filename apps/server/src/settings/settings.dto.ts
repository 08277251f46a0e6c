import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { DEFAULT_SETTINGS, POLL_INTERVAL_LIMITS, type EffectiveSettings, type Settings } from '#domain';
import { Checked, Flag, OneOf, PartList, Text, Whole, type FieldOptions } from '../http/fields.js';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const CLOCK = { max: 5, pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$', means: 'a time of day such as 22:00' };
const YEAR = 365 * 24 * 60 * 60;

function isTimeZone(value: unknown): boolean {
  try {
    return typeof value === 'string' && Intl.DateTimeFormat('en', { timeZone: value }) !== null;
  } catch {
    return false;
  }
}

export class WindowDto {
  @Checked(
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
      message: `must be a list of ${DAYS.join(', ')}, each once`,
    },
    { description: 'Days on which the span begins.' },
  )
  days: (typeof DAYS)[number][];

  @Text(CLOCK)
  from: string;

  /** Before `from`: on the next day. */
  @Text(CLOCK)
  to: string;

  @Checked(
    { type: 'string', maxLength: 64 },
    { code: 'time-zone', holds: isTimeZone, message: 'must be an IANA time zone such as Europe/Berlin' },
    { example: 'Europe/Berlin' },
  )
  timeZone: string;
}

const layered = (description: string): FieldOptions => ({ optional: true, nullable: true, description });

/** The settings to change; null takes this layer's own value away. Durations are whole seconds. */
export class ChangeSettingsDto {
  @Whole({ ...POLL_INTERVAL_LIMITS, ...layered('Seconds between two polls of a DP.') })
  pollInterval?: number | null;

  @Whole({ min: 0, max: 50, ...layered('Percent by which each poll interval is spread.') })
  pollJitter?: number | null;

  @Flag(layered('Whether DPs may wait at the gateway for orders.'))
  longPoll?: boolean | null;

  @Whole({ min: 1, max: 1000, ...layered('Orders a DP may hold at once.') })
  concurrency?: number | null;

  @Whole({ min: 1, max: 100, ...layered('Tries of the real work before an order fails.') })
  attempts?: number | null;

  @Whole({ min: 1, max: YEAR, ...layered('Seconds until an order nobody began expires.') })
  orderExpiry?: number | null;

  @Whole({ min: 1, max: 24 * 60 * 60, ...layered('Seconds an installation may take.') })
  installTimeout?: number | null;

  @Whole({ min: 1, max: YEAR, ...layered('Seconds an installed client has to register.') })
  registrationTimeout?: number | null;

  @Whole({ min: 1, max: YEAR, ...layered('Seconds after which a restart that is due raises an alert.') })
  restartAlert?: number | null;

  @PartList(() => WindowDto, { max: 50, ...layered('When orders may run; none: always.') })
  windows?: WindowDto[] | null;

  @OneOf(['pin', 'strict'], layered('Host keys: pin on first use, or known ones only.'))
  hostKeyPolicy?: 'pin' | 'strict' | null;

  @Text({ min: 1, max: 40, ...layered('Client release that is installed when none is named.') })
  defaultRelease?: string | null;

  @Flag(
    layered(
      'Whether the server DP tries actions on registered computers first; else only on those that its own location rules match.',
    ),
  )
  directFirst?: boolean | null;

  @Whole({ min: 1, max: 65_535, ...layered('Port of SSH on the computers.') })
  sshPort?: number | null;
}

const SETTING_NAMES = Object.keys(DEFAULT_SETTINGS);

@ApiExtraModels(ChangeSettingsDto)
export class SettingsDto {
  /** What this layer says itself. */
  @ApiProperty({ allOf: [{ $ref: getSchemaPath(ChangeSettingsDto) }] })
  values: Partial<Settings>;

  /** What counts here, each with the layer it comes from: `default`, `global`, `tenant:<id>` or `dp:<id>`. */
  @ApiProperty({
    type: 'object',
    required: SETTING_NAMES,
    properties: Object.fromEntries(
      SETTING_NAMES.map((name) => [
        name,
        { type: 'object', required: ['value', 'from'], properties: { value: {}, from: { type: 'string' } } },
      ]),
    ),
    additionalProperties: false,
  })
  effective: EffectiveSettings;

  @ApiProperty({ type: 'integer' })
  revision: number;
}
