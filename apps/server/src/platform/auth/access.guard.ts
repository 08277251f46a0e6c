import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { DomainError, may, PERMISSIONS, type Permission } from '#domain';
import { Authentication } from './authentication.js';
import type { CalledRequest } from './current-caller.js';
import { PUBLIC, ROUTE_NEEDS } from './require-permission.js';

/** The one guard: who asks, and may that role do it (domain's table of permissions). */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly authentication: Authentication,
    private readonly reflector: Reflector,
  ) {}

  /** @throws DomainError UNAUTHENTICATED, FORBIDDEN */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const needs = this.reflector.getAllAndOverride<Permission | typeof PUBLIC | undefined>(ROUTE_NEEDS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (needs === PUBLIC) return true;
    if (needs === undefined) throw new DomainError('FORBIDDEN', 'access.nobody');
    const request = context.switchToHttp().getRequest<FastifyRequest & CalledRequest>();
    const caller = await this.authentication.callerOf(request);
    if (!may(caller.role, needs)) {
      throw new DomainError('FORBIDDEN', 'access.role', { needed: PERMISSIONS[needs], role: caller.role });
    }
    request.caller = { ...caller, request: request.id };
    return true;
  }
}
