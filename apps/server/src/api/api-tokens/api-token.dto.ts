import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '#domain';
import { Name, OneOf, Time } from '../../platform/http/fields.js';
import { Page } from '../../platform/http/page.dto.js';
import { TENANTS_SCHEMA, TenantsField } from '../../platform/http/tenants-field.js';

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
  @ApiProperty()
  id: string;

  @ApiProperty()
  label: string;

  @ApiProperty({ type: String, enum: ROLES })
  role: Role;

  @ApiProperty(TENANTS_SCHEMA)
  tenants: 'all' | readonly string[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastUsedAt: string | null;
}

export class CreatedApiTokenDto extends ApiTokenDto {
  @ApiProperty({
    required: false,
    description: 'Shown this once; stored as SHA-256. Absent in the answer to a repeated request.',
  })
  token?: string;
}

export class ApiTokenPage extends Page(ApiTokenDto) {}
