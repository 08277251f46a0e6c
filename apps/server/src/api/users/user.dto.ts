import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '#domain';
import { BooleanField, Name, OneOf, Text } from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';
import { PASSWORD } from '../session/session.dto.js';
import { TENANTS_SCHEMA, TenantsField } from '../../platform/http/tenants-field.js';

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

export class ChangeUserDto extends Changes(CreateUserDto) {
  @BooleanField({ optional: true, description: 'True: the user is logged out at once, and cannot log in.' })
  disabled?: boolean;
}

export class UsersQuery extends ListQuery {
  @Sort(['user', 'role', 'createdAt', 'passwordAt'])
  sort?: string;

  @Text({ optional: true, max: 255, description: 'Part of the name.' })
  q?: string;
}

/** A person who logs in. */
export class UserDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  user: string;

  @ApiProperty({ type: String, enum: ROLES })
  role: Role;

  @ApiProperty(TENANTS_SCHEMA)
  tenants: 'all' | readonly string[];

  @ApiProperty()
  disabled: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  disabledAt: string | null;

  @ApiProperty({ format: 'date-time', description: 'When the password was last set.' })
  passwordAt: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class UserPage extends Page(UserDto) {}
