import { Readable } from 'node:stream';
import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiQuery,
  ApiTags,
  getSchemaPath,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { FastifyReply } from 'fastify';
import {
  type Caller,
  type DirectoryId,
  type DpId,
  type ImportOptions,
  type ImportRow,
  type ImportRunId,
  type ImportVerdict,
  rejectedCsv,
  type RowOutcome,
  type TenantId,
} from '#domain';
import { ImportRowRepository, ImportRunRepository } from '#persistence';
import { type Language, LANGUAGES, textIn } from '#texts';
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
  ImportOptionsDto,
  ImportRowsQuery,
  ImportsQuery,
  ReadAgainDto,
} from './import.dto.js';
import { ImportsService } from './imports.service.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

const IMPORT_FORM = {
  type: 'object',
  required: ['source', 'tenant', 'file'],
  additionalProperties: false,
  properties: {
    source: { type: 'string', enum: ['csv'] },
    tenant: { type: 'string', pattern: SLUG_RULE.pattern, maxLength: 40 },
    dp: { type: 'string', description: 'For rows that name none; empty: no DP.' },
    file: { type: 'string', format: 'binary' },
    options: { allOf: [{ $ref: getSchemaPath(ImportOptionsDto) }], description: 'As JSON.' },
  },
  example: { source: 'csv', tenant: 'default', dp: 'north', file: 'name,address\nPC-017,10.1.2.3\n' },
};

/** Rows read at a time for an export. */
const EXPORT_BATCH = 1000;

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
    return importRunDto(await this.imports.get(caller, id as ImportRunId), language);
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
    };
    return mapPage(await this.rows.list(run.id, filter, pageRequest(query)), (row) =>
      importRowDto(row, language),
    );
  }

  @Get(':id/rejected.csv')
  @ApiOperation({
    operationId: 'exportRejectedRows',
    summary: 'Export the rejected rows as CSV',
    description:
      'The rows that preview or commit rejected, as they were in the file, with the reason in a further column.',
  })
  @RequirePermission('imports.read')
  @ApiQuery({
    name: 'lang',
    required: false,
    enum: LANGUAGES,
    description: 'Language of the reasons; else Accept-Language decides.',
  })
  @ApiOkResponse({
    content: {
      'text/csv': {
        schema: { type: 'string' },
        example: 'name,address,reason\r\n,10.1.2.9,The name is missing.\r\n',
      },
    },
  })
  async rejected(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
    @RequestLanguage() language: Language,
  ): Promise<void> {
    const run = await this.imports.get(caller, id as ImportRunId);
    await reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="rejected-${run.id}.csv"`)
      .send(Readable.from(rejectedCsv(run, this.rejectedRows(run.id), (text) => textIn(language, text))));
  }

  @Post(':id/commit')
  @ApiOperation({
    operationId: 'commitImport',
    summary: 'Commit an import',
    description: 'Writes what the preview shows. Watch the run until its state is `committed`.',
  })
  @ApiProblems('WRONG_STATE')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  @ApiBody({ type: CommitImportDto, required: false })
  async commit(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: CommitImportDto,
    @RequestLanguage() language: Language,
  ): Promise<ImportRunDto> {
    return importRunDto(
      await this.imports.commit(caller, id as ImportRunId, body.confirmDrop ?? false),
      language,
    );
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

  private async *rejectedRows(run: ImportRunId): AsyncGenerator<ImportRow> {
    let after = 0;
    for (;;) {
      const rows = await this.rows.rejected(run, after, EXPORT_BATCH);
      yield* rows;
      if (rows.length < EXPORT_BATCH) return;
      after = rows.at(-1)?.line ?? after;
    }
  }
}

function plain(options: ImportOptionsDto): ImportOptions {
  return Object.fromEntries(Object.entries(options));
}

/** Without fields that were left out. */
function importOptions(options: ImportOptions): ImportOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
