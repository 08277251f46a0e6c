import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { type Caller, type Directory, type DirectoryId, type TenantId, transportOf } from '#domain';
import { DirectoryRepository } from '#persistence';
import { isTextKey, type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import { DirectoriesService } from './directories.service.js';
import {
  ChangeDirectoryDto,
  CreateDirectoryDto,
  DirectoriesQuery,
  DirectoryDto,
  DirectoryPage,
  DirectoryTestDto,
} from './directory.dto.js';
import { Importers } from './importers.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

@ApiTags('directories')
@Controller('api/v1/directories')
@RequirePermission('directories.manage')
export class DirectoriesController {
  constructor(
    private readonly directories: DirectoriesService,
    private readonly repository: DirectoryRepository,
    private readonly importers: Importers,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listDirectories',
    summary: 'List directories',
    description: 'Directories that computers are imported from, without their bind passwords.',
  })
  @RequirePermission('directories.read')
  @ApiOkResponse({ type: DirectoryPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: DirectoriesQuery): Promise<DirectoryPage> {
    const { tenant, q } = query;
    const found = (await this.repository.list(caller.tenants)).filter(
      (directory) =>
        (tenant === undefined || directory.tenant === tenant) && mentions(q, directory.name, directory.url),
    );
    const page = pageInMemory(found, query, {
      name: (directory) => directory.name,
      createdAt: (directory) => directory.createdAt,
    });
    return mapPage(page, directoryDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createDirectory',
    summary: 'Store a directory',
    description:
      'Seals the bind password to the key of the importers; nobody can read it again. An importer has to be running.',
  })
  @ApiProblems('DUPLICATE')
  @CreatedAt('/api/v1/directories/{id}')
  @ApiCreatedResponse({ type: DirectoryDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateDirectoryDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<DirectoryDto> {
    const { name, tenant, url, startTls, allowPlain, caPem, bindDn, bindPassword, bases, filter } = body;
    const wish = {
      name,
      tenant: tenant as TenantId,
      url,
      startTls: startTls ?? false,
      allowPlain: allowPlain ?? false,
      caPem: caPem || null,
      bindDn,
      bindPassword,
      bases,
      filter: filter || null,
    };
    return directoryDto(await this.directories.create(caller, wish, creation));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getDirectory',
    summary: 'Show a directory',
    description: 'One directory, without its bind password.',
  })
  @RequirePermission('directories.read')
  @ApiOkResponse({ type: DirectoryDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DirectoryDto> {
    return directoryDto(await this.directories.get(caller, id as DirectoryId));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeDirectory',
    summary: 'Change a directory',
    description:
      'Changes what the body names. A new `url` or `startTls` needs the bind password once more: it is sealed for the address it was entered for.',
  })
  @ApiProblems('DUPLICATE')
  @ApiOkResponse({ type: DirectoryDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeDirectoryDto,
    @IfMatch() revision: number | null,
  ): Promise<DirectoryDto> {
    const { name, url, startTls, allowPlain, caPem, bindDn, bindPassword, bases, filter } = body;
    const change = {
      name,
      url,
      startTls,
      allowPlain,
      caPem: caPem === '' ? null : caPem,
      bindDn,
      bindPassword,
      bases,
      filter: filter === '' ? null : filter,
    };
    return directoryDto(await this.directories.change(caller, id as DirectoryId, change, revision));
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteDirectory',
    summary: 'Delete a directory',
    description: 'Computers that were imported from it stay.',
  })
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.directories.remove(caller, id as DirectoryId, revision);
  }

  @Post(':id/test')
  @ApiOperation({
    operationId: 'testDirectory',
    summary: 'Test a directory',
    description:
      'Goes through the steps of an import up to counting the computers: resolve, connect, tls, bind, search, count. Changes nothing.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: DirectoryTestDto })
  async test(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<DirectoryTestDto> {
    const directory = await this.directories.get(caller, id as DirectoryId);
    const { steps, count } = await this.importers.test(directory.id);
    return {
      ok: steps.every(({ ok }) => ok !== false),
      steps: steps.map(({ key, params = {}, text, ...step }) => ({
        ...step,
        text: isTextKey(key) ? textIn(language, { key, params }) : text,
      })),
      count,
    };
  }
}

function directoryDto(directory: Directory): DirectoryDto {
  const { id, name, tenant, url, startTls, allowPlain, caPem, bindDn, bases, filter } = directory;
  const { sealedPassword, createdAt, revision } = directory;
  return {
    id,
    name,
    tenant,
    url,
    startTls,
    allowPlain,
    transport: transportOf(directory),
    caPem,
    bindDn,
    keyId: sealedPassword.keyId,
    bases: [...bases],
    filter,
    createdAt: createdAt.toISOString(),
    revision,
  };
}
