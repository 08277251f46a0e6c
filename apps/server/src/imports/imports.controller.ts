import { Readable } from 'node:stream';
import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiProduces,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  rejectedCsv,
  type DirectoryId,
  type DpId,
  type ImportOptions,
  type ImportRow,
  type ImportRunId,
  type ImportVerdict,
  type RowOutcome,
  type TenantId,
} from '#domain';
import { ImportRowRepository, ImportRunRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { AcceptedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { SLUG_RULE } from '../http/fields.js';
import { mapPage } from '../http/page.dto.js';
import { pageRequest } from '../http/page-request.js';
import { TakesUpload, type UploadRequest } from '../http/upload.interceptor.js';
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
import { Imports } from './imports.service.js';

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
};

/** Rows read at a time for an export. */
const EXPORT_BATCH = 1000;

@ApiTags('imports')
@ApiExtraModels(CreateImportDto, ImportOptionsDto)
@Controller('api/v1/imports')
@Needs('imports.run')
export class ImportsController {
  constructor(
    private readonly imports: Imports,
    private readonly runs: ImportRunRepository,
    private readonly rows: ImportRowRepository,
  ) {}

  @Get()
  @Needs('imports.read')
  @ApiOkResponse({ type: ImportPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: ImportsQuery): Promise<ImportPage> {
    const filter = query.tenant === undefined ? {} : { tenant: query.tenant as TenantId };
    return mapPage(await this.runs.list(caller.tenants, filter, pageRequest(query)), importRunDto);
  }

  /** Begins an import: the file or the directory is read, and previewed row by row. Nothing is written before the commit. */
  @Post()
  @AcceptedAt('/api/v1/imports/{id}')
  @TakesUpload({ jsonFields: ['options'] })
  @ApiConsumes('multipart/form-data', 'application/json')
  @ApiBody({ schema: IMPORT_FORM })
  @ApiAcceptedResponse({ type: ImportRunDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateImportDto,
    @Req() { upload }: UploadRequest,
    @CurrentCreation() creation: Creation,
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
    return importRunDto(await this.imports.create(caller, wish, creation));
  }

  @Get(':id')
  @Needs('imports.read')
  @ApiOkResponse({ type: ImportRunDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ImportRunDto> {
    return importRunDto(await this.imports.get(caller, id as ImportRunId));
  }

  /** The preview, row by row. */
  @Get(':id/rows')
  @Needs('imports.read')
  @ApiOkResponse({ type: ImportRowPage })
  async preview(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ImportRowsQuery,
  ): Promise<ImportRowPage> {
    const run = await this.imports.get(caller, id as ImportRunId);
    const filter = {
      ...(query.verdict !== undefined && { verdict: query.verdict as ImportVerdict }),
      ...(query.outcome !== undefined && { outcome: query.outcome as RowOutcome }),
      ...(query.warned !== undefined && { warned: query.warned }),
    };
    return mapPage(await this.rows.list(run.id, filter, pageRequest(query)), importRowDto);
  }

  /** The rows that the preview or the commit rejected, as they were, with the reason in a further column. */
  @Get(':id/rejected.csv')
  @Needs('imports.read')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async rejected(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const run = await this.imports.get(caller, id as ImportRunId);
    await reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="rejected-${run.id}.csv"`)
      .send(Readable.from(rejectedCsv(run, this.rejectedRows(run.id))));
  }

  /** Writes what the preview shows: new computers and changed inventory. */
  @Post(':id/commit')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  @ApiBody({ type: CommitImportDto, required: false })
  async commit(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: CommitImportDto,
  ): Promise<ImportRunDto> {
    return importRunDto(await this.imports.commit(caller, id as ImportRunId, body.confirmDrop ?? false));
  }

  /** Throws a preview away. */
  @Post(':id/discard')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  async discard(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ImportRunDto> {
    return importRunDto(await this.imports.discard(caller, id as ImportRunId));
  }

  /** Deletes what this run created and nobody released; counts what it kept and why. */
  @Post(':id/undo')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  async undo(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ImportRunDto> {
    return importRunDto(await this.imports.undo(caller, id as ImportRunId));
  }

  /** Reads the same upload again with other options, such as which column is which. */
  @Post(':id/read')
  @AcceptedAt('/api/v1/imports/{id}')
  @ApiAcceptedResponse({ type: ImportRunDto })
  async readAgain(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ReadAgainDto,
  ): Promise<ImportRunDto> {
    const options = importOptions(plain(body.options));
    return importRunDto(await this.imports.readAgain(caller, id as ImportRunId, options));
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
