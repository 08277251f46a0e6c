import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { type Caller, ROLES, type TenantScope, type User } from '#domain';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import type { Plain } from '../../platform/http/plain.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { ChangeUserDto, CreateUserDto, UserDto, UserPage, UsersQuery } from './user.dto.js';
import { UsersService } from './users.service.js';

/** Who may log in. An administrator sees and changes those who may no more than they themselves. */
@ApiTags('users')
@Controller('api/v1/users')
@RequirePermission('users.manage')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @ApiOperation({
    operationId: 'listUsers',
    summary: 'List users',
    description: 'Users whose rights do not exceed those of the caller.',
  })
  @ApiOkResponse({ type: UserPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: UsersQuery): Promise<UserPage> {
    const found = (await this.users.list(caller)).filter(({ name }) => mentions(query.q, name));
    const page = pageInMemory(found, query, {
      user: (user) => user.name.toLowerCase(),
      role: (user) => ROLES.indexOf(user.role),
      createdAt: (user) => user.createdAt,
      passwordAt: (user) => user.passwordAt ?? user.createdAt,
    });
    return mapPage(page, userDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createUser',
    summary: 'Create a user',
    description: 'The user never has more rights than the caller.',
  })
  @ApiProblems('DUPLICATE')
  @CreatedAt('/api/v1/users/{id}')
  @ApiCreatedResponse({ type: UserDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() { user: name, password, role, tenants }: CreateUserDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<UserDto> {
    const wish = { name, password, role, tenants: tenants as TenantScope };
    return userDto(await this.users.create(caller, wish, creation));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getUser',
    summary: 'Show a user',
    description: 'One user.',
  })
  @ApiOkResponse({ type: UserDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<UserDto> {
    return userDto(await this.users.get(caller, id));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeUser',
    summary: 'Change a user',
    description:
      'Changes name, password, role or tenants, or disables the user. A new password logs the user out everywhere.',
  })
  @ApiProblems('DUPLICATE', 'WRONG_STATE')
  @ApiOkResponse({ type: UserDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { user: name, password, role, tenants, disabled }: ChangeUserDto,
    @IfMatch() revision: number | null,
  ): Promise<UserDto> {
    const change = { name, password, role, tenants: tenants as TenantScope | undefined, disabled };
    return userDto(await this.users.change(caller, id, change, revision));
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteUser',
    summary: 'Delete a user',
    description: 'Logs the user out everywhere. The last owner cannot be deleted.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.users.remove(caller, id, revision);
  }
}

function userDto(user: User): Plain<UserDto> {
  return {
    id: user.id,
    user: user.name,
    role: user.role,
    tenants: user.tenants,
    disabled: Boolean(user.disabledAt),
    disabledAt: user.disabledAt?.toISOString() ?? null,
    passwordAt: (user.passwordAt ?? user.createdAt).toISOString(),
    createdAt: user.createdAt.toISOString(),
    revision: user.revision,
  };
}
