import { Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, DpId } from '#domain';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { OmitOnReplay } from '../../platform/http/idempotency.interceptor.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { JoinableDistributionPointDto } from './distribution-point.dto.js';
import { DistributionPointsService } from './distribution-points.service.js';
import { JoinableViews, SHOWN_ONCE } from './joinable-views.js';

/** The two machines of a DP that is a pair (docs/install-dp.md). */
@ApiTags('distribution-points')
@Controller('api/v1/distribution-points/:dp/machines')
@RequirePermission('dps.manage')
export class MachinesController {
  constructor(
    private readonly dps: DistributionPointsService,
    private readonly joinables: JoinableViews,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'addDistributionPointMachine',
    summary: 'Add a second machine to a distribution point',
    description:
      'Creates a join token with which another machine joins beside the one that is there. Both take orders from the one queue. Enable it with its `keyFingerprint`, then enter the accounts again that `accountsToEnter` names. Token and command are in this response only; the token before it stops working.',
  })
  @ApiProblems('WRONG_STATE')
  @CreatedAt('/api/v1/distribution-points/{dp}')
  @OmitOnReplay(...SHOWN_ONCE)
  @ApiCreatedResponse({ type: JoinableDistributionPointDto })
  async add(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @RequestLanguage() language: Language,
  ): Promise<JoinableDistributionPointDto> {
    return this.joinables.show(caller, await this.dps.inviteSecond(caller, dp as DpId), language);
  }

  @Delete(':machine')
  @ApiOperation({
    operationId: 'removeDistributionPointMachine',
    summary: 'Remove one of two machines of a distribution point',
    description:
      'Its keys stop working within a second; the other machine goes on and finishes what it had. The only machine of a DP cannot be removed: disable or delete the DP.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Param('machine') machine: string,
  ): Promise<void> {
    return this.dps.removeMachine(caller, dp as DpId, machine);
  }
}
