import { Body, Controller, Delete, Get, HttpCode, Inject, Ip, Post, Put, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, DomainError } from '#domain';
import { AuditService } from '../../platform/audit/audit.service.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { auditTenant } from '../../platform/auth/permission-policy.js';
import { RequirePermission, Public } from '../../platform/auth/require-permission.js';
import { ChangePasswordDto, LoginDto, SessionDto } from './session.dto.js';
import { SESSION_COOKIE, Sessions } from '../../platform/auth/sessions.js';

/** The console's login. Scripts use API tokens instead. */
@ApiTags('session')
@Controller('api/v1/session')
export class SessionController {
  constructor(
    private readonly sessions: Sessions,
    private readonly audit: AuditService,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'logIn',
    summary: 'Log in',
    description: 'Sets the session cookie of the console. Scripts use an API token instead.',
  })
  @ApiProblems('RATE_LIMITED')
  @Public()
  @CreatedAt('/api/v1/session')
  @ApiCreatedResponse({ type: SessionDto })
  async logIn(
    @Body() body: LoginDto,
    @Ip() address: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    const { secret, caller } = await this.sessions.logIn(body.user, body.password, address, new Date());
    await this.audit.record(caller, 'session.login', caller.id, {}, auditTenant(caller));
    void reply.setCookie(SESSION_COOKIE, secret, this.cookieOptions());
    return sessionDto(caller);
  }

  @Get()
  @ApiOperation({
    operationId: 'getSession',
    summary: 'Show who is logged in',
    description: 'User or token, role and tenants of the caller.',
  })
  @RequirePermission('session.use')
  @ApiOkResponse({ type: SessionDto })
  show(@CurrentCaller() caller: Caller): SessionDto {
    return sessionDto(caller);
  }

  @Put('password')
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change the own password',
    description: 'Ends all other sessions of the user. Not for API tokens.',
  })
  @ApiProblems('WRONG_STATE', 'RATE_LIMITED')
  @RequirePermission('session.use')
  @HttpCode(204)
  @ApiNoContentResponse()
  async changePassword(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Body() body: ChangePasswordDto,
  ): Promise<void> {
    const cookie = request.cookies[SESSION_COOKIE];
    if (cookie === undefined || !caller.id.startsWith('user:'))
      throw new DomainError('FORBIDDEN', 'access.tokenHasNoPassword');
    const { id } = await this.sessions.changePassword(cookie, body, request.ip, new Date());
    await this.audit.record(caller, 'user.password-changed', `user:${id}`, {}, auditTenant(caller));
  }

  @Delete()
  @ApiOperation({
    operationId: 'logOut',
    summary: 'Log out',
    description: 'Ends the session and clears its cookie; does nothing for an API token.',
  })
  @RequirePermission('session.use')
  @HttpCode(204)
  @ApiNoContentResponse()
  async logOut(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const cookie = request.cookies[SESSION_COOKIE];
    if (cookie !== undefined) {
      await this.sessions.logOut(cookie);
      await this.audit.record(caller, 'session.logout', caller.id, {}, auditTenant(caller));
    }
    void reply.clearCookie(SESSION_COOKIE, this.cookieOptions());
  }

  private cookieOptions(): { path: string; httpOnly: true; sameSite: 'strict'; secure: boolean } {
    return {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: this.env.PUBLIC_URL.startsWith('https:'),
    };
  }
}

function sessionDto(caller: Caller): SessionDto {
  return { user: caller.name, role: caller.role, tenants: caller.tenants };
}
