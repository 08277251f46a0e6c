import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { MessagingModule } from '#messaging';
import { loggerParams } from '#runtime';
import { ClientsController } from './clients/clients.controller.js';
import { EnrolmentController } from './enrolment/enrolment.controller.js';
import { GATEWAY_ENV, type GatewayEnv } from './env.js';
import { HealthController } from './health/health.controller.js';
import { ProblemFilter } from './http/problem.filter.js';
import { RateLimits } from './http/rate-limits.js';
import { DpGuard } from './identity/dp.guard.js';
import { Identities } from './identity/identities.js';
import { OpenPolls } from './polls/open-polls.js';
import { PollsController } from './polls/polls.controller.js';
import { Polls } from './polls/polls.service.js';
import { SightingsSender } from './polls/sightings-sender.js';
import { ReleaseFilesController } from './release-files/release-files.controller.js';
import { ReportsController } from './reports/reports.controller.js';

/** The DPs' door: queues on one side, polling DPs on the other; no database. */
@Module({})
export class AppModule {
  static with(env: GatewayEnv): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(loggerParams('dp-gateway', env.LOG_LEVEL)),
        MessagingModule.forRoot({
          url: env.AMQP_URL,
          name: 'dp-gateway',
          readsOrders: true,
          orderQueueType: env.ORDER_QUEUE_TYPE,
        }),
      ],
      controllers: [
        ClientsController,
        EnrolmentController,
        HealthController,
        PollsController,
        ReleaseFilesController,
        ReportsController,
      ],
      providers: [
        DpGuard,
        Identities,
        OpenPolls,
        Polls,
        RateLimits,
        SightingsSender,
        { provide: GATEWAY_ENV, useValue: env },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
