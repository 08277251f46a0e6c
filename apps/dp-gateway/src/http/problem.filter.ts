import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ContractViolation } from '#contract';
import { DomainError, type Fault } from '#domain';
import { BrokerUnavailable, Unroutable } from '#messaging';
import { EdgeFault, problemOf, TryLater, type ProblemCode } from './problem.js';

/** When to come back while broker or server are away. */
const AWAY_RETRY_SECONDS = 5;

interface Answer {
  code: ProblemCode;
  detail: string;
  faults?: readonly Fault[];
  headers?: Readonly<Record<string, string>>;
}

/** Every error leaves the gateway through here, as problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const answer = answerOf(error);
    if (answer.code === 'INTERNAL') {
      this.log.error(
        { err: error, correlation: request.id, path: request.routeOptions.url },
        'request failed',
      );
    }
    if (reply.sent || reply.raw.headersSent) {
      // The answer has begun: cutting it is the only way left to say that it is not whole.
      reply.raw.destroy();
      return;
    }
    const problem = problemOf(answer.code, answer.detail, answer.faults);
    void reply
      .headers({ ...answer.headers })
      .status(problem.status)
      .type('application/problem+json; charset=utf-8')
      .send(problem);
  }
}

function answerOf(error: unknown): Answer {
  if (error instanceof DomainError) {
    return {
      code: error.code,
      detail: error.detail,
      faults: error.faults,
      ...(error.code === 'UNAUTHENTICATED'
        ? { headers: { 'www-authenticate': 'Bearer realm="relaypoint"' } }
        : {}),
    };
  }
  if (error instanceof TryLater) {
    return { code: error.code, detail: error.detail, headers: { 'retry-after': String(error.seconds) } };
  }
  if (error instanceof EdgeFault) return { code: error.code, detail: error.detail, headers: error.headers };
  if (error instanceof ContractViolation) {
    return {
      code: 'VALIDATION_FAILED',
      detail: detailOf(error.faults),
      faults: error.faults,
    };
  }
  if (error instanceof BrokerUnavailable || error instanceof Unroutable) {
    const detail = 'The broker or the server cannot be reached right now; nothing is lost, try again.';
    return { code: 'UNAVAILABLE', detail, headers: { 'retry-after': String(AWAY_RETRY_SECONDS) } };
  }
  if (error instanceof HttpException) return ofStatus(error.getStatus(), error.message);
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  if (error instanceof Error && typeof statusCode === 'number') return ofStatus(statusCode, error.message);
  return {
    code: 'INTERNAL',
    detail: 'Something went wrong in the gateway; its log has it under the request id.',
  };
}

function detailOf(faults: readonly Fault[]): string {
  const [first] = faults;
  return faults.length === 1 && first
    ? `The request is not valid: ${first.path || 'the body'} ${first.message}.`
    : `The request is not valid: it has ${faults.length} faults.`;
}

/** What Nest and Fastify refuse by themselves, before any handler. */
function ofStatus(status: number, message: string): Answer {
  switch (status) {
    case 404:
      return { code: 'NOT_FOUND', detail: 'There is nothing at this address.' };
    case 413:
      return { code: 'TOO_LARGE', detail: 'The body is larger than allowed.' };
    case 415:
      return { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send JSON with Content-Type: application/json.' };
    default: {
      if (status >= 500) return { code: 'INTERNAL', detail: 'Something went wrong in the gateway.' };
      const faults = [{ path: '', code: 'malformed', message }];
      return { code: 'VALIDATION_FAILED', detail: 'The request is not well-formed.', faults };
    }
  }
}
