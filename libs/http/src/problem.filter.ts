import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ContractViolation, faultsOf } from '#contract';
import { DomainError, type Fault, invalid } from '#domain';
import type { MessageDescriptor } from '#texts';
import { faultOfMessage } from './contract-faults.js';
import { EdgeError, PROBLEM_TYPE, problemOf, PROBLEMS, type ProblemCode } from './problem.js';
import { languageOf } from './request-language.js';

/** What an error is answered with. */
export interface ProblemAnswer {
  code: ProblemCode;
  detail: MessageDescriptor;
  faults?: readonly Fault[];
  /** In the place of those that go with the code. */
  headers?: Readonly<Record<string, string>>;
}

/** Every error of a program leaves through here, as problem+json (RFC 9457). A program with errors of its own extends it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const answer = this.ownAnswer(error, request) ?? answerTo(error);
    if (answer.code === 'INTERNAL' || this.isForOperators(error)) {
      this.log.error(
        { err: error, request: request.id, method: request.method, path: request.routeOptions?.url },
        'request failed',
      );
    }
    if (reply.sent || reply.raw.headersSent) {
      // The answer has begun: cutting it is the only way left to say that it is not whole
      reply.raw.destroy();
      return;
    }
    this.answered(answer.code);
    const { code, detail, faults, headers } = answer;
    const problem = problemOf(code, detail, faults ?? [], languageOf(request));
    void reply
      .headers({ ...headersOf(code), ...headers })
      .status(problem.status)
      .type(PROBLEM_TYPE)
      .send(problem);
  }

  /** What only this program has an answer to; null: what all have. */
  protected ownAnswer(_error: unknown, _request: FastifyRequest): ProblemAnswer | null {
    return null;
  }

  /** For a program that counts its problems. */
  protected answered(_code: ProblemCode): void {}

  /** Whether somebody has to set something right, although the caller may come again. */
  protected isForOperators(_error: unknown): boolean {
    return false;
  }
}

function headersOf(code: ProblemCode): Record<string, string> {
  const rule = PROBLEMS[code];
  return {
    ...('retryAfter' in rule && { 'retry-after': String(rule.retryAfter) }),
    ...(code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer realm="relaypoint"' }),
  };
}

function answerTo(error: unknown): ProblemAnswer {
  if (error instanceof DomainError)
    return { code: error.code, detail: error.descriptor, faults: error.faults };
  if (error instanceof EdgeError) {
    const { code, key, params, headers } = error;
    return { code, detail: { key, params }, headers };
  }
  if (error instanceof ContractViolation) return answerTo(invalid(error.faults.map(faultOfMessage)));
  if (isSchemaFault(error)) return answerTo(invalid(faultsOf(error.validation).map(faultOfMessage)));
  if (error instanceof HttpException) return answerToStatus(error.getStatus(), error);
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  if (error instanceof Error && typeof statusCode === 'number') return answerToStatus(statusCode, error);
  return { code: 'INTERNAL', detail: { key: 'http.failed' } };
}

type SchemaFaults = Parameters<typeof faultsOf>[0];

/** What Fastify throws for a body that does not keep its route's schema. */
function isSchemaFault(error: unknown): error is { validation: SchemaFaults } {
  return Array.isArray((error as { validation?: unknown } | null)?.validation);
}

/** What Nest and Fastify refuse by themselves, before any handler. */
function answerToStatus(status: number, error: Error): ProblemAnswer {
  switch (status) {
    case 404:
      return { code: 'NOT_FOUND', detail: { key: 'http.nothingHere' } };
    case 405:
      return { code: 'METHOD_NOT_ALLOWED', detail: { key: 'problem.METHOD_NOT_ALLOWED' } };
    case 413:
      return { code: 'TOO_LARGE', detail: { key: 'request.bodyTooLarge' } };
    case 415:
      return { code: 'UNSUPPORTED_MEDIA_TYPE', detail: { key: 'request.jsonOnly' } };
    case 503:
      return { code: 'UNAVAILABLE', detail: { key: 'http.stopping' } };
    default:
      if (status >= 500) return { code: 'INTERNAL', detail: { key: 'http.failed' } };
      return {
        code: 'VALIDATION_FAILED',
        detail: { key: 'request.malformed' },
        faults: [{ path: '', code: 'malformed', key: 'verbatim', params: { text: error.message } }],
      };
  }
}
