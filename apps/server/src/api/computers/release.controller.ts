import { Body, Controller, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { type Caller, type ComputerId, DomainError, invalid, type ReleaseVersion } from '#domain';
import { type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { OrderCommandsService } from '../../engine/commands/order-commands.service.js';
import { DpNames, type NameDps } from '../distribution-points/dp-names.js';
import { ProblemsNameDps } from '../distribution-points/problems-name-dps.interceptor.js';
import {
  ReleaseComputersDto,
  ReleaseResultDto,
  ReleaseResultsDto,
  ReleaseWishDto,
} from './computer-changes.dto.js';
import { computerFilter } from './computer-view.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import type { ReleaseResult } from '../../engine/commands/release-decision.js';

/** Releasing [Freigeben]: nothing is installed before an administrator says so (R3, R4). */
@ApiTags('computers')
@Controller('api/v1/computers')
@UseInterceptors(ProblemsNameDps)
@RequirePermission('computers.release')
export class ReleaseController {
  constructor(
    private readonly orders: OrderCommandsService,
    private readonly audit: AuditService,
    private readonly dpNames: DpNames,
  ) {}

  @Post('release')
  @ApiOperation({
    operationId: 'releaseComputers',
    summary: 'Release computers',
    description:
      'Creates an install order for each computer, by id or by filter, up to 10,000. Each has its own result; one that is refused does not stop the others.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: ReleaseResultsDto })
  async release(
    @CurrentCaller() caller: Caller,
    @Body() body: ReleaseComputersDto,
    @RequestLanguage() language: Language,
  ): Promise<ReleaseResultsDto> {
    const { computers, filter } = body;
    if ((computers === undefined) === (filter === undefined)) {
      throw invalid([{ path: 'computers', code: 'either', key: 'fault.computersOrFilter' }]);
    }
    const { orders, results, counts } = await this.orders.release(caller, {
      ...(computers && { computers: computers as ComputerId[] }),
      ...(filter && { filter: computerFilter(filter) }),
      ...wish(body),
    });
    const released = orders.map(({ computer, tenant }) => ({ id: computer, tenant }));
    const data = { after: { ...wish(body), filter: filter ?? null } };
    await this.audit.recordMany(caller, 'computers.released', 'computer', released, data);
    const named = await this.dpNames.forTexts(results.map(({ message }) => message));
    return { counts, results: results.map((one) => resultDto(one, named, language)) };
  }

  @Post(':id/release')
  @ApiOperation({
    operationId: 'releaseComputer',
    summary: 'Release a computer',
    description: 'Creates an install order for the computer.',
  })
  @ApiProblems('WRONG_STATE', 'DP_NOT_ENABLED', 'NO_ACCOUNT')
  @HttpCode(200)
  @ApiOkResponse({ type: ReleaseResultDto })
  @ApiBody({ type: ReleaseWishDto, required: false })
  async releaseOne(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ReleaseWishDto,
    @RequestLanguage() language: Language,
  ): Promise<ReleaseResultDto> {
    const { results, orders } = await this.orders.release(caller, {
      computers: [id as ComputerId],
      ...wish(body),
    });
    const [result] = results;
    if (!result) throw new DomainError('NOT_FOUND', 'notFound.computer');
    if (result.code) throw new DomainError(result.code, result.message.key, result.message.params);
    for (const { id: order, computer, tenant, release, notBefore } of orders) {
      const data = { after: { order, release, notBefore } };
      await this.audit.record(caller, 'computer.released', `computer:${computer}`, data, tenant);
    }
    return resultDto(result, await this.dpNames.forTexts([result.message]), language);
  }
}

function resultDto(result: ReleaseResult, named: NameDps, language: Language): ReleaseResultDto {
  return { ...result, message: textIn(language, named(result.message)) };
}

function wish({ release, notBefore, note }: ReleaseWishDto): {
  release: ReleaseVersion | null;
  notBefore: Date | null;
  note: string | null;
} {
  return {
    release: (release ?? null) as ReleaseVersion | null,
    notBefore: notBefore ? new Date(notBefore) : null,
    note: note ?? null,
  };
}
