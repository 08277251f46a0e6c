import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { transportOf, type Directory, type DirectoryId, type TenantId } from '#domain';
import { DirectoryRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { IfMatch } from '../http/if-match.js';
import { mapPage } from '../http/page.dto.js';
import { mentions, pageInMemory } from '../http/page-in-memory.js';
import { Directories } from './directories.service.js';
import {
  ChangeDirectoryDto,
  CreateDirectoryDto,
  DirectoriesQuery,
  DirectoryDto,
  DirectoryPage,
  DirectoryTestDto,
} from './directory.dto.js';
import { Importers } from './importers.js';

@ApiTags('directories')
@Controller('api/v1/directories')
@Needs('directories.manage')
export class DirectoriesController {
  constructor(
    private readonly directories: Directories,
    private readonly repository: DirectoryRepository,
    private readonly importers: Importers,
  ) {}

  @Get()
  @Needs('directories.read')
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

  /** The bind password is sealed to the importers' key at once; nobody can read it again. */
  @Post()
  @CreatedAt('/api/v1/directories/{id}')
  @ApiCreatedResponse({ type: DirectoryDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateDirectoryDto,
    @CurrentCreation() creation: Creation,
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
  @Needs('directories.read')
  @ApiOkResponse({ type: DirectoryDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DirectoryDto> {
    return directoryDto(await this.directories.get(caller, id as DirectoryId));
  }

  /** A new `url` or `startTls` needs the password again: it is sealed for the place it was entered for. */
  @Patch(':id')
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
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.directories.remove(caller, id as DirectoryId, revision);
  }

  /** Goes the way of an import step by step, up to counting the computers; changes nothing. */
  @Post(':id/test')
  @HttpCode(200)
  @ApiOkResponse({ type: DirectoryTestDto })
  async test(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DirectoryTestDto> {
    const directory = await this.directories.get(caller, id as DirectoryId);
    const { steps, count } = await this.importers.test(directory.id);
    return { ok: steps.every(({ ok }) => ok !== false), steps, count };
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
