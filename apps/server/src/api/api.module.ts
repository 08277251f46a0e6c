import { Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { JoinKeysModule } from './join-keys/join-keys.module.js';
import { ApiTokensModule } from './api-tokens/api-tokens.module.js';
import { AssignmentRulesModule } from './assignment-rules/assignment-rules.module.js';
import { AuditApiModule } from './audit/audit.module.js';
import { BrakesModule } from './brakes/brakes.module.js';
import { ClientReleasesModule } from './client-releases/client-releases.module.js';
import { ClientsModule } from './clients/clients.module.js';
import { ComputersModule } from './computers/computers.module.js';
import { DeadLettersModule } from './dead-letters/dead-letters.module.js';
import { DirectoriesModule } from './directories/directories.module.js';
import { DistributionPointsModule } from './distribution-points/distribution-points.module.js';
import { EventStreamModule } from './event-stream/event-stream.module.js';
import { ImportProfilesModule } from './import-profiles/import-profiles.module.js';
import { ImportsModule } from './imports/imports.module.js';
import { LocationRulesModule } from './location-rules/location-rules.module.js';
import { MeasuresModule } from './measures/measures.module.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { OverviewModule } from './overview/overview.module.js';
import { RolloutsModule } from './rollouts/rollouts.module.js';
import { SessionModule } from './session/session.module.js';
import { SettingsApiModule } from './settings/settings.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { UsersModule } from './users/users.module.js';
import { ViewsModule } from './views/views.module.js';

/** The admin API and the client API: one module for each resource. */
@Module({
  imports: [
    AccountsModule,
    ApiTokensModule,
    AssignmentRulesModule,
    JoinKeysModule,
    AuditApiModule,
    BrakesModule,
    ClientReleasesModule,
    ClientsModule,
    ComputersModule,
    DeadLettersModule,
    DirectoriesModule,
    DistributionPointsModule,
    EventStreamModule,
    ImportProfilesModule,
    ImportsModule,
    LocationRulesModule,
    MeasuresModule,
    NotificationsModule,
    OrdersModule,
    OverviewModule,
    RolloutsModule,
    SessionModule,
    SettingsApiModule,
    TenantsModule,
    UsersModule,
    ViewsModule,
  ],
})
export class ApiModule {}
