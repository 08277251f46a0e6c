import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { ACCOUNT_KINDS, type AccountKind } from '#domain';
import { Checked, isPlainObject, Name, Slug, SLUG_RULE, Text, Whole } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

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

const ScopeField = (optional: boolean): PropertyDecorator =>
  Checked(
    SCOPE_SCHEMA,
    { code: 'scope', holds: isScope, message: 'must be "all" or {"dps": [...]} with each DP once' },
    { optional, description: 'On which DPs it may be used; all by default.' },
  );

const PASSWORD = { min: 1, max: 1024, format: 'password', writeOnly: true };
const PRIVATE_KEY = { min: 1, max: 65_536, writeOnly: true };

export class CreateAccountDto {
  @Name()
  label: string;

  @Slug()
  tenant: string;

  @Name()
  username: string;

  @Name({ optional: true, nullable: true, description: 'Windows domain.' })
  domain?: string | null;

  @Text({ optional: true, ...PASSWORD, description: 'This or `privateKey`; beside a key it is for sudo.' })
  password?: string;

  @Text({ optional: true, ...PRIVATE_KEY, description: 'OpenSSH or PEM.' })
  privateKey?: string;

  @Text({ optional: true, ...PASSWORD, description: 'Of the private key.' })
  passphrase?: string;

  @Whole({ optional: true, min: 0, max: 1_000_000, description: 'Tried in ascending order; 0 by default.' })
  order?: number;

  @ScopeField(true)
  scope?: ScopeOnWire;
}

export class ChangeAccountDto {
  @Name({ optional: true })
  label?: string;

  @Name({ optional: true, description: 'Only together with the secret: it is sealed with it.' })
  username?: string;

  @Name({
    optional: true,
    nullable: true,
    description: 'Only together with the secret: it is sealed with it.',
  })
  domain?: string | null;

  @Text({ optional: true, ...PASSWORD })
  password?: string;

  @Text({ optional: true, ...PRIVATE_KEY })
  privateKey?: string;

  @Text({ optional: true, ...PASSWORD })
  passphrase?: string;

  @Whole({ optional: true, min: 0, max: 1_000_000 })
  order?: number;

  @ScopeField(true)
  scope?: ScopeOnWire;
}

export class AccountsQuery extends ListQuery {
  @Sort(['label', 'order', 'createdAt'])
  sort?: string;

  @Slug({ optional: true })
  tenant?: string;

  @Slug({ optional: true, description: 'Accounts that may be used on this DP.' })
  dp?: string;

  @Text({ optional: true, max: 255, description: 'Part of label or user name.' })
  q?: string;
}

export class SealedForDto {
  @ApiProperty({ type: String })
  dp: string;

  /** Which of the DP's sealing keys; null: nothing is sealed to it yet. */
  @ApiProperty({ type: String, nullable: true })
  keyId: string | null;

  /** The DP cannot open it: it was enabled later or has a new key. The secret has to be entered again. */
  @ApiProperty({ type: Boolean })
  stale: boolean;
}

/** An account without its secret, which nobody but the DPs can read. */
export class AccountDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String })
  label: string;

  @ApiProperty({ type: String })
  tenant: string;

  @ApiProperty({ type: String })
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

  /** When somebody last said what came of it, as it is now. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastUsed: string | null;

  /** `OK`, or a code of the failure list. */
  @ApiProperty({ type: String, nullable: true })
  lastResult: string | null;

  /** Known to work: until then few DPs at once get orders with it. */
  @ApiProperty({ type: Boolean })
  proven: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class AccountPage extends Page(AccountDto) {}
