import { type Caller, invalid } from '#domain';
import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AuditRepository, type AuditFilter } from '#persistence';
import { textIn, type Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { sortOf } from '../../platform/http/list-query.dto.js';
import { pageRequest } from '../../platform/http/page-request.js';
import { AuditCsvQuery, AuditFilterQuery, AuditPage, AuditQuery } from './audit.dto.js';
import { AuditNames, namesIn } from './audit-names.js';
import { auditTargetName, auditText } from './audit-text.js';
import { auditCsv, auditEntryDto, auditLines } from './audit-export.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

const CSV_EXAMPLE =
  'at,who,address,action,target,tenant,data\r\n2026-05-04T08:00:00.000Z,admin,192.0.2.10,dp.enabled,dp:north,default,{}\r\n';
const NDJSON_EXAMPLE = '{"at":"2026-05-04T08:00:00.000Z","action":"dp.enabled","target":"dp:north"}\n';

/** Entries that belong to no tenant are for those who see all tenants, here and in the exports. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(
    private readonly entries: AuditRepository,
    private readonly names: AuditNames,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listAuditEntries',
    summary: 'List audit entries',
    description:
      'Who did what, newest first. Entries that belong to no tenant are for callers who see all tenants. With a filter they are sorted by `at` only.',
  })
  @RequirePermission('audit.read')
  @ApiOkResponse({ type: AuditPage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: AuditQuery,
    @RequestLanguage() language: Language,
  ): Promise<AuditPage> {
    const filter = filterOf(query);
    assertSortable(filter, query);
    const page = await this.entries.list(caller.tenants, filter, pageRequest(query));
    const names = await this.names.of(caller, page.items);
    return mapPage(page, (entry) => {
      const targetName = auditTargetName(entry, names.get(entry.target));
      const said = textIn(language, auditText(entry, targetName));
      const told = namesIn(entry, names);
      const isNamed = Object.keys(told).length > 0;
      return { ...auditEntryDto(entry), targetName, text: said, ...(isNamed && { names: told }) };
    });
  }

  @Get('export.csv')
  @ApiOperation({
    operationId: 'exportAuditCsv',
    summary: 'Export the audit log as CSV',
    description: 'Every entry that the list would show, as one CSV file with a header row.',
  })
  @RequirePermission('audit.read')
  @ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string' }, example: CSV_EXAMPLE } } })
  async csv(
    @CurrentCaller() caller: Caller,
    @Query() query: AuditCsvQuery,
    @Res() reply: FastifyReply,
    @RequestLanguage() language: Language,
  ): Promise<void> {
    const entries = this.entries.stream(caller.tenants, filterOf(query));
    await send(reply, 'text/csv; charset=utf-8', 'audit.csv', auditCsv(entries, language));
  }

  @Get('export.ndjson')
  @ApiOperation({
    operationId: 'exportAuditNdjson',
    summary: 'Export the audit log as JSON lines',
    description: 'Every entry that the list would show, one JSON object per line.',
  })
  @RequirePermission('audit.read')
  @ApiOkResponse({
    content: { 'application/x-ndjson': { schema: { type: 'string' }, example: NDJSON_EXAMPLE } },
  })
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

/** What is narrowed has an index by time only: by another field all that is left would be read for each page. */
function assertSortable(filter: AuditFilter, { sort }: AuditQuery): void {
  const isNarrowed = Object.values(filter).some((value) => value !== undefined);
  if (!isNarrowed || sortOf(sort).every(({ field }) => field === 'at')) return;
  throw invalid([{ path: 'sort', code: 'sort', key: 'fault.sortUnfiltered', params: { fields: 'at' } }]);
}
