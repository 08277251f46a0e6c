import { Global, Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { METRICS } from '#http';
import { brokerAddresses, MessagingModule } from '#messaging';
import { PersistenceModule } from '#persistence';
import { loggerParams, TracingShutdown } from '#runtime';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ConfigModule } from './config/config.module.js';
import type { ServerEnv } from './config/server-env.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { KeysModule } from './keys/keys.module.js';
import { SettingsModule } from './settings/settings.module.js';

const SHARED = [AuditModule, AuthModule, EventsModule, KeysModule, SettingsModule];

/** What engine and API stand on. Global: every module of theirs may use what it exports. */
@Global()
@Module({})
export class PlatformModule {
  static with(env: ServerEnv): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        ConfigModule.with(env),
        LoggerModule.forRoot(loggerParams('server', env.LOG_LEVEL)),
        PersistenceModule.forRoot({
          uri: env.MONGODB_URI,
          standIn: env.MONGODB_STAND_IN,
          name: 'server',
          metrics: METRICS,
        }),
        MessagingModule.forRoot({
          url: env.AMQP_URL,
          name: 'server',
          role: 'server',
          metrics: METRICS,
          orderQueueType: env.ORDER_QUEUE_TYPE,
          management: env.AMQP_MANAGEMENT_URL
            ? { url: env.AMQP_MANAGEMENT_URL, vhost: brokerAddresses(env.AMQP_URL)[0].vhost }
            : null,
        }),
        HealthModule.with(env),
        HttpModule,
        ...SHARED,
      ],
      providers: [TracingShutdown],
      exports: [HealthModule, ...SHARED],
    };
  }
}
