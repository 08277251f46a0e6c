import { Body, Controller, HttpCode, Ip, Post, Res, UseGuards } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { agentInfoOf, pollRequest, type PollAnswer, type PollRequest, type SignedOrder } from '#contract';
import { openSpan } from '#runtime';
import { RateLimits } from '../http/rate-limits.js';
import { callerKey } from '../identity/identity-cache.js';
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
    await this.limits.admit('poll', callerKey(identity));
    const seen = this.sightings.begin({
      dp: identity.dp,
      machine: identity.machine,
      address,
      running: body.running.length,
      agent: body.agent ? agentInfoOf(body.agent) : undefined,
      pollInterval: identity.settings.pollInterval,
    });
    try {
      const answer = await this.polls.answer(identity, body, (gone) => {
        reply.raw.once('close', () => {
          if (!reply.raw.writableFinished) gone();
        });
      });
      for (const { order } of answer.orders) traceHandOver(order, reply);
      return answer;
    } finally {
      seen.end();
    }
  }
}

/** From the server's answer until the DP's connection has taken the order. */
function traceHandOver({ order, dp, fence, traceparent }: SignedOrder['order'], reply: FastifyReply): void {
  if (traceparent === undefined) return;
  const span = openSpan('hand over', () => ({
    from: traceparent,
    attributes: { 'relaypoint.order': order, 'relaypoint.dp': dp, 'relaypoint.fence': fence },
  }));
  if (!span) return;
  reply.raw.once('close', () => span.end(reply.raw.writableFinished ? undefined : 'connection lost'));
}
