import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BrokerConnection } from '#messaging';
import { DatabaseProbe } from '#persistence';
import { mayReadMetrics, METRICS_CONTENT_TYPE, readiness } from '#runtime';
import { importerEnv } from '../env.js';
import { metrics } from './metrics.js';

/** Whether this importer lives, can work, and how it is doing. */
@Controller()
export class HealthController {
  constructor(
    private readonly broker: BrokerConnection,
    private readonly database: DatabaseProbe,
  ) {}

  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const ready = await readiness({
      database: () => this.database.check(),
      broker: () => {
        const { trouble } = this.broker;
        return trouble === undefined ? { up: true } : { up: false, detail: trouble };
      },
    });
    if (ready.status !== 'ok') void reply.status(503);
    return ready;
  }

  @Get('metrics')
  @Header('Content-Type', METRICS_CONTENT_TYPE)
  async read(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (!mayReadMetrics(importerEnv().METRICS_TOKEN, request.headers.authorization, request.ip)) {
      void reply.status(403);
      return '';
    }
    return await metrics.metrics();
  }
}
