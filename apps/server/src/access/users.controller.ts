import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ROLES, type TenantScope, type User } from '#domain';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { IfMatch } from '../http/if-match.js';
import { mapPage } from '../http/page.dto.js';
import { mentions, pageInMemory } from '../http/page-in-memory.js';
import type { Plain } from '../http/plain.js';
import { CurrentCaller, type Caller } from './caller.js';
import { Needs } from './needs.js';
import { ChangeUserDto, CreateUserDto, UserDto, UserPage, UsersQuery } from './user.dto.js';
import { Users } from './users.service.js';

/** Who may log in. An administrator sees and changes those who may no more than they themselves. */
@ApiTags('users')
@Controller('api/v1/users')
@Needs('users.manage')
export class UsersController {
  constructor(private readonly users: Users) {}

  @Get()
  @ApiOkResponse({ type: UserPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: UsersQuery): Promise<UserPage> {
    const found = (await this.users.list(caller)).filter(({ name }) => mentions(query.q, name));
    const page = pageInMemory(found, query, {
      user: (user) => user.name.toLowerCase(),
      role: (user) => ROLES.indexOf(user.role),
      createdAt: (user) => user.createdAt,
    });
    return mapPage(page, userDto);
  }

  @Post()
  @CreatedAt('/api/v1/users/{id}')
  @ApiCreatedResponse({ type: UserDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() { user: name, password, role, tenants }: CreateUserDto,
    @CurrentCreation() creation: Creation,
  ): Promise<UserDto> {
    const wish = { name, password, role, tenants: tenants as TenantScope };
    return userDto(await this.users.create(caller, wish, creation));
  }

  @Get(':id')
  @ApiOkResponse({ type: UserDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<UserDto> {
    return userDto(await this.users.get(caller, id));
  }

  /** Changes name, password, role or tenants, or keeps the user from logging in. */
  @Patch(':id')
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
