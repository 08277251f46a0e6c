import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SERVER_DP, type ComputerAction, type ComputerId, type ReleaseVersion } from '#domain';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { AuditService } from '../audit/audit.service.js';
import { ActionService } from '../orders/action.service.js';
import { orderDto } from '../orders/order.dto.js';
import { ActionResultDto } from './action-result.dto.js';
import { ComputerActionDto } from './computer-changes.dto.js';

/** Actions on computers (R11): directly first, then by the assigned DP. */
@ApiTags('computers')
@Controller('api/v1/computers')
@Needs('computers.release')
export class ActionsController {
  constructor(
    private readonly actions: ActionService,
    private readonly audit: AuditService,
  ) {}

  /** Restarts a registered computer, installs its client again, uninstalls it, or looks whether it can be reached. */
  @Post(':id/actions')
  @ApiCreatedResponse({ type: ActionResultDto, description: 'A new order.' })
  @ApiOkResponse({ type: ActionResultDto, description: 'Such an order is open already.' })
  start(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { kind, release, note }: ComputerActionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ActionResultDto> {
    return this.begin(caller, id, kind as ComputerAction, reply, { release, note });
  }

  /** Looks whether a computer can be reached, before its release too; changes nothing. */
  @Post(':id/probe')
  @ApiCreatedResponse({ type: ActionResultDto, description: 'A new order.' })
  @ApiOkResponse({ type: ActionResultDto, description: 'A probe is open already.' })
  probe(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ActionResultDto> {
    return this.begin(caller, id, 'probe', reply, {});
  }

  private async begin(
    caller: Caller,
    id: string,
    action: ComputerAction,
    reply: FastifyReply,
    { release, note }: Pick<ComputerActionDto, 'release' | 'note'>,
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
    const via = order.dp === SERVER_DP ? 'server-dp' : 'dp';
    return { ...orderDto(order), order: order.id, via, message };
  }
}
