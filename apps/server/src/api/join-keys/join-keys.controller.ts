import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Caller, JoinKey, TenantId } from '#domain';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { OmitOnReplay } from '../../platform/http/idempotency.interceptor.js';
import { ListQuery } from '../../platform/http/list-query.dto.js';
import { pageInMemory } from '../../platform/http/page-in-memory.js';
import { mapPage } from '../../platform/http/page.dto.js';
import type { Plain } from '../../platform/http/plain.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { InstallPlacesService } from '../distribution-points/install-places.service.js';
import { installLines } from '../distribution-points/join-token.js';
import { CreatedJoinKeyDto, CreateJoinKeyDto, JoinKeyDto, JoinKeyPage } from './join-key.dto.js';
import { JoinKeysService } from './join-keys.service.js';

@ApiTags('distribution-points')
@Controller('api/v1/join-keys')
@RequirePermission('dps.manage')
export class JoinKeysController {
  constructor(
    private readonly keys: JoinKeysService,
    private readonly places: InstallPlacesService,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listJoinKeys',
    summary: 'List keys for many DPs',
    description: 'Keys without their secrets, with the DPs that have joined by each.',
  })
  @ApiOkResponse({ type: JoinKeyPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: ListQuery): Promise<JoinKeyPage> {
    return mapPage(pageInMemory(await this.keys.list(caller), query), joinKeyDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createJoinKey',
    summary: 'Create a key for many DPs',
    description:
      'Machines that have the key join as DPs under names that fit its pattern; the DPs are made as they join. The key is in this response only; the server keeps its SHA-256.',
  })
  @CreatedAt('/api/v1/join-keys/{id}')
  @OmitOnReplay('key', 'installLines')
  @ApiCreatedResponse({ type: CreatedJoinKeyDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateJoinKeyDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<CreatedJoinKeyDto> {
    const { label, tenant, pattern, uses, enableWithin = [], expiresAt } = body;
    const wish = {
      label,
      tenant: tenant as TenantId | null,
      pattern,
      uses,
      enableWithin,
      expiresAt: new Date(expiresAt),
    };
    const { key, stored } = await this.keys.create(caller, wish, creation);
    return {
      ...joinKeyDto(stored),
      key,
      installLines: installLines(await this.places.get(), `--key ${key}`),
    };
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getJoinKey',
    summary: 'Show a key for many DPs',
    description: 'One key without its secret.',
  })
  @ApiOkResponse({ type: JoinKeyDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<JoinKeyDto> {
    return joinKeyDto(await this.keys.get(caller, id));
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteJoinKey',
    summary: 'Revoke a key for many DPs',
    description: 'Nothing joins by it any more. DPs that have joined by it stay as they are.',
  })
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.keys.remove(caller, id);
  }
}

function joinKeyDto(key: JoinKey): Plain<JoinKeyDto> {
  const { id, label, tenant, pattern, uses, usedBy, enableWithin, createdBy } = key;
  return {
    id,
    label,
    tenant,
    pattern,
    uses,
    usedBy,
    enableWithin,
    createdBy,
    expiresAt: key.expiresAt.toISOString(),
    createdAt: key.createdAt.toISOString(),
  };
}
