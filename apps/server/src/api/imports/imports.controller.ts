import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiTags,
  getSchemaPath,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import {
  type AssignmentRuleId,
  type Caller,
  type Chooser,
  decisionsOf,
  type DirectoryId,
  type DpId,
  type ImportOptions,
  type ImportProfileId,
  type ImportRunId,
  type ImportVerdict,
  type RowOutcome,
  type TenantId,
  undecidedOf,
} from '#domain';
import { ImportRowRepository, ImportRunRepository } from '#persistence';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { AcceptedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { SLUG_RULE } from '../../platform/http/fields.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { pageRequest } from '../../platform/http/page-request.js';
import { TakesUpload, type UploadRequest } from '../../platform/http/upload.interceptor.js';
import { ImportPage, ImportRowPage, ImportRunDto } from './import-run.dto.js';
import { importRowDto, importRunDto } from './import-view.js';
import {
  CommitImportDto,
  CreateImportDto,
  DecideImportDto,
  ImportOptionsDto,
  ImportRowsQuery,
  ImportsQuery,
  ReadAgainDto,
} from './import.dto.js';
import { ImportsService } from './imports.service.js';
import { readMapping } from './read-mapping.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

const IMPORT_FORM = {
  type: 'object',
  required: ['source', 'tenant', 'file'],
  additionalProperties: false,
  properties: {
    source: { type: 'string', enum: ['csv'] },
    tenant: { type: 'string', pattern: SLUG_RULE.pattern, maxLength: 40 },
    dp: { type: 'string', description: 'For rows for which nothing else chooses one; empty: no DP.' },
    file: { type: 'string', format: 'binary' },
    options: { allOf: [{ $ref: getSchemaPath(ImportOptionsDto) }], description: 'As JSON.' },
  },
  example: { source: 'csv', tenant: 'default', dp: 'north', file: 'name,address\nPC-017,10.1.2.3\n' },
};

@ApiTags('imports')
@ApiExtraModels(CreateImportDto, ImportOptionsDto)
@Controller('api/v1/imports')
@RequirePermission('imports.run')
export class ImportsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly runs: ImportRunRepository,
    private readonly rows: ImportRowRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listImports',
    summary: 'List imports',
    description: 'Import runs, newest first.',
  })
  @RequirePermission('imports.read')
  @ApiOkResponse({ type: ImportPage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: ImportsQuery,
    @RequestLanguage() language: Language,
  ): Promise<ImportPage> {
    const filter = query.tenant === undefined ? {} : { tenant: query.tenant as TenantId };
    return mapPage(await this.runs.list(caller.tenants, filter, pageRequest(query)), (run) =>
      importRunDto(run, language),
    );
  }

  @Post()
  @ApiOperation({
    operationId: 'createImport',
    summary: 'Start an import',
    description:
      'Reads a CSV file (as a form) or a directory (as JSON) and previews it row by row. Watch the run until its state is `previewed`; nothing is written before the commit.',
  })
  @AcceptedAt('/api/v1/imports/{id}')
  @TakesUpload({ jsonFields: ['options'] })
  @ApiConsumes('multipart/form-data', 'application/json')
  @ApiBody({ schema: IMPORT_FORM })
  @ApiAcceptedResponse({ type: ImportRunDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateImportDto,
    @Req() { upload }: UploadRequest,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
    @RequestLanguage() language: Language,
  ): Promise<ImportRunDto> {
    const { source, tenant, dp, directory, base, filter, options } = body;
    const wish = {
      source,
      tenant: tenant as TenantId,
      dp: (dp ?? null) as DpId | null,
      directory: (directory ?? null) as DirectoryId | null,
      upload: upload ?? null,
      options: importOptions({
        ...(options && plain(options)),
        ...(base !== undefined && { bases: [base] }),
        ...(filter !== undefined && { filter }),
      }),
    };
    return importRunDto(await this.imports.create(caller, wish, creation), language);
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getImport',
    summary: 'Show an import',
    description: 'One import run, with its counts, its progress and what was detected.',
  })
  @RequirePermission('imports.read')
  @ApiOkResponse({ type: ImportRunDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<ImportRunDto> {
    const run = await this.imports.get(caller, id as ImportRunId);
    return importRunDto(run, language, await this.imports.isOvertaken(run));
  }

  @Get(':id/rows')
  @ApiOperation({
    operationId: 'listImportRows',
    summary: 'List the rows of an import',
    description: 'The preview, row by row, with the verdict and its reasons.',
  })
  @RequirePermission('imports.read')
  @ApiOkResponse({ type: ImportRowPage })
  async preview(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ImportRowsQuery,
    @RequestLanguage() language: Language,
  ): Promise<ImportRowPage> {
    const run = await this.imports.get(caller, id as ImportRunId);
    const filter = {
      ...(query.verdict !== undefined && { verdict: query.verdict as ImportVerdict }),
      ...(query.outcome !== undefined && { outcome: query.outcome as RowOutcome }),
      ...(query.warned !== undefined && { warned: query.warned }),
      ...(query.chosenBy !== undefined && { chosenBy: query.chosenBy as Chooser }),
      ...(query.rule !== undefined && { rule: query.rule as AssignmentRuleId }),
    };
    if (query.undecided && undecidedOf(run) === 0) return { items: [], next: null, total: 0 };
    const namesakes = { but: (run.decisions?.lines ?? []).map(({ line }) => line) };
    const wanted = query.undecided ? { ...filter, namesakes } : filter;
    const decisionOf = decisionsOf(run);
    return mapPage(await this.rows.list(run.id, wanted, pageRequest(query)), (row) =>
      importRowDto(row, decisionOf(row), language),
    );
  }

  @Post(':id/commit')
  @ApiOperation({
    operationId: 'commitImport',
    summary: 'Commit an import',
    description:
      'Writes what the preview shows. Watch the run until its state is `committed`. Refused while new rows have no DP and nobody has said what becomes of them.',
  })
  @ApiProblems('WRONG_STATE', 'DP_UNDECIDED', 'ASSIGNMENT_CHANGED')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  @ApiBody({ type: CommitImportDto, required: false })
  async commit(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: CommitImportDto,
    @RequestLanguage() language: Language,
  ): Promise<ImportRunDto> {
    const { confirmDrop = false, confirmAssignment = false, withoutDp, undecided } = body;
    const consent = {
      confirmDrop,
      confirmAssignment,
      ...(withoutDp && { withoutDp }),
      ...(undecided && { undecided }),
    };
    return importRunDto(await this.imports.commit(caller, id as ImportRunId, consent), language);
  }

  @Post(':id/decide')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'decideImportRows',
    summary: 'Decide on rows with the name of another computer',
    description:
      'Whether rows that have the name of a known computer, or of an earlier row, are about the same computer or about another one. The commit leaves out those that nobody has decided on.',
  })
  @ApiProblems('WRONG_STATE')
  @ApiOkResponse({ type: ImportRunDto })
  async decide(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: DecideImportDto,
    @RequestLanguage() language: Language,
  ): Promise<ImportRunDto> {
    const run = await this.imports.decide(caller, id as ImportRunId, body.decision, body.lines ?? null);
    return importRunDto(run, language);
  }

  @Post(':id/discard')
  @ApiOperation({
    operationId: 'discardImport',
    summary: 'Discard a preview',
    description: 'Nothing of it is written.',
  })
  @ApiProblems('WRONG_STATE')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  async discard(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<ImportRunDto> {
    return importRunDto(await this.imports.discard(caller, id as ImportRunId), language);
  }

  @Post(':id/undo')
  @ApiOperation({
    operationId: 'undoImport',
    summary: 'Undo an import',
    description:
      'Deletes the computers that this run created and nobody has released since; counts those it keeps, with the reason.',
  })
  @ApiProblems('WRONG_STATE')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  async undo(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<ImportRunDto> {
    return importRunDto(await this.imports.undo(caller, id as ImportRunId), language);
  }

  @Post(':id/read')
  @ApiOperation({
    operationId: 'rereadImport',
    summary: 'Re-read an import with other options',
    description:
      'Reads the same upload again, for instance with another column mapping, without sending it once more.',
  })
  @ApiProblems('WRONG_STATE')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  async readAgain(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ReadAgainDto,
    @RequestLanguage() language: Language,
  ): Promise<ImportRunDto> {
    const options = importOptions(plain(body.options));
    return importRunDto(await this.imports.readAgain(caller, id as ImportRunId, options), language);
  }
}

function plain(options: ImportOptionsDto): ImportOptions {
  const { mapping, profile, ...rest } = options;
  return {
    ...Object.fromEntries(Object.entries(rest)),
    ...(mapping && { mapping: readMapping(mapping, 'options.mapping') }),
    ...(profile !== undefined && { profile: profile as ImportProfileId | null }),
  };
}

/** Without fields that were left out. */
function importOptions(options: ImportOptions): ImportOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
