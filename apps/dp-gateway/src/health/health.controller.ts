import { Controller, Get, Header, Headers, Inject, Ip, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DomainError } from '#domain';
import { BrokerConnection } from '#messaging';
import { mayReadMetrics, METRICS_CONTENT_TYPE, newMetrics, readiness, type Readiness } from '#runtime';
import { GATEWAY_ENV, type GatewayEnv } from '../env.js';

@ApiExcludeController()
@Controller()
export class HealthController {
  private readonly metrics = newMetrics('dp-gateway');

  constructor(
    private readonly broker: BrokerConnection,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Ready while the broker takes messages. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const result = await readiness({
      broker: () => {
        const { trouble } = this.broker;
        return trouble === undefined ? { up: true } : { up: false, detail: trouble };
      },
    });
    void reply.status(result.status === 'ok' ? 200 : 503);
    return result;
  }

  @Get('metrics')
  @Header('content-type', METRICS_CONTENT_TYPE)
  scrape(
    @Headers('authorization') authorization: string | undefined,
    @Ip() address: string,
  ): Promise<string> {
    if (!mayReadMetrics(this.env.METRICS_TOKEN, authorization, address)) {
      throw new DomainError(
        'UNAUTHENTICATED',
        'Metrics are for this machine, or for holders of METRICS_TOKEN.',
      );
    }
    return this.metrics.metrics();
  }
}
