import { type DynamicModule, Module } from '@nestjs/common';
import { HealthModule as ProbesAndMetrics } from '#http';
import { BrokerConnection } from '#messaging';
import { DatabaseProbe, NEWEST_MIGRATION } from '#persistence';
import { BUILD } from '#runtime';
import type { ServerEnv } from '../config/server-env.js';
import { Metrics } from './metrics.js';
import { OrderMetrics } from './order-metrics.js';
import { PublicHealthController } from './public-health.controller.js';

/** What the server is asked about its health, and what it counts. */
@Module({})
export class HealthModule {
  static with({ METRICS_TOKEN }: ServerEnv): DynamicModule {
    return {
      module: HealthModule,
      imports: [
        ProbesAndMetrics.forRoot(
          'server',
          {
            dependencies: { database: DatabaseProbe, broker: BrokerConnection },
            metricsToken: METRICS_TOKEN,
            build: { ...BUILD, schema: NEWEST_MIGRATION },
          },
          PublicHealthController,
        ),
      ],
      providers: [Metrics, OrderMetrics],
      exports: [Metrics, OrderMetrics],
    };
  }
}
