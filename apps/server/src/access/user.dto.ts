import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '#domain';
import { Flag, Name, OneOf, Text } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';
import { PASSWORD } from './session.dto.js';
import { TENANTS_SCHEMA, TenantsField } from './tenants-field.js';

const USER_NAME = { max: 64, description: 'What the user logs in with; upper and lower case are the same.' };

export class CreateUserDto {
  @Name(USER_NAME)
  user: string;

  @Text(PASSWORD)
  password: string;

  @OneOf(ROLES)
  role: Role;

  @TenantsField()
  tenants: 'all' | string[];
}

export class ChangeUserDto {
  @Name({ ...USER_NAME, optional: true })
  user?: string;

  /** Logs the user out everywhere. */
  @Text({ ...PASSWORD, optional: true })
  password?: string;

  @OneOf(ROLES, { optional: true })
  role?: Role;

  @TenantsField({ optional: true })
  tenants?: 'all' | string[];

  /** True: the user is logged out at once, and cannot log in. */
  @Flag({ optional: true })
  disabled?: boolean;
}

export class UsersQuery extends ListQuery {
  @Sort(['user', 'role', 'createdAt'])
  sort?: string;

  @Text({ optional: true, max: 255, description: 'Part of the name.' })
  q?: string;
}

/** A person who logs in. */
export class UserDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String })
  user: string;

  @ApiProperty({ type: String, enum: ROLES })
  role: Role;

  @ApiProperty(TENANTS_SCHEMA)
  tenants: 'all' | readonly string[];

  @ApiProperty({ type: Boolean })
  disabled: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  disabledAt: string | null;

  /** When the password was last set. */
  @ApiProperty({ type: String, format: 'date-time' })
  passwordAt: string;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class UserPage extends Page(UserDto) {}
