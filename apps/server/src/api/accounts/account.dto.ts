import { ApiProperty, getSchemaPath, OmitType } from '@nestjs/swagger';
import { ACCOUNT_KINDS, type AccountKind, mustBe } from '#domain';
import {
  CustomField,
  isPlainObject,
  Name,
  Slug,
  SLUG_RULE,
  Text,
  IntegerField,
} from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';

const MOST_DPS = 10_000;
const slug = new RegExp(SLUG_RULE.pattern);

const SCOPE_SCHEMA = {
  oneOf: [
    { type: 'string', enum: ['all'] },
    {
      type: 'object',
      required: ['dps'],
      additionalProperties: false,
      properties: {
        dps: {
          type: 'array',
          minItems: 1,
          maxItems: MOST_DPS,
          uniqueItems: true,
          items: { type: 'string', pattern: SLUG_RULE.pattern, maxLength: 40 },
        },
      },
    },
  ],
};

/** On which DPs an account may be used. */
export type ScopeOnWire = 'all' | { dps: string[] };

function isScope(value: unknown): value is ScopeOnWire {
  if (value === 'all') return true;
  if (!isPlainObject(value) || Object.keys(value).join() !== 'dps') return false;
  const { dps } = value;
  return (
    Array.isArray(dps) &&
    dps.length > 0 &&
    dps.length <= MOST_DPS &&
    new Set(dps).size === dps.length &&
    dps.every((dp) => typeof dp === 'string' && slug.test(dp))
  );
}

const ScopeField = (): PropertyDecorator =>
  CustomField(
    SCOPE_SCHEMA,
    { code: 'scope', holds: isScope, ...mustBe('what.dpScope') },
    { optional: true, description: 'On which DPs it may be used; all by default.' },
  );

const PASSWORD = { min: 1, max: 1024, format: 'password', writeOnly: true };
const PRIVATE_KEY = { min: 1, max: 65_536, writeOnly: true };

export class CreateAccountDto {
  @Name()
  label: string;

  @Slug()
  tenant: string;

  @Name({ description: 'Changed only together with the secret: it is sealed with it.' })
  username: string;

  @Name({
    optional: true,
    nullable: true,
    description: 'Windows domain; changed only together with the secret.',
  })
  domain?: string | null;

  @Text({ optional: true, ...PASSWORD, description: 'This or `privateKey`; beside a key it is for sudo.' })
  password?: string;

  @Text({ optional: true, ...PRIVATE_KEY, description: 'As OpenSSH writes it, with its line breaks.' })
  privateKey?: string;

  @Text({ optional: true, ...PASSWORD, description: 'Of the private key.' })
  passphrase?: string;

  @IntegerField({
    optional: true,
    min: 0,
    max: 1_000_000,
    description: 'Tried in ascending order; 0 by default.',
  })
  order?: number;

  @ScopeField()
  scope?: ScopeOnWire;
}

export class ChangeAccountDto extends Changes(OmitType(CreateAccountDto, ['tenant'])) {}

export class AccountsQuery extends ListQuery {
  @Sort(['label', 'order', 'createdAt', 'user', 'tenant', 'lastUsed'])
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @Slug({ optional: true, description: 'Accounts that may be used on this DP.' })
  dp?: string;

  @Text({ optional: true, max: 255, description: 'Part of label or user name.' })
  q?: string;
}

export class SealedForDto {
  @ApiProperty()
  dp: string;

  @ApiProperty({ description: 'Name of the DP.' })
  dpName: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: "Which of the DP's sealing keys; null: nothing is sealed to it yet.",
  })
  keyId: string | null;

  @ApiProperty({
    description:
      'The DP cannot open it: it was enabled later or has a new key. The secret has to be entered again.',
  })
  stale: boolean;
}

/** An account without its secret, which nobody but the DPs can read. */
export class AccountDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  label: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty()
  username: string;

  @ApiProperty({ type: String, nullable: true })
  domain: string | null;

  @ApiProperty({ type: String, enum: ACCOUNT_KINDS })
  kind: AccountKind;

  @ApiProperty({ type: 'integer' })
  order: number;

  @ApiProperty(SCOPE_SCHEMA)
  scope: ScopeOnWire;

  @ApiProperty({ type: 'array', items: { $ref: getSchemaPath(SealedForDto) } })
  sealedFor: SealedForDto[];

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When somebody last said what came of it, as it is now.',
  })
  lastUsed: string | null;

  @ApiProperty({ type: String, nullable: true, description: '`OK`, or a code of the failure list.' })
  lastResult: string | null;

  @ApiProperty({ description: 'Known to work: until then few DPs at once get orders with it.' })
  proven: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class AccountPage extends Page(AccountDto) {}
