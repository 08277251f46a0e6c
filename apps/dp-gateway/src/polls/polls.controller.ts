import { Body, Controller, HttpCode, Ip, Post, Res, UseGuards } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { pollRequest, type PollAnswer, type PollRequest } from '#contract';
import { RateLimits } from '../http/rate-limits.js';
import { CurrentDp, DpGuard, type CallingDp } from '../identity/dp.guard.js';
import { Polls } from './polls.service.js';
import { SightingsSender } from './sightings-sender.js';

@ApiTags('dp')
@ApiBearerAuth()
@Controller('dp/v1')
@UseGuards(DpGuard)
export class PollsController {
  constructor(
    private readonly polls: Polls,
    private readonly sightings: SightingsSender,
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
    this.limits.admit('poll', identity.dp);
    const seen = this.sightings.begin(identity.dp, address, body.running.length, body.agent);
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
