import { invalid } from '#domain';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';

/** A change without a body changes nothing: whoever sent it lost the body on the way, and is to know. */
@Injectable()
export class ChangeBodyInterceptor implements NestInterceptor {
  /** @throws DomainError VALIDATION_FAILED */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') {
      const { method, body } = context.switchToHttp().getRequest<FastifyRequest>();
      if (method === 'PATCH' && (body === undefined || body === null)) {
        throw invalid([{ path: '', code: 'object', key: 'fault.jsonObject' }]);
      }
    }
    return next.handle();
  }
}
