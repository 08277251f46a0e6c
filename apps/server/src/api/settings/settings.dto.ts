import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import {
  DEFAULT_SETTINGS,
  POLL_INTERVAL_LIMITS,
  type EffectiveSettings,
  type Settings,
  type Weekday,
} from '#domain';
import {
  BooleanField,
  OneOf,
  NestedListField,
  Text,
  IntegerField,
  type FieldOptions,
} from '../../platform/http/fields.js';
import { TimeOfDay, TimeZoneField, Weekdays } from '../../platform/http/time-fields.js';

/** `none`, or a version such as 1.4.0 or 1.4.0-rc.1. */
const MINIMUM_VERSION = String.raw`^(?:none|\d+(?:\.\d+)*(?:-[0-9A-Za-z.\-]+)?)$`;
const YEAR = 365 * 24 * 60 * 60;
const KEPT_DAYS = { min: 0, max: 36_500 };
const FOR_EVER = '0: for ever. Global only.';

export class WindowDto {
  @Weekdays({ description: 'Days on which the span begins.' })
  days: Weekday[];

  @TimeOfDay()
  from: string;

  @TimeOfDay({ description: 'Before `from`: on the next day.' })
  to: string;

  @TimeZoneField()
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

  @IntegerField({
    min: 1,
    max: 100_000,
    ...layered(
      'Computers from which on the console offers a rollout before it releases them at once, and directories release by one.',
    ),
  })
  rolloutFrom?: number | null;

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

  @Text({
    min: 1,
    max: 64,
    ...layered(
      'Version that the agents of DPs bring themselves to: `none` (they stay as they are), `newest`, or one that this server offers, which may be older than what runs.',
    ),
  })
  agentVersion?: string | null;

  @Text({
    min: 1,
    max: 64,
    pattern: MINIMUM_VERSION,
    means: { key: 'what.minimumVersion' },
    ...layered(
      'Oldest version of an agent that gets orders: `none` (any does), or a version. What an older one works on goes on, and it may bring itself to `agentVersion`, which cannot be older than this; where that is `none`, its other polls are refused (403 `AGENT_TOO_OLD`). Where it is a version, an agent that cannot bring itself to it gets no orders, and is not refused.',
    ),
  })
  minimumAgentVersion?: string | null;

  @IntegerField({
    ...KEPT_DAYS,
    ...layered(`Days after its end for which an order is kept, with its timeline; ${FOR_EVER}`),
  })
  keepOrders?: number | null;

  @IntegerField({
    ...KEPT_DAYS,
    ...layered(`Days after its end for which an import is kept, with its rows; ${FOR_EVER}`),
  })
  keepImports?: number | null;

  @IntegerField({ ...KEPT_DAYS, ...layered(`Days for which entries of the audit are kept; ${FOR_EVER}`) })
  keepAudit?: number | null;

  @BooleanField(
    layered(
      'Whether what has been kept long enough is removed although the server has no archive. Global only.',
    ),
  )
  removeUnarchived?: boolean | null;

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
