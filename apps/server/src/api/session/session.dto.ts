import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '#domain';
import { Text } from '../../platform/http/fields.js';
import { TENANTS_SCHEMA } from '../../platform/http/tenants-field.js';

export class LoginDto {
  @Text({ min: 1, max: 64 })
  user: string;

  @Text({ min: 1, max: 256, format: 'password', writeOnly: true })
  password: string;
}

/** Least length of a password (NIST SP 800-63B asks for 8, and no rules on what it is made of). */
export const PASSWORD = { min: 12, max: 256, format: 'password', writeOnly: true } as const;

export class ChangePasswordDto {
  @Text({
    min: 1,
    max: 256,
    format: 'password',
    writeOnly: true,
    description: 'The password that holds now.',
  })
  current: string;

  @Text(PASSWORD)
  password: string;
}

/** Who is logged in. */
export class SessionDto {
  @ApiProperty()
  user: string;

  @ApiProperty({ type: String, enum: ROLES })
  role: Role;

  @ApiProperty(TENANTS_SCHEMA)
  tenants: 'all' | readonly string[];
}
