import { Body, Controller, HttpCode, Ip, Post, UseGuards } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  agentInfoOf,
  enrolRequest,
  idOfToken,
  keysRequest,
  type ProofAnswer,
  proofRequest,
  type ProofRequest,
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
    return this.limits.admitEnrolment(address, async () => {
      const { joinToken, agent, dp: name, ...rest } = body;
      const id = idOfToken(joinToken);
      if (id === null) throw new DomainError('UNAUTHENTICATED', 'dp.joinTokenInvalid');
      // The token itself stays here: only its digest crosses the broker
      return this.server.call(RPC.enrol, {
        ...rest,
        agent: agentInfoOf(agent),
        // who shows a key for many says which one it wants to be
        ...(typeof name === 'string' ? { dp: name, key: id } : { dp: id }),
        tokenHash: sha256(joinToken),
        address,
      });
    });
  }

  /** Has the server sign a nonce: what a DP, or whoever wants to become one, tells a gateway by from what stands in its place. */
  @Post('proof')
  @HttpCode(200)
  @RouteSchema({ body: proofRequest.schema })
  @ApiBody({ schema: proofRequest.schema as object })
  @ApiOkResponse({ description: "The nonce with the server's time, signed by its key." })
  async proof(@Body() body: ProofRequest, @Ip() address: string): Promise<ProofAnswer> {
    await this.limits.admit('install', address);
    return this.server.call(RPC.proof, body);
  }

  /** Replaces the DP's keys; the request is signed with the old ones. */
  @Post('keys')
  @UseGuards(DpGuard)
  @ApiBearerAuth()
  @RouteSchema({ body: keysRequest.schema })
  @ApiBody({ schema: keysRequest.schema as object })
  @ApiCreatedResponse({ description: 'The new keys count from now on.' })
  keys(@CurrentDp() { identity, token }: CallingDp, @Body() body: KeysRequest): Promise<KeysAnswer> {
    const { dp, machine } = identity;
    const who = { dp, ...(machine !== undefined && { machine }) };
    return this.server.call(RPC.keys, { ...body, ...who, jti: token.jti });
  }
}
