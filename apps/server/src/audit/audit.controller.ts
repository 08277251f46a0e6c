import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AuditRepository, type AuditFilter } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { mapPage } from '../http/page.dto.js';
import { pageRequest } from '../http/page-request.js';
import { AuditFilterQuery, AuditPage, AuditQuery } from './audit.dto.js';
import { auditCsv, auditEntryDto, auditLines } from './audit-export.js';

/** Entries that belong to no tenant are for those who see all tenants, here and in the exports. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly entries: AuditRepository) {}

  /** Newest first. Entries that belong to no tenant are for those who see all tenants. */
  @Get()
  @Needs('audit.read')
  @ApiOkResponse({ type: AuditPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: AuditQuery): Promise<AuditPage> {
    return mapPage(
      await this.entries.list(caller.tenants, filterOf(query), pageRequest(query)),
      auditEntryDto,
    );
  }

  /** All entries that the list would show, for spreadsheets. */
  @Get('export.csv')
  @Needs('audit.read')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async csv(
    @CurrentCaller() caller: Caller,
    @Query() query: AuditFilterQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const entries = this.entries.stream(caller.tenants, filterOf(query));
    await send(reply, 'text/csv; charset=utf-8', 'audit.csv', auditCsv(entries));
  }

  /** All entries that the list would show, as JSON lines, for programs that keep them elsewhere. */
  @Get('export.ndjson')
  @Needs('audit.read')
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  async ndjson(
    @CurrentCaller() caller: Caller,
    @Query() query: AuditFilterQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const entries = this.entries.stream(caller.tenants, filterOf(query));
    await send(reply, 'application/x-ndjson', 'audit.ndjson', auditLines(entries));
  }
}

async function send(
  reply: FastifyReply,
  type: string,
  name: string,
  lines: AsyncGenerator<string>,
): Promise<void> {
  await reply
    .type(type)
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(Readable.from(lines));
}

function filterOf({ action, target, who, since, until }: AuditFilterQuery): AuditFilter {
  return {
    ...(action !== undefined && { action }),
    ...(target !== undefined && { target }),
    ...(who !== undefined && { who }),
    ...(since !== undefined && { since: new Date(since) }),
    ...(until !== undefined && { until: new Date(until) }),
  };
}
