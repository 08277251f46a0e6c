import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import type { ApiToken, Caller, TenantScope } from '#domain';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { OmitOnReplay } from '../../platform/http/idempotency.interceptor.js';
import { ListQuery } from '../../platform/http/list-query.dto.js';
import { mapPage } from '../../platform/http/page.dto.js';
import type { Plain } from '../../platform/http/plain.js';
import { pageInMemory } from '../../platform/http/page-in-memory.js';
import { ApiTokenDto, ApiTokenPage, CreateApiTokenDto, CreatedApiTokenDto } from './api-token.dto.js';
import { ApiTokensService } from './api-tokens.service.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';

@ApiTags('api-tokens')
@Controller('api/v1/api-tokens')
@RequirePermission('api-tokens.manage')
export class ApiTokensController {
  constructor(private readonly tokens: ApiTokensService) {}

  @Get()
  @ApiOperation({
    operationId: 'listApiTokens',
    summary: 'List API tokens',
    description: 'API tokens without their secrets, with the time of their last use.',
  })
  @ApiOkResponse({ type: ApiTokenPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: ListQuery): Promise<ApiTokenPage> {
    return mapPage(pageInMemory(await this.tokens.list(caller), query), tokenDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createApiToken',
    summary: 'Create an API token',
    description:
      'The token is in this response only; the server keeps its SHA-256. It never has more rights than the caller.',
  })
  @CreatedAt('/api/v1/api-tokens/{id}')
  @OmitOnReplay('token')
  @ApiCreatedResponse({ type: CreatedApiTokenDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateApiTokenDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
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
  @ApiOperation({
    operationId: 'deleteApiToken',
    summary: 'Delete an API token',
    description: 'The token stops working at once.',
  })
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
