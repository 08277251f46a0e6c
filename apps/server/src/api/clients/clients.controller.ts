import { Body, Controller, Headers, HttpCode, Ip, Post } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { ContactAnswer, ContactRequest, RegisterAnswer, RegisterRequest } from '#contract';
import { contactRequest, registerRequest } from '#contract';
import { DomainError } from '#domain';
import { bearerToken } from '#http';
import { currentTime } from '#runtime';
import { Public } from '../../platform/auth/require-permission.js';
import { ContactAnswerDto, RegisterAnswerDto } from './client-answers.dto.js';
import { RegistrationService } from '../../engine/registration/registration.service.js';

const CONTACT: ContactRequest = {
  version: '1.4.0',
  bootId: '6f0d1f5e-3c69-4a0e-9b1b-0f6f1b7c2d11',
  restartRequired: false,
  location: {
    addresses: ['10.1.2.3/24'],
    gateway: { ip: '10.1.2.1', mac: '00:00:5e:00:53:01' },
    dnsSuffix: 'north.example.com',
    adSite: 'North',
  },
};
const REGISTRATION: RegisterRequest = {
  ...CONTACT,
  token: '0198c0de-0004-7000-8000-000000000004.Jm9sYpWc1k6nq3pXk2JtY7b0sVx4dLr8uQeT5hGfZzA',
  name: 'PC-017',
  fqdn: 'pc-017.north.example.com',
  os: 'Debian GNU/Linux 12',
};

/** The client API (admin-api.md): for clients that reach the server; the gateway serves the same for those that do not. */
@ApiTags('client')
@Controller('client/v1')
@Public()
export class ClientsController {
  constructor(private readonly clients: RegistrationService) {}

  @Post('register')
  @ApiOperation({
    operationId: 'registerClient',
    summary: 'Register a client',
    description:
      'An installed client registers with its one-time token. The same registration sent again gets the same response.',
  })
  @ApiProblems('REGISTER_MISMATCH', 'REGISTER_TOKEN_SPENT', 'WRONG_STATE')
  @RouteSchema({ body: registerRequest.schema })
  @ApiBody({ schema: { ...registerRequest.schema, example: REGISTRATION } })
  @ApiCreatedResponse({
    type: RegisterAnswerDto,
    description: 'Registered; the same answer when the registration is repeated.',
  })
  register(@Body() body: RegisterRequest, @Ip() address: string): Promise<RegisterAnswer> {
    return this.clients.registerDirectly(body, address, currentTime());
  }

  @Post('contact')
  @ApiOperation({
    operationId: 'contactServer',
    summary: 'Report a contact',
    description: 'A registered client says that it is there, where it is, and whether it needs a restart.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @RouteSchema({ body: contactRequest.schema })
  @ApiBearerAuth('clientSecret')
  @ApiBody({ schema: { ...contactRequest.schema, example: CONTACT } })
  @ApiOkResponse({ type: ContactAnswerDto, description: 'What the client is to do next.' })
  contact(
    @Body() body: ContactRequest,
    @Ip() address: string,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<ContactAnswer> {
    const secret = bearerToken(authorization);
    if (!secret) throw new DomainError('UNAUTHENTICATED', 'client.secretMissing');
    return this.clients.contactDirectly(secret, body, address, currentTime());
  }
}
