import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { HealthModule, METRICS, ProblemFilter } from '#http';
import { BrokerConnection, MessagingModule } from '#messaging';
import { DatabaseProbe, NEWEST_MIGRATION, PersistenceModule } from '#persistence';
import { BUILD, loggerParams, TracingShutdown } from '#runtime';
import { importerEnv } from './config/importer-env.js';
import { ImportsModule } from './worker/imports.module.js';

const env = importerEnv();

/** Nobody waits at the other end, so a run sits out an election of the database (about twelve seconds). */
const SELECTION_MS = 20_000;

@Module({
  imports: [
    LoggerModule.forRoot(loggerParams('importer', env.LOG_LEVEL)),
    PersistenceModule.forRoot({
      uri: env.MONGODB_URI,
      standIn: env.MONGODB_STAND_IN,
      name: 'importer',
      selectionMs: SELECTION_MS,
      metrics: METRICS,
    }),
    MessagingModule.forRoot({
      url: env.AMQP_URL,
      name: 'importer',
      role: 'importer',
      metrics: METRICS,
      orderQueueType: env.ORDER_QUEUE_TYPE,
    }),
    HealthModule.forRoot('importer', {
      dependencies: { database: DatabaseProbe, broker: BrokerConnection },
      metricsToken: env.METRICS_TOKEN,
      build: { ...BUILD, schema: NEWEST_MIGRATION },
    }),
    ImportsModule,
  ],
  providers: [TracingShutdown, { provide: APP_FILTER, useClass: ProblemFilter }],
})
export class ImporterModule {}
