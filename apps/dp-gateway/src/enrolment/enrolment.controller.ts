import { Body, Controller, Ip, Post, UseGuards } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import {
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
import { QUEUES, RpcClient } from '#messaging';
import { sha256 } from '#sealing';
import { RateLimits } from '../http/rate-limits.js';
import { CurrentDp, DpGuard, type CallingDp } from '../identity/dp.guard.js';

/** A DP's first contact, and its new keys later. */
@ApiTags('dp')
@Controller('dp/v1')
export class EnrolmentController {
  constructor(
    private readonly rpc: RpcClient,
    private readonly limits: RateLimits,
  ) {}

  /** Enrols a machine with a join token; repeated with the same keys, it gets the same answer. */
  @Post('enrol')
  @RouteSchema({ body: enrolRequest.schema })
  @ApiBody({ schema: enrolRequest.schema as object })
  @ApiCreatedResponse({ description: 'Enrolled; an administrator enables it next.' })
  enrol(@Body() body: EnrolRequest, @Ip() address: string): Promise<EnrolAnswer> {
    this.limits.admit('enrol', address);
    const { joinToken, ...rest } = body;
    const dp = idOfToken(joinToken);
    if (dp === null) throw new DomainError('UNAUTHENTICATED', 'The join token is not valid.');
    // The token itself stays here: only its digest crosses the broker
    return this.rpc.call<EnrolAnswer>(QUEUES.rpc, RPC.enrol, {
      ...rest,
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
    return this.rpc.call<KeysAnswer>(QUEUES.rpc, RPC.keys, { ...body, dp: identity.dp, jti: token.jti });
  }
}
