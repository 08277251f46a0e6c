import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { ApiToken, TenantScope } from '#domain';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { ShownOnce } from '../http/idempotency.interceptor.js';
import { ListQuery } from '../http/list-query.dto.js';
import { mapPage } from '../http/page.dto.js';
import type { Plain } from '../http/plain.js';
import { pageInMemory } from '../http/page-in-memory.js';
import { ApiTokenDto, ApiTokenPage, CreateApiTokenDto, CreatedApiTokenDto } from './api-tokens.dto.js';
import { ApiTokens } from './api-tokens.service.js';
import { CurrentCaller, type Caller } from './caller.js';
import { Needs } from './needs.js';

@ApiTags('api-tokens')
@Controller('api/v1/api-tokens')
@Needs('api-tokens.manage')
export class ApiTokensController {
  constructor(private readonly tokens: ApiTokens) {}

  @Get()
  @ApiOkResponse({ type: ApiTokenPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: ListQuery): Promise<ApiTokenPage> {
    return mapPage(pageInMemory(await this.tokens.list(caller), query), tokenDto);
  }

  /** Makes a token; it is shown in this answer and never again. */
  @Post()
  @CreatedAt('/api/v1/api-tokens/{id}')
  @ShownOnce('token')
  @ApiCreatedResponse({ type: CreatedApiTokenDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateApiTokenDto,
    @CurrentCreation() creation: Creation,
  ): Promise<CreatedApiTokenDto> {
    const { label, role, tenants, expiresAt } = body;
    const wish = {
      label,
      role,
      tenants: tenants as TenantScope,
      expiresAt: expiresAt ? new Date(expiresAt) : null,
    };
    const { token, stored } = await this.tokens.create(caller, wish, creation);
    return { ...tokenDto(stored), token };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.tokens.remove(caller, id);
  }
}

function tokenDto(token: ApiToken): Plain<ApiTokenDto> {
  return {
    id: token.id,
    label: token.label,
    role: token.role,
    tenants: token.tenants,
    expiresAt: token.expiresAt?.toISOString() ?? null,
    createdAt: token.createdAt.toISOString(),
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  };
}
