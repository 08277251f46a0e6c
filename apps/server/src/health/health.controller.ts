import { Controller, Get, Headers, Header, Ip, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BrokerConnection } from '#messaging';
import { DatabaseProbe } from '#persistence';
import { mayReadMetrics, METRICS_CONTENT_TYPE, readiness, type Readiness } from '#runtime';
import { DomainError } from '#domain';
import { Public } from '../access/needs.js';
import { serverEnv } from '../env.js';
import { Metrics } from './metrics.js';

/** For whoever watches over the process: is it alive, can it work, what does it count. */
@ApiExcludeController()
@Controller()
@Public()
export class HealthController {
  constructor(
    private readonly database: DatabaseProbe,
    private readonly broker: BrokerConnection,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const answer = await readiness({
      database: () => this.database.check(),
      broker: () => {
        const { trouble } = this.broker;
        return trouble === undefined ? { up: true } : { up: false, detail: trouble };
      },
    });
    if (answer.status === 'error') void reply.status(503);
    return answer;
  }

  @Get('metrics')
  @Header('content-type', METRICS_CONTENT_TYPE)
  scrape(
    @Headers('authorization') authorization: string | undefined,
    @Ip() address: string,
  ): Promise<string> {
    if (!mayReadMetrics(serverEnv().METRICS_TOKEN, authorization, address)) {
      throw new DomainError('UNAUTHENTICATED', 'Metrics take the token of METRICS_TOKEN.');
    }
    return this.metrics.registry.metrics();
  }
}
