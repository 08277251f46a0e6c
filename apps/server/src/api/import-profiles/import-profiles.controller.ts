import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Caller, ImportProfile, ImportProfileId, ImportRunId } from '#domain';
import { ImportProfileRepository } from '#persistence';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { readMapping } from '../imports/read-mapping.js';
import {
  ChangeImportProfileDto,
  CreateImportProfileDto,
  ImportProfileDto,
  ImportProfilePage,
  ImportProfilesQuery,
} from './import-profile.dto.js';
import { ImportProfilesService } from './import-profiles.service.js';

/** Profiles keep how files of one kind are read: the next one needs no word. */
@ApiTags('import-profiles')
@Controller('api/v1/import-profiles')
@RequirePermission('imports.read')
export class ImportProfilesController {
  constructor(
    private readonly profiles: ImportProfilesService,
    private readonly repository: ImportProfileRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listImportProfiles',
    summary: 'List import profiles',
    description: 'Profiles by tenant and name.',
  })
  @ApiOkResponse({ type: ImportProfilePage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: ImportProfilesQuery,
  ): Promise<ImportProfilePage> {
    const { tenant, q } = query;
    const found = (await this.repository.list(caller.tenants)).filter(
      (profile) => (tenant === undefined || profile.tenant === tenant) && mentions(q, profile.name),
    );
    const page = pageInMemory(found, query, {
      name: (profile) => profile.name,
      changedAt: (profile) => profile.changedAt,
    });
    return mapPage(page, profileDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createImportProfile',
    summary: 'Save an import as a profile',
    description:
      'Keeps what a run was told: which column is which, which DPs the values of a column mean, what becomes of rows without a DP. Files of the tenant with the same headings are read by it from now on.',
  })
  @ApiProblems('WRONG_STATE', 'DUPLICATE')
  @RequirePermission('imports.run')
  @CreatedAt('/api/v1/import-profiles/{id}')
  @ApiCreatedResponse({ type: ImportProfileDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() { name, run }: CreateImportProfileDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<ImportProfileDto> {
    return profileDto(await this.profiles.create(caller, { name, run: run as ImportRunId }, creation));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getImportProfile',
    summary: 'Show an import profile',
    description: 'One profile, with its values.',
  })
  @ApiOkResponse({ type: ImportProfileDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ImportProfileDto> {
    return profileDto(await this.profiles.get(caller, id as ImportProfileId));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeImportProfile',
    summary: 'Change an import profile',
    description: 'Changes what the body names; with `run` it takes over what a later import was told.',
  })
  @ApiProblems('WRONG_STATE', 'DUPLICATE')
  @RequirePermission('imports.run')
  @ApiOkResponse({ type: ImportProfileDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { name, run, mapping }: ChangeImportProfileDto,
    @IfMatch() revision: number | null,
  ): Promise<ImportProfileDto> {
    const change = {
      ...(name !== undefined && { name }),
      ...(run !== undefined && { run: run as ImportRunId }),
      ...(mapping !== undefined && { mapping: mapping && readMapping(mapping, 'mapping') }),
    };
    return profileDto(await this.profiles.change(caller, id as ImportProfileId, change, revision));
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteImportProfile',
    summary: 'Delete an import profile',
    description: 'Imports that were read by it stay as they are.',
  })
  @HttpCode(204)
  @RequirePermission('imports.run')
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.profiles.remove(caller, id as ImportProfileId, revision);
  }
}

function profileDto(profile: ImportProfile): ImportProfileDto {
  const { id, tenant, name, headers, columns, mapping, dpFromColumn, withoutDp, revision } = profile;
  return {
    id,
    tenant,
    name,
    headers: [...headers],
    columns,
    mapping: mapping && { column: mapping.column, values: mapping.values.map((value) => ({ ...value })) },
    dpFromColumn,
    withoutDp,
    createdAt: profile.createdAt.toISOString(),
    changedAt: profile.changedAt.toISOString(),
    revision,
  };
}
