import { Body, Controller, HttpCode, Ip, Post, Res, UseGuards } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { agentInfoOf, pollRequest, type PollAnswer, type PollRequest } from '#contract';
import { RateLimits } from '../http/rate-limits.js';
import { CurrentDp, DpGuard, type CallingDp } from '../identity/dp.guard.js';
import { PollsService } from './polls.service.js';
import { HeartbeatsSender } from './heartbeats-sender.js';

@ApiTags('dp')
@ApiBearerAuth()
@Controller('dp/v1')
@UseGuards(DpGuard)
export class PollsController {
  constructor(
    private readonly polls: PollsService,
    private readonly sightings: HeartbeatsSender,
    private readonly limits: RateLimits,
  ) {}

  /** Asks for orders; with `wait` the answer comes as soon as there is something. */
  @Post('poll')
  @HttpCode(200)
  @RouteSchema({ body: pollRequest.schema })
  @ApiBody({ schema: pollRequest.schema as object })
  @ApiOkResponse({ description: 'Orders, what to stop, and when to ask again.' })
  async poll(
    @CurrentDp() { identity }: CallingDp,
    @Body() body: PollRequest,
    @Ip() address: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PollAnswer> {
    await this.limits.admit('poll', identity.dp);
    const seen = this.sightings.begin({
      dp: identity.dp,
      address,
      running: body.running.length,
      agent: body.agent ? agentInfoOf(body.agent) : undefined,
      pollInterval: identity.settings.pollInterval,
    });
    try {
      return await this.polls.answer(identity, body, (gone) => {
        reply.raw.once('close', () => {
          if (!reply.raw.writableFinished) gone();
        });
      });
    } finally {
      seen.end();
    }
  }
}
