import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Tenant, TenantId } from '#domain';
import { TenantRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { IfMatch } from '../http/if-match.js';
import { mapPage } from '../http/page.dto.js';
import { mentions, pageInMemory } from '../http/page-in-memory.js';
import { ChangeTenantDto, CreateTenantDto, TenantDto, TenantPage, TenantsQuery } from './tenant.dto.js';
import { Tenants } from './tenants.service.js';

@ApiTags('tenants')
@Controller('api/v1/tenants')
@Needs('tenants.manage')
export class TenantsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly repository: TenantRepository,
  ) {}

  @Get()
  @Needs('tenants.read')
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
  @CreatedAt('/api/v1/tenants/{id}')
  @ApiCreatedResponse({ type: TenantDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() { id, name }: CreateTenantDto,
    @CurrentCreation() creation: Creation,
  ): Promise<TenantDto> {
    return tenantDto(await this.tenants.create(caller, { id: id as TenantId, name }, creation));
  }

  @Get(':tenant')
  @Needs('tenants.read')
  @ApiOkResponse({ type: TenantDto })
  async get(@CurrentCaller() caller: Caller, @Param('tenant') tenant: string): Promise<TenantDto> {
    return tenantDto(await this.tenants.get(caller, tenant as TenantId));
  }

  @Patch(':tenant')
  @ApiOkResponse({ type: TenantDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('tenant') tenant: string,
    @Body() body: ChangeTenantDto,
    @IfMatch() revision: number | null,
  ): Promise<TenantDto> {
    return tenantDto(await this.tenants.rename(caller, tenant as TenantId, body.name, revision));
  }

  /** Deletes a tenant that owns nothing any more. */
  @Delete(':tenant')
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
