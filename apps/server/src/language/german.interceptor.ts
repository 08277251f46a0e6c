import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { inGerman } from './german.js';
import { prefersGerman } from './prefers-german.js';

/** Fields of answers that hold sentences of this API. */
const SENTENCES: ReadonlySet<string> = new Set(['message', 'text']);
/** Words of other systems, told as they are. */
const VERBATIM: ReadonlySet<string> = new Set(['native', 'raw', 'content', 'data']);

/** Answers in German whoever asks for it, where an answer has sentences: results of bulks, rows of imports, alerts. */
@Injectable()
export class GermanAnswers implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    return prefersGerman(headers['accept-language']) ? next.handle().pipe(map(translated)) : next.handle();
  }
}

function translated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(translated);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (VERBATIM.has(name)) return [name, inner];
      if (typeof inner === 'string') return [name, SENTENCES.has(name) ? (inGerman(inner) ?? inner) : inner];
      return [name, translated(inner)];
    }),
  );
}
