import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { Caller, Tenant, TenantId } from '#domain';
import { TenantRepository } from '#persistence';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import { ChangeTenantDto, CreateTenantDto, TenantDto, TenantPage, TenantsQuery } from './tenant.dto.js';
import { TenantsService } from './tenants.service.js';

@ApiTags('tenants')
@Controller('api/v1/tenants')
@RequirePermission('tenants.manage')
export class TenantsController {
  constructor(
    private readonly tenants: TenantsService,
    private readonly repository: TenantRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listTenants',
    summary: 'List tenants',
    description: 'Tenants that the caller may see.',
  })
  @RequirePermission('tenants.read')
  @ApiOkResponse({ type: TenantPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: TenantsQuery): Promise<TenantPage> {
    const found = (await this.repository.list(caller.tenants)).filter(({ id, name }) =>
      mentions(query.q, id, name),
    );
    return mapPage(
      pageInMemory(found, query, { id: (tenant) => tenant.id, name: (tenant) => tenant.name }),
      tenantDto,
    );
  }

  @Post()
  @ApiOperation({
    operationId: 'createTenant',
    summary: 'Create a tenant',
    description: 'The id cannot be changed later.',
  })
  @ApiProblems('DUPLICATE')
  @CreatedAt('/api/v1/tenants/{id}')
  @ApiCreatedResponse({ type: TenantDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() { id, name }: CreateTenantDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<TenantDto> {
    return tenantDto(await this.tenants.create(caller, { id: id as TenantId, name }, creation));
  }

  @Get(':tenant')
  @ApiOperation({
    operationId: 'getTenant',
    summary: 'Show a tenant',
    description: 'One tenant.',
  })
  @RequirePermission('tenants.read')
  @ApiOkResponse({ type: TenantDto })
  async get(@CurrentCaller() caller: Caller, @Param('tenant') tenant: string): Promise<TenantDto> {
    return tenantDto(await this.tenants.get(caller, tenant as TenantId));
  }

  @Patch(':tenant')
  @ApiOperation({
    operationId: 'changeTenant',
    summary: 'Rename a tenant',
    description: 'Changes the name; the id cannot be changed.',
  })
  @ApiOkResponse({ type: TenantDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('tenant') tenant: string,
    @Body() body: ChangeTenantDto,
    @IfMatch() revision: number | null,
  ): Promise<TenantDto> {
    return tenantDto(await this.tenants.rename(caller, tenant as TenantId, body.name, revision));
  }

  @Delete(':tenant')
  @ApiOperation({
    operationId: 'deleteTenant',
    summary: 'Delete a tenant',
    description: 'Deletes a tenant that owns nothing any more.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('tenant') tenant: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.tenants.remove(caller, tenant as TenantId, revision);
  }
}

function tenantDto(tenant: Tenant): TenantDto {
  return {
    id: tenant.id,
    name: tenant.name,
    createdAt: tenant.createdAt.toISOString(),
    revision: tenant.revision,
  };
}
