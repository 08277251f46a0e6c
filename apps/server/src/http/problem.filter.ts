import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ContractViolation, faultsOf } from '#contract';
import { DomainError, type Fault } from '#domain';
import { isPassing } from '#messaging';
import { prefersGerman } from '../language/prefers-german.js';
import { KnownRoutes } from './known-routes.js';
import { EdgeError, problemOf, PROBLEMS, type ProblemCode } from './problem.js';

interface Answer {
  code: ProblemCode;
  detail: string;
  faults?: readonly Fault[];
  headers?: Readonly<Record<string, string>>;
}

/** Every error of the HTTP side leaves through here, as problem+json (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger(ProblemFilter.name);

  constructor(private readonly routes: KnownRoutes) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const answer = this.wrongMethod(request) ?? answerOf(error);
    if (answer.code === 'INTERNAL') {
      this.log.error(
        { err: error, request: request.id, method: request.method, path: request.routeOptions?.url },
        'request failed',
      );
    }
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const problem = problemOf(
      answer.code,
      answer.detail,
      answer.faults ?? [],
      prefersGerman(request.headers['accept-language']),
    );
    const rule = PROBLEMS[answer.code];
    if ('retryAfter' in rule) void reply.header('retry-after', String(rule.retryAfter));
    if (answer.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer realm="relaypoint"');
    void reply
      .headers({ ...answer.headers })
      .status(problem.status)
      .type('application/problem+json; charset=utf-8')
      .send(problem);
  }

  /** No handler takes such a request, so whatever else is wrong with it (Fastify looks at the body first) does not matter. */
  private wrongMethod(request: FastifyRequest): Answer | null {
    const methods = this.routes.methodsOf(request.url.split('?')[0] ?? '');
    if (methods.length === 0 || methods.includes(request.method)) return null;
    const allow = methods.join(', ');
    return { code: 'METHOD_NOT_ALLOWED', detail: `This address takes ${allow}.`, headers: { allow } };
  }
}

function answerOf(error: unknown): Answer {
  if (error instanceof DomainError) return { code: error.code, detail: error.detail, faults: error.faults };
  if (error instanceof EdgeError) return { code: error.code, detail: error.detail, headers: error.headers };
  if (error instanceof ContractViolation) {
    return {
      code: 'VALIDATION_FAILED',
      detail: `The ${error.messageName} is not valid.`,
      faults: error.faults,
    };
  }
  if (isPassing(error)) {
    return {
      code: 'UNAVAILABLE',
      detail: 'The database or the broker is not available right now; try again shortly.',
    };
  }
  if (isSchemaFault(error)) {
    const faults = faultsOf(error.validation);
    return { code: 'VALIDATION_FAILED', detail: 'The request is not valid.', faults };
  }
  if (error instanceof HttpException) return ofHttp(error.getStatus(), error);
  const { statusCode } = error as { statusCode?: unknown };
  if (error instanceof Error && typeof statusCode === 'number' && statusCode < 500)
    return ofHttp(statusCode, error);
  return {
    code: 'INTERNAL',
    detail: 'Something went wrong in the server; its log has it under the request id.',
  };
}

type SchemaFaults = Parameters<typeof faultsOf>[0];

/** What Fastify throws for a body that does not keep its route's schema. */
function isSchemaFault(error: unknown): error is { validation: SchemaFaults } {
  return Array.isArray((error as { validation?: unknown } | null)?.validation);
}

/** What Nest and Fastify refuse by themselves, before any handler. */
function ofHttp(status: number, error: Error): Answer {
  switch (status) {
    case 404:
      return { code: 'NOT_FOUND', detail: 'There is nothing at this address.' };
    case 405:
      return { code: 'METHOD_NOT_ALLOWED', detail: error.message };
    case 413:
      return { code: 'TOO_LARGE', detail: 'The body is larger than allowed.' };
    case 415:
      return { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send JSON with Content-Type: application/json.' };
    case 503:
      return { code: 'UNAVAILABLE', detail: 'The server is stopping; try again shortly.' };
    default:
      return {
        code: status < 500 ? 'VALIDATION_FAILED' : 'INTERNAL',
        detail: error.message,
        ...(status < 500 && { faults: [{ path: '', code: 'malformed', message: error.message }] }),
      };
  }
}
