import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, Registry } from 'prom-client';
import { METRICS } from '#http';

/** What the server counts, for Prometheus. */
@Injectable()
export class Metrics implements OnApplicationBootstrap {
  private readonly requests: Histogram<'method' | 'route' | 'status'>;

  /** Attempts that failed. `UNKNOWN` are signs that the failure list lacks: their native text is in the timeline. */
  readonly failures: Counter<'code' | 'phase'>;

  constructor(
    @Inject(METRICS) registry: Registry,
    private readonly host: HttpAdapterHost,
  ) {
    this.requests = new Histogram({
      name: 'relaypoint_http_request_seconds',
      help: 'Duration of HTTP requests',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers: [registry],
    });
    this.failures = new Counter({
      name: 'relaypoint_order_failures_total',
      help: 'Failed attempts of orders by failure code',
      labelNames: ['code', 'phase'],
      registers: [registry],
    });
  }

  onApplicationBootstrap(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'unknown';
      this.requests.observe(
        { method: request.method, route, status: String(reply.statusCode) },
        reply.elapsedTime / 1000,
      );
      done();
    });
  }
}
