import { Body, Controller, Ip, Post, UseGuards } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import {
  agentInfoOf,
  enrolRequest,
  idOfToken,
  keysRequest,
  RPC,
  type EnrolAnswer,
  type EnrolRequest,
  type KeysAnswer,
  type KeysRequest,
} from '#contract';
import { DomainError } from '#domain';
import { sha256 } from '#sealing';
import { RateLimits } from '../http/rate-limits.js';
import { CurrentDp, DpGuard, type CallingDp } from '../identity/dp.guard.js';
import { ServerCalls } from '../server-calls/server-calls.js';

/** A DP's first contact, and its new keys later. */
@ApiTags('dp')
@Controller('dp/v1')
export class EnrolmentController {
  constructor(
    private readonly server: ServerCalls,
    private readonly limits: RateLimits,
  ) {}

  /** Enrols a machine with a join token; repeated with the same keys, it gets the same answer. */
  @Post('enrol')
  @RouteSchema({ body: enrolRequest.schema })
  @ApiBody({ schema: enrolRequest.schema as object })
  @ApiCreatedResponse({ description: 'Enrolled; an administrator enables it next.' })
  async enrol(@Body() body: EnrolRequest, @Ip() address: string): Promise<EnrolAnswer> {
    await this.limits.admit('enrol', address);
    const { joinToken, agent, ...rest } = body;
    const dp = idOfToken(joinToken);
    if (dp === null) throw new DomainError('UNAUTHENTICATED', 'dp.joinTokenInvalid');
    // The token itself stays here: only its digest crosses the broker
    return this.server.call(RPC.enrol, {
      ...rest,
      agent: agentInfoOf(agent),
      dp,
      tokenHash: sha256(joinToken),
      address,
    });
  }

  /** Replaces the DP's keys; the request is signed with the old ones. */
  @Post('keys')
  @UseGuards(DpGuard)
  @ApiBearerAuth()
  @RouteSchema({ body: keysRequest.schema })
  @ApiBody({ schema: keysRequest.schema as object })
  @ApiCreatedResponse({ description: 'The new keys count from now on.' })
  keys(@CurrentDp() { identity, token }: CallingDp, @Body() body: KeysRequest): Promise<KeysAnswer> {
    return this.server.call(RPC.keys, { ...body, dp: identity.dp, jti: token.jti });
  }
}
