import { Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { ApiTokensModule } from './api-tokens/api-tokens.module.js';
import { AuditApiModule } from './audit/audit.module.js';
import { BrakesModule } from './brakes/brakes.module.js';
import { ClientReleasesModule } from './client-releases/client-releases.module.js';
import { ClientsModule } from './clients/clients.module.js';
import { ComputersModule } from './computers/computers.module.js';
import { DeadLettersModule } from './dead-letters/dead-letters.module.js';
import { DirectoriesModule } from './directories/directories.module.js';
import { DistributionPointsModule } from './distribution-points/distribution-points.module.js';
import { EventStreamModule } from './event-stream/event-stream.module.js';
import { ImportsModule } from './imports/imports.module.js';
import { LocationRulesModule } from './location-rules/location-rules.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { OverviewModule } from './overview/overview.module.js';
import { SessionModule } from './session/session.module.js';
import { SettingsApiModule } from './settings/settings.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { UsersModule } from './users/users.module.js';

/** The admin API and the client API: one module for each resource. */
@Module({
  imports: [
    AccountsModule,
    ApiTokensModule,
    AuditApiModule,
    BrakesModule,
    ClientReleasesModule,
    ClientsModule,
    ComputersModule,
    DeadLettersModule,
    DirectoriesModule,
    DistributionPointsModule,
    EventStreamModule,
    ImportsModule,
    LocationRulesModule,
    OrdersModule,
    OverviewModule,
    SessionModule,
    SettingsApiModule,
    TenantsModule,
    UsersModule,
  ],
})
export class ApiModule {}
