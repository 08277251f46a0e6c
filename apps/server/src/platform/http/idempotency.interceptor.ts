import {
  Injectable,
  Logger,
  SetMetadata,
  type CallHandler,
  type CustomDecorator,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, from, type Observable } from 'rxjs';
import { DomainError, invalid, mustBe } from '#domain';
import { canonicalJson } from '#sealing';
import type { CalledRequest } from '../auth/current-caller.js';
import { ServerKeys } from '../keys/server-keys.js';
import type { IdempotentRequest } from './idempotent-create.js';
import { IdempotencyService, type Attempt } from './idempotency.service.js';
import type { UploadRequest } from './upload.interceptor.js';

const SHOWN_ONCE = 'relaypoint:shown-once';

/** Fields of the answer that are shown once: the repeat of a request does not get them again. */
export const OmitOnReplay = (...fields: string[]): CustomDecorator => SetMetadata(SHOWN_ONCE, fields);

type Request = FastifyRequest & CalledRequest & IdempotentRequest & UploadRequest;

/** `Idempotency-Key` on every POST: a repeat within 24 h gets the same answer, and nothing is done twice. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly log = new Logger(IdempotencyInterceptor.name);

  constructor(
    private readonly idempotency: IdempotencyService,
    private readonly keys: ServerKeys,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || key === undefined || !request.caller) return next.handle();
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw invalid([
        {
          path: 'Idempotency-Key',
          code: 'text',
          ...mustBe('what.visibleAscii', { min: 1, max: 255 }),
        },
      ]);
    }
    return from(this.once(context, next, request, key));
  }

  private async once(
    context: ExecutionContext,
    next: CallHandler,
    request: Request,
    key: string,
  ): Promise<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    // Keyed hashes: a plain one of a body with a password in it could be guessed offline.
    const id = this.keys.token('idempotency', request.caller?.id ?? '', key);
    const fingerprint = this.keys.token(
      'idempotency-body',
      request.method,
      request.url,
      bodyText(request.body),
      request.upload?.sha256 ?? '',
    );
    const attempt = await this.idempotency.begin(id, fingerprint);
    if (attempt.kind === 'repeat') {
      if (attempt.error) {
        const { code, params, faults, detail, ...kept } = attempt.error;
        // kept as a sentence by an earlier version, for a day at most
        if (detail !== undefined) throw new DomainError(code, 'verbatim', { text: detail });
        throw new DomainError(code, kept.key, params, faults);
      }
      if (attempt.location) void reply.header('location', attempt.location);
      void reply.status(attempt.status).header('idempotency-replayed', 'true');
      return attempt.body;
    }
    request.creation = attempt.creation;
    return this.run(
      attempt,
      next,
      reply,
      this.reflector.get<string[] | undefined>(SHOWN_ONCE, context.getHandler()) ?? [],
    );
  }

  private async run(
    attempt: Attempt,
    next: CallHandler,
    reply: FastifyReply,
    shownOnce: string[],
  ): Promise<unknown> {
    try {
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      const location = reply.getHeader('location');
      await attempt
        .succeeded({
          status: reply.statusCode,
          location: typeof location === 'string' ? location : null,
          body: without(body, shownOnce),
        })
        .catch((error: unknown) =>
          this.log.warn({ err: error }, 'the answer could not be kept for a repeat'),
        );
      return body;
    } catch (error) {
      await attempt
        .failed(error)
        .catch((fault: unknown) =>
          this.log.warn({ err: fault }, 'the answer could not be kept for a repeat'),
        );
      throw error;
    }
  }
}

function bodyText(body: unknown): string {
  return body === undefined || body === null ? '' : canonicalJson(body);
}

function without(body: unknown, fields: readonly string[]): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !fields.includes(name)));
}
