import { Body, Controller, Param, Post, Res, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import { DpNames } from '../distribution-points/dp-names.js';
import { ProblemsNameDps } from '../distribution-points/problems-name-dps.interceptor.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { FastifyReply } from 'fastify';
import { type Caller, type ComputerAction, type ComputerId, type ReleaseVersion, SERVER_DP } from '#domain';
import { type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ActionService } from '../../engine/commands/action.service.js';
import { orderDto } from '../orders/order.dto.js';
import { ActionResultDto } from './action-result.dto.js';
import { ComputerActionDto } from './computer-changes.dto.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

/** Actions on computers (R11): directly first, then by the assigned DP. */
@ApiTags('computers')
@Controller('api/v1/computers')
@UseInterceptors(ProblemsNameDps)
@RequirePermission('computers.release')
export class ActionsController {
  constructor(
    private readonly actions: ActionService,
    private readonly audit: AuditService,
    private readonly dpNames: DpNames,
  ) {}

  @Post(':id/actions')
  @ApiOperation({
    operationId: 'startComputerAction',
    summary: 'Start an action on a computer',
    description:
      'Creates an order that restarts a registered computer, reinstalls or uninstalls its client, or probes it. When such an order is open already, the response is that one, with `200`.',
  })
  @ApiProblems('WRONG_STATE', 'DP_NOT_ENABLED', 'NO_ACCOUNT')
  @ApiCreatedResponse({ type: ActionResultDto, description: 'A new order.' })
  @ApiOkResponse({ type: ActionResultDto, description: 'Such an order is open already.' })
  start(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { kind, release, note }: ComputerActionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @RequestLanguage() language: Language,
  ): Promise<ActionResultDto> {
    return this.begin(caller, id, kind as ComputerAction, reply, { release, note }, language);
  }

  @Post(':id/probe')
  @ApiOperation({
    operationId: 'probeComputer',
    summary: 'Probe a computer',
    description:
      'Creates an order that checks whether the computer can be reached and logged in to; nothing on it changes. Also possible before its release.',
  })
  @ApiProblems('WRONG_STATE', 'DP_NOT_ENABLED', 'NO_ACCOUNT')
  @ApiCreatedResponse({ type: ActionResultDto, description: 'A new order.' })
  @ApiOkResponse({ type: ActionResultDto, description: 'A probe is open already.' })
  probe(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @RequestLanguage() language: Language,
  ): Promise<ActionResultDto> {
    return this.begin(caller, id, 'probe', reply, {}, language);
  }

  private async begin(
    caller: Caller,
    id: string,
    action: ComputerAction,
    reply: FastifyReply,
    { release, note }: Pick<ComputerActionDto, 'release' | 'note'>,
    language: Language,
  ): Promise<ActionResultDto> {
    const wish = {
      action,
      release: (release ?? null) as ReleaseVersion | null,
      note: note ?? null,
      retryOf: null,
    };
    const { order, created, message } = await this.actions.start(caller, id as ComputerId, wish);
    if (created) {
      const data = { after: { order: order.id, route: order.route, release: order.release } };
      await this.audit.record(caller, `computer.${action}`, `computer:${id}`, data, order.tenant);
      void reply.status(201).header('location', `/api/v1/orders/${order.id}`);
    } else {
      void reply.status(200);
    }
    const named = await this.dpNames.forTexts([message]);
    const via = order.dp === SERVER_DP ? 'server-dp' : 'dp';
    return { ...orderDto(order), order: order.id, via, message: textIn(language, named(message)) };
  }
}
