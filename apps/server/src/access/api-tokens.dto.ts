import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '#domain';
import { Checked, Name, OneOf, SLUG_RULE, Time } from '../http/fields.js';
import { Page } from '../http/page.dto.js';
import { TENANTS_SCHEMA } from './session.dto.js';

const MAX_TENANTS = 1000;
const slug = new RegExp(SLUG_RULE.pattern);

/** The `tenants` of a user or token: `"all"` or a list of slugs. */
function TenantsField(): PropertyDecorator {
  return Checked(
    {
      oneOf: [
        { type: 'string', enum: ['all'] },
        {
          type: 'array',
          maxItems: MAX_TENANTS,
          items: { type: 'string', pattern: SLUG_RULE.pattern, maxLength: 40 },
        },
      ],
    },
    {
      code: 'tenants',
      holds: (value) =>
        value === 'all' ||
        (Array.isArray(value) &&
          value.length <= MAX_TENANTS &&
          value.every((v) => typeof v === 'string' && slug.test(v))),
      message: 'must be "all" or a list of tenants',
    },
  );
}

export class CreateApiTokenDto {
  @Name()
  label: string;

  @OneOf(ROLES)
  role: Role;

  @TenantsField()
  tenants: 'all' | string[];

  @Time({ optional: true, nullable: true, description: 'When it stops working; absent or null: never.' })
  expiresAt?: string | null;
}

export class ApiTokenDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String })
  label: string;

  @ApiProperty({ type: String, enum: ROLES })
  role: Role;

  @ApiProperty(TENANTS_SCHEMA)
  tenants: 'all' | readonly string[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastUsedAt: string | null;
}

export class CreatedApiTokenDto extends ApiTokenDto {
  /** Shown this once; stored as SHA-256. Absent in the answer to a repeated request. */
  @ApiProperty({ type: String, required: false })
  token?: string;
}

export class ApiTokenPage extends Page(ApiTokenDto) {}
