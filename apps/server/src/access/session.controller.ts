import { Body, Controller, Delete, Get, HttpCode, Ip, Post, Put, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '#domain';
import { AuditService } from '../audit/audit.service.js';
import { serverEnv } from '../env.js';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCaller, type Caller } from './caller.js';
import { auditTenant } from './grants.js';
import { Needs, Public } from './needs.js';
import { ChangePasswordDto, LoginDto, SessionDto } from './session.dto.js';
import { SESSION_COOKIE, Sessions } from './sessions.js';

/** The console's login. Scripts use API tokens instead. */
@ApiTags('session')
@Controller('api/v1/session')
export class SessionController {
  constructor(
    private readonly sessions: Sessions,
    private readonly audit: AuditService,
  ) {}

  /** Logs in: sets the session cookie. */
  @Post()
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
    void reply.setCookie(SESSION_COOKIE, secret, cookieOptions());
    return sessionDto(caller);
  }

  /** Who am I? */
  @Get()
  @Needs('session.use')
  @ApiOkResponse({ type: SessionDto })
  show(@CurrentCaller() caller: Caller): SessionDto {
    return sessionDto(caller);
  }

  /** Sets a password of one's own, which ends the other sessions. Not for API tokens. */
  @Put('password')
  @Needs('session.use')
  @HttpCode(204)
  @ApiNoContentResponse()
  async changePassword(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Body() body: ChangePasswordDto,
  ): Promise<void> {
    const cookie = request.cookies[SESSION_COOKIE];
    if (cookie === undefined || !caller.id.startsWith('user:'))
      throw new DomainError('FORBIDDEN', 'An API token has no password.');
    const { id } = await this.sessions.changePassword(cookie, body, request.ip, new Date());
    await this.audit.record(caller, 'user.password-changed', `user:${id}`, {}, auditTenant(caller));
  }

  /** Logs out; does nothing for an API token. */
  @Delete()
  @Needs('session.use')
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
    void reply.clearCookie(SESSION_COOKIE, cookieOptions());
  }
}

function cookieOptions(): { path: string; httpOnly: true; sameSite: 'strict'; secure: boolean } {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: serverEnv().PUBLIC_URL.startsWith('https:'),
  };
}

function sessionDto(caller: Caller): SessionDto {
  return { user: caller.name, role: caller.role, tenants: caller.tenants };
}
