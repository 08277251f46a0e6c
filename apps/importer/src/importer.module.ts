import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { MessagingModule } from '#messaging';
import { PersistenceModule } from '#persistence';
import { loggerParams } from '#runtime';
import { importerEnv } from './env.js';
import { HealthController } from './health/health.controller.js';
import { ImportsModule } from './imports/imports.module.js';

const env = importerEnv();

@Module({
  imports: [
    LoggerModule.forRoot(loggerParams('importer', env.LOG_LEVEL)),
    PersistenceModule.forRoot({ uri: env.MONGODB_URI, standIn: env.MONGODB_STAND_IN }),
    MessagingModule.forRoot({ url: env.AMQP_URL, name: 'importer', orderQueueType: env.ORDER_QUEUE_TYPE }),
    ImportsModule,
  ],
  controllers: [HealthController],
})
export class ImporterModule {}
