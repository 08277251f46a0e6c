import { Module, type DynamicModule } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import type { Schema } from 'mongoose';
import { ApiTokenRepository, apiTokenSchema } from './api-token.repository.js';
import { AuditRepository, auditSchema } from './audit.repository.js';
import { AccountRepository, accountSchema } from './account.repository.js';
import { BlobStore } from './blob-store.js';
import { BrakeRepository, brakeSchema } from './brake.repository.js';
import { ClientReleaseRepository, clientReleaseSchema } from './client-release.repository.js';
import { ComputerRepository } from './computer.repository.js';
import { computerSchema } from './computer.schema.js';
import { connectOptions, type DatabaseUse } from './connection-options.js';
import { DatabaseProbe } from './database-probe.js';
import { DistributionPointRepository, distributionPointSchema } from './distribution-point.repository.js';
import { mendDriverHang } from './driver-hang.js';
import { IdempotencyRepository, idempotencySchema } from './idempotency.repository.js';
import { DirectoryRepository, ImportRowRepository, ImportRunRepository } from './import.repositories.js';
import { directorySchema, importRowSchema, importRunSchema } from './import.schemas.js';
import { INDEXED, Indexes } from './indexes.js';
import { InstallationRepository, installationSchema } from './installation.repository.js';
import { LocationRuleRepository, locationRuleSchema } from './location-rule.repository.js';
import { LoginAttemptsRepository, loginAttemptSchema } from './login-attempts.repository.js';
import { OrderRepository } from './order.repository.js';
import { orderSchema } from './order.schema.js';
import { prepareDatabase } from './prepare-database.js';
import { SessionRepository, sessionSchema } from './session.repository.js';
import { SettingsRepository, settingsSchema } from './settings.repository.js';
import { TenantRepository, tenantSchema } from './tenant.repository.js';
import { TimelineRepository, timelineSchema } from './timeline.repository.js';
import { UserRepository, userSchema } from './user.repository.js';

/** The schema of each collection, by the name of its model. */
export const SCHEMAS = {
  Account: accountSchema,
  ApiToken: apiTokenSchema,
  AuditEntry: auditSchema,
  Brake: brakeSchema,
  ClientRelease: clientReleaseSchema,
  Computer: computerSchema,
  Directory: directorySchema,
  DistributionPoint: distributionPointSchema,
  IdempotencyRecord: idempotencySchema,
  ImportRow: importRowSchema,
  ImportRun: importRunSchema,
  Installation: installationSchema,
  LocationRule: locationRuleSchema,
  Order: orderSchema,
  Session: sessionSchema,
  Settings: settingsSchema,
  Tenant: tenantSchema,
  TimelineEvent: timelineSchema,
  User: userSchema,
} as const satisfies Record<string, Schema>;

const REPOSITORIES = [
  AccountRepository,
  ApiTokenRepository,
  AuditRepository,
  BlobStore,
  BrakeRepository,
  ClientReleaseRepository,
  ComputerRepository,
  DirectoryRepository,
  DistributionPointRepository,
  IdempotencyRepository,
  ImportRowRepository,
  ImportRunRepository,
  InstallationRepository,
  LocationRuleRepository,
  LoginAttemptsRepository,
  OrderRepository,
  SessionRepository,
  SettingsRepository,
  TenantRepository,
  TimelineRepository,
  UserRepository,
];

/** How a program uses the database. */
export type PersistenceOptions = DatabaseUse;

/**
 * MongoDB, and the repositories that return domain objects. Standalone server, replica set and sharded cluster all do:
 * no transaction, no change stream, and only commands of the Stable API.
 */
@Module({})
export class PersistenceModule {
  static forRoot(use: PersistenceOptions): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      imports: [
        MongooseModule.forRootAsync({
          useFactory: async () => {
            mendDriverHang();
            await prepareDatabase(use);
            return { uri: use.uri, ...connectOptions(use) };
          },
        }),
        MongooseModule.forFeature(Object.entries(SCHEMAS).map(([name, schema]) => ({ name, schema }))),
      ],
      providers: [
        ...REPOSITORIES,
        DatabaseProbe,
        Indexes,
        { provide: INDEXED, useValue: [...Object.values(SCHEMAS), loginAttemptSchema] },
      ],
      exports: [...REPOSITORIES, DatabaseProbe],
    };
  }
}
