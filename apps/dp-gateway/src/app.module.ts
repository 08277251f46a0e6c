import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { HealthModule, METRICS } from '#http';
import { BrokerConnection, MessagingModule } from '#messaging';
import { BUILD, loggerParams, TracingShutdown } from '#runtime';
import { ClientsController } from './clients/clients.controller.js';
import { EnrolmentController } from './enrolment/enrolment.controller.js';
import { GATEWAY_ENV, type GatewayEnv } from './env.js';
import { RetryAfter } from './http/retry-after.js';
import { GatewayMetrics } from './http/gateway-metrics.js';
import { GatewayProblemFilter } from './http/gateway-problem.filter.js';
import { RateLimits } from './http/rate-limits.js';
import { Clocks } from './identity/clocks.js';
import { DpGuard } from './identity/dp.guard.js';
import { Identities } from './identity/identities.js';
import { InstallController } from './install/install.controller.js';
import { OpenPolls } from './polls/open-polls.js';
import { PollsController } from './polls/polls.controller.js';
import { PollsService } from './polls/polls.service.js';
import { HeartbeatsSender } from './polls/heartbeats-sender.js';
import { ServerFiles } from './server-calls/server-files.js';
import { ReleaseFilesController } from './release-files/release-files.controller.js';
import { ReportsController } from './reports/reports.controller.js';
import { ServerCalls } from './server-calls/server-calls.js';

/** The DPs' door: queues on one side, polling DPs on the other; no database. */
@Module({})
export class AppModule {
  static with(env: GatewayEnv): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(loggerParams('dp-gateway', env.LOG_LEVEL, false)),
        MessagingModule.forRoot({
          url: env.AMQP_URL,
          name: 'dp-gateway',
          role: 'gateway',
          metrics: METRICS,
          orderQueueType: env.ORDER_QUEUE_TYPE,
        }),
        HealthModule.forRoot('dp-gateway', {
          dependencies: { broker: BrokerConnection },
          metricsToken: env.METRICS_TOKEN,
          build: BUILD,
        }),
      ],
      controllers: [
        ClientsController,
        EnrolmentController,
        InstallController,
        PollsController,
        ReleaseFilesController,
        ReportsController,
      ],
      providers: [
        Clocks,
        RetryAfter,
        DpGuard,
        GatewayMetrics,
        Identities,
        OpenPolls,
        PollsService,
        RateLimits,
        ServerCalls,
        ServerFiles,
        HeartbeatsSender,
        TracingShutdown,
        { provide: GATEWAY_ENV, useValue: env },
        { provide: APP_FILTER, useClass: GatewayProblemFilter },
      ],
    };
  }
}
