import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, computersCsv } from '#domain';
import { ComputerRepository } from '#persistence';
import { type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { ComputersCsvQuery, csvColumns } from './computer-query.dto.js';
import { computerFilter } from './computer-view.js';

@ApiTags('computers')
@Controller('api/v1/computers')
export class ComputerExportController {
  constructor(private readonly computers: ComputerRepository) {}

  @Get('export.csv')
  @ApiOperation({
    operationId: 'exportComputers',
    summary: 'Export computers as CSV',
    description:
      'Every computer that the list would show, by name, as one CSV file (UTF-8 with BOM, semicolons) that can be imported again; with `columns` those only.',
  })
  @RequirePermission('computers.read')
  @ApiOkResponse({
    content: {
      'text/csv': {
        schema: { type: 'string' },
        example: 'Computer name;FQDN;IP address;DP\r\nPC-017;pc-017.example.org;10.1.2.3;north\r\n',
      },
    },
  })
  async csv(
    @CurrentCaller() caller: Caller,
    @Query() query: ComputersCsvQuery,
    @RequestLanguage() language: Language,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const columns = query.columns === undefined ? undefined : (csvColumns(query.columns) ?? undefined);
    const found = this.computers.stream(caller.tenants, computerFilter(query));
    await reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="computers.csv"')
      .send(Readable.from(computersCsv(found, (text) => textIn(language, text), columns)));
  }
}
