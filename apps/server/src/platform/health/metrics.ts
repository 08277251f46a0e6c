import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, Registry } from 'prom-client';
import { DELIVERY_CHANNELS, DELIVERY_OUTCOMES, PHASES } from '#domain';
import { METRICS } from '#http';

/** What the server counts, for Prometheus. */
@Injectable()
export class Metrics implements OnApplicationBootstrap {
  private readonly requests: Histogram<'method' | 'route' | 'status'>;

  /** Requests that were answered INTERNAL: each is a fault of the server, and in its log. */
  readonly faults: Counter;

  /** Attempts that failed. `UNKNOWN` are signs that the failure list lacks: their native text is in the timeline. */
  readonly failures: Counter<'code' | 'phase'>;

  /** Attempts to tell somebody of something. */
  readonly deliveries: Counter<'channel' | 'outcome'>;

  /** Documents that had been kept long enough. */
  readonly removed: Counter<'collection'>;

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
    this.faults = new Counter({
      name: 'relaypoint_http_faults_total',
      help: 'Requests that were answered with INTERNAL: faults of the server',
      registers: [registry],
    });
    this.failures = new Counter({
      name: 'relaypoint_order_failures_total',
      help: 'Failed attempts of orders by failure code',
      labelNames: ['code', 'phase'],
      registers: [registry],
    });
    // a rule asks for the growth of these: without a zero their first count is none
    for (const phase of [...PHASES, 'none']) this.failures.inc({ code: 'UNKNOWN', phase }, 0);
    this.deliveries = new Counter({
      name: 'relaypoint_notification_deliveries_total',
      help: 'Attempts to deliver notices by channel and outcome',
      labelNames: ['channel', 'outcome'],
      registers: [registry],
    });
    for (const channel of DELIVERY_CHANNELS)
      for (const outcome of Object.keys(DELIVERY_OUTCOMES)) this.deliveries.inc({ channel, outcome }, 0);
    this.removed = new Counter({
      name: 'relaypoint_retention_removed_total',
      help: 'Documents removed because they had been kept long enough, by their collection',
      labelNames: ['collection'],
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
