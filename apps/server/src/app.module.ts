import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { MessagingModule } from '#messaging';
import { PersistenceModule } from '#persistence';
import { loggerParams } from '#runtime';
import { AccessModule } from './access/access.module.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { AuditListModule } from './audit/audit-list.module.js';
import { BrakeListModule } from './brakes/brake-list.module.js';
import { ClientReleasesModule } from './client-releases/client-releases.module.js';
import { ClientsModule } from './clients/clients.module.js';
import { ComputersModule } from './computers/computers.module.js';
import { DeadLettersModule } from './dead-letters/dead-letters.module.js';
import { DirectoriesModule } from './directories/directories.module.js';
import { DistributionPointsModule } from './distribution-points/distribution-points.module.js';
import { serverEnv } from './env.js';
import { EventStreamModule } from './events/event-stream.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { ImportsModule } from './imports/imports.module.js';
import { LocationRulesModule } from './location-rules/location-rules.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { OverviewModule } from './overview/overview.module.js';
import { SettingsModule } from './settings/settings.module.js';
import { TenantsModule } from './tenants/tenants.module.js';

const env = serverEnv();

@Module({
  imports: [
    LoggerModule.forRoot(loggerParams('server', env.LOG_LEVEL)),
    PersistenceModule.forRoot({ uri: env.MONGODB_URI, standIn: env.MONGODB_STAND_IN }),
    MessagingModule.forRoot({
      url: env.AMQP_URL,
      name: 'server',
      orderQueueType: env.ORDER_QUEUE_TYPE,
      management: env.AMQP_MANAGEMENT_URL
        ? {
            url: env.AMQP_MANAGEMENT_URL,
            vhost: decodeURIComponent(new URL(env.AMQP_URL).pathname.slice(1)) || '/',
          }
        : null,
    }),
    HttpModule,
    AccessModule,
    TenantsModule,
    DistributionPointsModule,
    ClientReleasesModule,
    AccountsModule,
    ComputersModule,
    DirectoriesModule,
    ImportsModule,
    OrdersModule,
    BrakeListModule,
    ClientsModule,
    LocationRulesModule,
    SettingsModule,
    EventStreamModule,
    OverviewModule,
    DeadLettersModule,
    AuditListModule,
    HealthModule,
  ],
})
export class AppModule {}
