import { Body, Controller, Headers, HttpCode, Ip, Post } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  contactRequest,
  idOfToken,
  registerRequest,
  RPC,
  type ContactAnswer,
  type ContactRequest,
  type RegisterAnswer,
  type RegisterRequest,
} from '#contract';
import { DomainError } from '#domain';
import { bearerToken } from '#http';
import { sha256 } from '#sealing';
import { RateLimits } from '../http/rate-limits.js';
import { ServerCalls } from '../server-calls/server-calls.js';

/** The client API for clients that cannot reach the server; passed on to it. */
@ApiTags('client')
@Controller('client/v1')
export class ClientsController {
  constructor(
    private readonly server: ServerCalls,
    private readonly limits: RateLimits,
  ) {}

  /** Registers an installed client with its one-time token. */
  @Post('register')
  @RouteSchema({ body: registerRequest.schema })
  @ApiBody({ schema: registerRequest.schema as object })
  @ApiCreatedResponse({ description: 'Registered; the same answer when the registration is repeated.' })
  async register(@Body() body: RegisterRequest, @Ip() address: string): Promise<RegisterAnswer> {
    await this.limits.admit('register', address);
    const { token, ...rest } = body;
    const order = idOfToken(token);
    if (order === null) throw new DomainError('UNAUTHENTICATED', 'registration.tokenInvalid');
    const call = { ...rest, order, tokenHash: sha256(token), address };
    return this.server.call(RPC.register, call);
  }

  /** A contact of a registered client. */
  @Post('contact')
  @HttpCode(200)
  @ApiBearerAuth()
  @RouteSchema({ body: contactRequest.schema })
  @ApiBody({ schema: contactRequest.schema as object })
  @ApiOkResponse({ description: 'What the client is to do next.' })
  async contact(
    @Body() body: ContactRequest,
    @Ip() address: string,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<ContactAnswer> {
    await this.limits.admit('contact', address);
    const secret = bearerToken(authorization);
    const computer = secret === undefined ? null : idOfToken(secret);
    if (secret === undefined || computer === null) {
      throw new DomainError('UNAUTHENTICATED', 'client.secretInvalid');
    }
    const call = { ...body, computer, secretHash: sha256(secret), address };
    return this.server.call(RPC.contact, call);
  }
}
