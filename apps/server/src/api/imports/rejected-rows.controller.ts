import { Readable } from 'node:stream';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, type ImportRow, type ImportRunId, rejectedCsv } from '#domain';
import { ImportRowRepository } from '#persistence';
import { type Language, LANGUAGES, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { csvContentType, encodedCsv } from './encoded-csv.js';
import { ImportsService } from './imports.service.js';

/** Rows read at a time. */
const BATCH = 1000;

/** What an import did not take, as a file that can be mended and imported again. */
@ApiTags('imports')
@Controller('api/v1/imports')
export class RejectedRowsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly rows: ImportRowRepository,
  ) {}

  @Get(':id/rejected.csv')
  @ApiOperation({
    operationId: 'exportRejectedRows',
    summary: 'Export the rejected rows as CSV',
    description:
      'The rows that preview or commit rejected, as they were in the file, with the reason in a further column; in the delimiter and the encoding of the file (`charset`), for directories in UTF-8.',
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
    const encoding = run.detected?.encoding ?? 'utf-8';
    const text = rejectedCsv(run, this.rejectedRows(run.id), (stored) => textIn(language, stored));
    await reply
      .type(csvContentType(encoding))
      .header('content-disposition', `attachment; filename="rejected-${run.id}.csv"`)
      .send(Readable.from(encodedCsv(text, encoding), { objectMode: false }));
  }

  private async *rejectedRows(run: ImportRunId): AsyncGenerator<ImportRow> {
    let after = 0;
    for (;;) {
      const rows = await this.rows.rejected(run, after, BATCH);
      yield* rows;
      if (rows.length < BATCH) return;
      after = rows.at(-1)?.line ?? after;
    }
  }
}
