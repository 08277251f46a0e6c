import {
  applyDecorators,
  HttpCode,
  Injectable,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap, type Observable } from 'rxjs';
import { isPlainObject } from './fields.js';

const LOCATION = 'relaypoint:location';

/**
 * The answer is 201, with `Location` from a template over the fields of the answer and of the request's path.
 *
 * @param template such as `/api/v1/accounts/{id}`
 */
export const CreatedAt = (template: string): MethodDecorator =>
  applyDecorators(HttpCode(201), SetMetadata(LOCATION, template));

/** As {@link CreatedAt}, for work that goes on: 202. */
export const AcceptedAt = (template: string): MethodDecorator =>
  applyDecorators(HttpCode(202), SetMetadata(LOCATION, template));

/** Sets `Location` on what was created and `ETag` on what carries a revision. */
@Injectable()
export class ResponseHeadersInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const template = this.reflector.get<string | undefined>(LOCATION, context.getHandler());
    return next.handle().pipe(
      tap((body: unknown) => {
        if (!isPlainObject(body)) return;
        if (typeof body['revision'] === 'number') void reply.header('etag', `"${body['revision']}"`);
        if (template === undefined || reply.statusCode === 200) return;
        const fields = { ...(request.params as Record<string, unknown>), ...body };
        void reply.header(
          'location',
          template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(fields[name]))),
        );
      }),
    );
  }
}
