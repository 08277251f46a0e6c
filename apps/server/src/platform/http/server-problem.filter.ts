import { Catch } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type ProblemAnswer, type ProblemCode, ProblemFilter } from '#http';
import { isPassing } from '#messaging';
import { Metrics } from '../health/metrics.js';
import { KnownRoutes } from './known-routes.js';

/** The problems that only the server has: a method that its path does not take, a database or broker that is away. */
@Catch()
export class ServerProblemFilter extends ProblemFilter {
  constructor(
    private readonly routes: KnownRoutes,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  protected override answered(code: ProblemCode): void {
    if (code === 'INTERNAL') this.metrics.faults.inc();
  }

  protected override ownAnswer(error: unknown, request: FastifyRequest): ProblemAnswer | null {
    const wrongMethod = this.wrongMethod(request);
    if (wrongMethod) return wrongMethod;
    return isPassing(error) ? { code: 'UNAVAILABLE', detail: { key: 'server.dependencyDown' } } : null;
  }

  /** No handler takes such a request, so whatever else is wrong with it (Fastify looks at the body first) does not matter. */
  private wrongMethod(request: FastifyRequest): ProblemAnswer | null {
    const methods = this.routes.methodsOf(request.url.split('?')[0] ?? '');
    if (methods.length === 0 || methods.includes(request.method)) return null;
    const allow = methods.join(', ');
    return {
      code: 'METHOD_NOT_ALLOWED',
      detail: { key: 'http.methods', params: { methods: allow } },
      headers: { allow },
    };
  }
}
