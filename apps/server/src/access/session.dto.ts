import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '#domain';
import { Text } from '../http/fields.js';

export class LoginDto {
  @Text({ min: 1, max: 64 })
  user: string;

  @Text({ min: 1, max: 256, format: 'password', writeOnly: true })
  password: string;
}

/** All tenants, or the named ones. */
export const TENANTS_SCHEMA = {
  oneOf: [
    { type: 'string', enum: ['all'] },
    { type: 'array', items: { type: 'string' } },
  ],
};

/** Who is logged in. */
export class SessionDto {
  @ApiProperty({ type: String })
  user: string;

  @ApiProperty({ type: String, enum: ROLES })
  role: Role;

  @ApiProperty(TENANTS_SCHEMA)
  tenants: 'all' | readonly string[];
}
