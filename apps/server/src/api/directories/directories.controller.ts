import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import {
  type Caller,
  type Directory,
  type DirectoryId,
  type DirectorySync,
  type DpId,
  invalid,
  newDirectorySync,
  RELEASES_PER_HOUR,
  type TenantId,
  transportOf,
} from '#domain';
import { DirectoryRepository, DirectorySyncRepository } from '#persistence';
import { currentTime } from '#runtime';
import { isTextKey, type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { AcceptedAt, CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import { DirectoriesService, type DirectoryChange } from './directories.service.js';
import {
  ChangeDirectoryDto,
  CreateDirectoryDto,
  DirectoriesQuery,
  DirectoryDto,
  DirectoryPage,
  DirectoryTestDto,
} from './directory.dto.js';
import {
  AskSyncDto,
  DirectoryHistoryDto,
  directoryHistoryDto,
  DirectorySyncDto,
  directorySyncDto,
  scheduleFaults,
  scheduleOf,
} from './directory-sync.dto.js';
import { Importers } from './importers.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

@ApiTags('directories')
@Controller('api/v1/directories')
@RequirePermission('directories.manage')
export class DirectoriesController {
  constructor(
    private readonly directories: DirectoriesService,
    private readonly repository: DirectoryRepository,
    private readonly syncs: DirectorySyncRepository,
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
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: DirectoriesQuery,
    @RequestLanguage() language: Language,
  ): Promise<DirectoryPage> {
    const { tenant, q } = query;
    const found = (await this.repository.list(caller.tenants)).filter(
      (directory) =>
        (tenant === undefined || directory.tenant === tenant) && mentions(q, directory.name, directory.url),
    );
    const page = pageInMemory(found, query, {
      name: (directory) => directory.name,
      createdAt: (directory) => directory.createdAt,
    });
    const syncs = new Map((await this.syncs.list(caller.tenants)).map((sync) => [sync.id, sync]));
    return mapPage(page, (directory) => directoryDto(directory, syncs.get(directory.id) ?? null, language));
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
    @RequestLanguage() language: Language,
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
      ...standing(body),
    };
    return this.shown(await this.directories.create(caller, wish, creation), language);
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getDirectory',
    summary: 'Show a directory',
    description: 'One directory, without its bind password.',
  })
  @RequirePermission('directories.read')
  @ApiOkResponse({ type: DirectoryDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<DirectoryDto> {
    return this.shown(await this.directories.get(caller, id as DirectoryId), language);
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
    @RequestLanguage() language: Language,
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
      ...standing(body),
    };
    return this.shown(await this.directories.change(caller, id as DirectoryId, change, revision), language);
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
    const { steps, count, samples = [] } = await this.importers.test(directory.id);
    return {
      ok: steps.every(({ ok }) => ok !== false),
      steps: steps.map(({ key, params = {}, text, ...step }) => ({
        ...step,
        text: isTextKey(key) ? textIn(language, { key, params }) : text,
      })),
      count,
      samples,
    };
  }

  @Get(':id/sync')
  @ApiOperation({
    operationId: 'getDirectorySync',
    summary: 'Show how a directory is synced',
    description:
      'What its syncs have done, newest first, and the computers that the directory no longer has. Without a schedule, as long as nobody has asked for a sync, there is nothing: both are empty.',
  })
  @RequirePermission('directories.read')
  @ApiOkResponse({ type: DirectoryHistoryDto })
  async history(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<DirectoryHistoryDto> {
    const directory = await this.directories.get(caller, id as DirectoryId);
    const sync = await this.syncs.findById(caller.tenants, directory.id);
    return directoryHistoryDto(sync ?? newDirectorySync(directory, currentTime()), language);
  }

  @Post(':id/sync')
  @ApiOperation({
    operationId: 'syncDirectory',
    summary: 'Sync a directory now',
    description:
      'Reads it as its schedule would, and follows its policy; while a run is under way, once more after it. Without a schedule as well.',
  })
  @RequirePermission('imports.run')
  @AcceptedAt('/api/v1/directories/{id}/sync')
  @ApiAcceptedResponse({ type: DirectorySyncDto })
  async sync(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: AskSyncDto,
    @RequestLanguage() language: Language,
  ): Promise<DirectorySyncDto> {
    const sync = await this.directories.sync(caller, id as DirectoryId, body.full ?? false);
    return directorySyncDto(sync, language);
  }

  private async shown(directory: Directory, language: Language): Promise<DirectoryDto> {
    return directoryDto(directory, await this.syncs.findById('all', directory.id), language);
  }
}

/** What a body says of the schedule and what follows from it. @throws DomainError VALIDATION_FAILED */
function standing(
  body: ChangeDirectoryDto,
): Pick<DirectoryChange, 'schedule' | 'policy' | 'releasesPerHour' | 'dp' | 'options'> {
  const { schedule, policy, releasesPerHour, dp, options } = body;
  const faults = schedule ? scheduleFaults(schedule) : [];
  if (faults.length > 0) throw invalid(faults);
  return {
    schedule: schedule ? scheduleOf(schedule) : schedule,
    policy,
    releasesPerHour,
    dp: dp as DpId | null | undefined,
    options: options && { ...options },
  };
}

function directoryDto(directory: Directory, sync: DirectorySync | null, language: Language): DirectoryDto {
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
    schedule: directory.schedule ?? null,
    policy: directory.policy ?? 'preview',
    releasesPerHour: directory.releasesPerHour ?? RELEASES_PER_HOUR,
    dp: directory.dp ?? null,
    options: directory.options ?? {},
    sync: sync && directorySyncDto(sync, language),
    createdAt: createdAt.toISOString(),
    revision,
  };
}
