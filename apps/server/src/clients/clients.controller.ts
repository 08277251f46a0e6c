import { Body, Controller, Headers, HttpCode, Ip, Post } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { ContactAnswer, ContactRequest, RegisterAnswer, RegisterRequest } from '#contract';
import { contactRequest, registerRequest } from '#contract';
import { DomainError } from '#domain';
import { Public } from '../access/needs.js';
import { ClientsService } from './clients.service.js';

/** The client API (admin-api.md): for clients that reach the server; the gateway serves the same for those that do not. */
@ApiTags('client')
@Controller('client/v1')
@Public()
export class ClientsController {
  constructor(private readonly clients: ClientsService) {}

  /** Registers an installed client with its one-time token. */
  @Post('register')
  @RouteSchema({ body: registerRequest.schema })
  @ApiBody({ schema: registerRequest.schema as object })
  @ApiCreatedResponse({ description: 'Registered; the same answer when the registration is repeated.' })
  register(@Body() body: RegisterRequest, @Ip() address: string): Promise<RegisterAnswer> {
    return this.clients.registerDirectly(body, address, new Date());
  }

  /** A contact of a registered client: its boot id, version and location. */
  @Post('contact')
  @HttpCode(200)
  @RouteSchema({ body: contactRequest.schema })
  @ApiBearerAuth()
  @ApiBody({ schema: contactRequest.schema as object })
  @ApiOkResponse({ description: 'What the client is to do next.' })
  contact(
    @Body() body: ContactRequest,
    @Ip() address: string,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<ContactAnswer> {
    const secret = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (!secret) throw new DomainError('UNAUTHENTICATED', 'The client secret is missing.');
    return this.clients.contactDirectly(secret, body, address, new Date());
  }
}
