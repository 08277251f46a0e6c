import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ColumnValue, ImportRunId } from '#domain';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { pageInMemory } from '../../platform/http/page-in-memory.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { AssignmentExplanationDto, explanationDto } from '../assignment-rules/explanation.dto.js';
import {
  ExplainDpDto,
  ImportValuesPage,
  ImportValuesQuery,
  type ColumnValueDto,
} from './import-assignment.dto.js';
import { ImportDpsService } from './import-dps.service.js';
import { ImportsService } from './imports.service.js';

/** Which DPs the rows of a run get, and why. */
@ApiTags('imports')
@Controller('api/v1/imports')
@RequirePermission('imports.read')
export class ImportAssignmentsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly dps: ImportDpsService,
  ) {}

  @Get(':id/values')
  @ApiOperation({
    operationId: 'listImportValues',
    summary: 'List the values of a column',
    description:
      'Every different value of a column of the file with its number of rows, the DP that it goes to, and for those that go nowhere the one that is likely meant. To be said back as `options.mapping` of `POST /imports/{id}/read`.',
  })
  @ApiOkResponse({ type: ImportValuesPage })
  async values(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ImportValuesQuery,
  ): Promise<ImportValuesPage> {
    const run = await this.imports.get(caller, id as ImportRunId);
    const { column, values, isTruncated } = await this.dps.values(run, query.column ?? null);
    const page = pageInMemory(
      values.map((value, index) => ({ ...value, id: String(index + 1) })),
      query,
    );
    return { column, truncated: isTruncated, ...mapPage(page, valueDto) };
  }

  @Post(':id/explain-dp')
  @ApiOperation({
    operationId: 'explainImportDp',
    summary: 'Explain the DP of a row',
    description:
      'All that may choose the DP of a row, in the order in which they are asked, with the reason of each: for a row of the run by its line, or for a line that the file could have. By the rules as they are now; changes nothing.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: AssignmentExplanationDto })
  async explain(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { row, line }: ExplainDpDto,
    @RequestLanguage() language: Language,
  ): Promise<AssignmentExplanationDto> {
    const run = await this.imports.get(caller, id as ImportRunId);
    return explanationDto(await this.dps.explain(run, { row: row ?? null, line: line ?? null }), language);
  }
}

function valueDto({ value, rows, target, dp, by, suggestion }: ColumnValue): ColumnValueDto {
  return {
    value,
    rows,
    target,
    dp,
    by,
    suggestion: suggestion && { dp: suggestion.id, name: suggestion.name },
  };
}
