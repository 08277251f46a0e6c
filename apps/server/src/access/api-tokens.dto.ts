import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '#domain';
import { Name, OneOf, Time } from '../http/fields.js';
import { Page } from '../http/page.dto.js';
import { TENANTS_SCHEMA, TenantsField } from './tenants-field.js';

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
