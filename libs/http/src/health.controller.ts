import {
  Controller,
  Get,
  Header,
  Headers,
  HttpStatus,
  Inject,
  Ip,
  Res,
  ServiceUnavailableException,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
} from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Gauge, type Registry } from 'prom-client';
import { DomainError } from '#domain';
import { inTime, mayReadMetrics, METRICS, METRICS_CONTENT_TYPE } from './metrics.js';
import { type ProgramBuild, versionView, type VersionView } from './version.js';

/** Something that a program cannot work without. */
export interface Dependency {
  /** @throws Error why it cannot be used right now; its message is shown */
  check(): void | Promise<void>;
}

export interface HealthOptions {
  /** By the name that `/health/ready` gives them; providers of the program. */
  dependencies: Readonly<Record<string, Type<Dependency>>>;
  /** Who shows it may read the metrics; without one, whoever is on the same machine. */
  metricsToken: string | undefined;
  build: ProgramBuild;
}

export const HEALTH = Symbol('HEALTH');
/** What a program is called. */
export const PROGRAM = Symbol('PROGRAM');

/** Whether a program can work right now. */
export interface Readiness {
  status: 'ok' | 'error';
  version: string;
  checks: Record<string, { status: 'up' | 'down'; detail?: string }>;
}

/** A dependency that does not answer counts as down after this many milliseconds. */
const CHECK_TIMEOUT_MS = 2_000;
/** Milliseconds for which looks share one, so that nobody makes a dependency work by looking. */
const SHARED_MS = 1_000;

/** For whoever watches over a program: does it live, can it work, what does it count. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly providers: ModuleRef,
    @Inject(HEALTH) private readonly options: HealthOptions,
    @Inject(METRICS) private readonly metrics: Registry,
    @Inject(PROGRAM) private readonly program: string,
  ) {
    const up = new Gauge({
      name: 'relaypoint_dependency_up',
      help: 'Whether what the program cannot work without can be used, as /health/ready says',
      labelNames: ['dependency'],
      registers: [metrics],
      collect: async () => {
        // a dependency that hangs is shown as it was, until its look has ended; the next scrape shows what came of it
        await inTime(this.note(up));
      },
    });
  }

  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @HealthCheck({ swaggerDocumentation: false })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const { status, details } = await this.look();
    if (status !== 'ok') void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    const checks = Object.entries(details).map(([name, { status: state, message }]) => [
      name,
      { status: state, ...(typeof message === 'string' && { detail: message }) },
    ]);
    return {
      status: status === 'ok' ? 'ok' : 'error',
      version: this.options.build.version,
      checks: Object.fromEntries(checks),
    };
  }

  /** What runs here, and what it speaks. */
  @Get('version')
  version(): VersionView {
    return versionView(this.program, this.options.build);
  }

  @Get('metrics')
  @Header('content-type', METRICS_CONTENT_TYPE)
  scrape(@Headers() headers: Readonly<Record<string, unknown>>, @Ip() address: string): Promise<string> {
    if (!mayReadMetrics(this.options.metricsToken, headers, address))
      throw new DomainError('UNAUTHENTICATED', 'http.metricsToken');
    return this.metrics.metrics();
  }

  private async note(up: Gauge<'dependency'>): Promise<void> {
    const { details } = await this.look();
    for (const [dependency, { status }] of Object.entries(details))
      up.set({ dependency }, status === 'up' ? 1 : 0);
  }

  private async look(): Promise<HealthCheckResult> {
    const dependencies = Object.entries(this.options.dependencies);
    try {
      return await this.health.check(
        dependencies.map(([name, token]) => () => {
          const dependency = this.providers.get(token, { strict: false });
          return this.indicators
            .check(name)
            .attempt(() => dependency.check())
            .withTimeout(CHECK_TIMEOUT_MS)
            .cacheFor(SHARED_MS);
        }),
      );
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }
}
