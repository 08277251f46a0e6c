import { type InjectionToken, Module, type DynamicModule } from '@nestjs/common';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import type { Connection, mongo, Schema } from 'mongoose';
import type { Registry } from 'prom-client';
import { JoinKeyRepository, joinKeySchema } from './join-key.repository.js';
import { ApiTokenRepository, apiTokenSchema } from './api-token.repository.js';
import {
  AssignmentRuleRepository,
  assignmentRuleSchema,
  ImportProfileRepository,
  importProfileSchema,
} from './assignment.repositories.js';
import { AuditChainRepository, auditChainSchema, auditCheckpointSchema } from './audit-chain.repository.js';
import { AuditRepository, auditSchema } from './audit.repository.js';
import { AccountRepository, accountSchema } from './account.repository.js';
import { BlobStore } from './blob-store.js';
import { BrakeRepository, brakeSchema } from './brake.repository.js';
import { ClientReleaseRepository, clientReleaseSchema } from './client-release.repository.js';
import { ComputerRepository } from './computer.repository.js';
import { computerSchema } from './computer.schema.js';
import { connectOptions, type DatabaseUse } from './connection-options.js';
import { DatabaseMetrics } from './database-metrics.js';
import { DatabaseProbe } from './database-probe.js';
import { DeliveryRepository, deliverySchema } from './delivery.repository.js';
import { DistributionPointRepository, distributionPointSchema } from './distribution-point.repository.js';
import { mendDriverHang } from './driver-hang.js';
import { IdempotencyRepository, idempotencySchema } from './idempotency.repository.js';
import { DirectorySyncRepository, directorySyncSchema } from './directory-sync.repository.js';
import { DirectoryRepository, ImportRowRepository, ImportRunRepository } from './import.repositories.js';
import { directorySchema, importRowSchema, importRunSchema } from './import.schemas.js';
import { INDEXED, Indexes } from './indexes.js';
import { InstallationRepository, installationSchema } from './installation.repository.js';
import { LocationRuleRepository, locationRuleSchema } from './location-rule.repository.js';
import { LoginAttemptsRepository, loginAttemptSchema } from './login-attempts.repository.js';
import { makeBlobIndexes, makeIndexes } from './make-indexes.js';
import { NoticeRepository, noticeSchema } from './notice.repository.js';
import {
  NotificationPreferencesRepository,
  notificationPreferencesSchema,
} from './notification-preferences.repository.js';
import { NotificationTargetRepository, notificationTargetSchema } from './notification-target.repository.js';
import { OrderMeasuresRepository } from './order-measures.repository.js';
import { OrderRepository } from './order.repository.js';
import { orderSchema } from './order.schema.js';
import { prepareDatabase } from './prepare-database.js';
import { PROGRAM, ProgramPresence } from './program-presence.js';
import { RepeatedMigrations } from './repeated-migrations.js';
import { RetentionRepository, retentionSchema } from './retention.repository.js';
import { SavedViewRepository, savedViewSchema } from './saved-view.repository.js';
import { SessionRepository, sessionSchema } from './session.repository.js';
import { SettingsRepository, settingsSchema } from './settings.repository.js';
import { TenantRepository, tenantSchema } from './tenant.repository.js';
import { TimelineRepository, timelineSchema } from './timeline.repository.js';
import { RolloutMemberRepository } from './rollout-member.repository.js';
import { RolloutRepository } from './rollout.repository.js';
import { rolloutMemberSchema, rolloutSchema } from './rollout.schema.js';
import { UserRepository, userSchema } from './user.repository.js';

/** The schema of each collection, by the name of its model. */
export const SCHEMAS = {
  Account: accountSchema,
  ApiToken: apiTokenSchema,
  AssignmentRule: assignmentRuleSchema,
  JoinKey: joinKeySchema,
  AuditCheckpoint: auditCheckpointSchema,
  AuditEntry: auditSchema,
  AuditHead: auditChainSchema,
  Brake: brakeSchema,
  ClientRelease: clientReleaseSchema,
  Computer: computerSchema,
  Delivery: deliverySchema,
  Directory: directorySchema,
  DirectorySync: directorySyncSchema,
  DistributionPoint: distributionPointSchema,
  IdempotencyRecord: idempotencySchema,
  ImportProfile: importProfileSchema,
  ImportRow: importRowSchema,
  ImportRun: importRunSchema,
  Installation: installationSchema,
  LocationRule: locationRuleSchema,
  Notice: noticeSchema,
  NotificationPreferences: notificationPreferencesSchema,
  NotificationTarget: notificationTargetSchema,
  Order: orderSchema,
  RetentionState: retentionSchema,
  Rollout: rolloutSchema,
  RolloutMember: rolloutMemberSchema,
  SavedView: savedViewSchema,
  Session: sessionSchema,
  Settings: settingsSchema,
  Tenant: tenantSchema,
  TimelineEvent: timelineSchema,
  User: userSchema,
} as const satisfies Record<string, Schema>;

/** Of every collection that has indexes. */
const ALL_SCHEMAS: readonly Schema[] = [...Object.values(SCHEMAS), loginAttemptSchema];

/** Makes the indexes of all collections, as a program does at its start, and those of files. */
export async function makeAllIndexes(db: mongo.Db): Promise<void> {
  for (const schema of ALL_SCHEMAS) await makeIndexes(db, schema);
  await makeBlobIndexes(db);
}

const REPOSITORIES = [
  AccountRepository,
  ApiTokenRepository,
  AssignmentRuleRepository,
  JoinKeyRepository,
  AuditChainRepository,
  AuditRepository,
  BlobStore,
  BrakeRepository,
  ClientReleaseRepository,
  ComputerRepository,
  DeliveryRepository,
  DirectoryRepository,
  DirectorySyncRepository,
  DistributionPointRepository,
  IdempotencyRepository,
  ImportProfileRepository,
  ImportRowRepository,
  ImportRunRepository,
  InstallationRepository,
  LocationRuleRepository,
  LoginAttemptsRepository,
  NoticeRepository,
  NotificationPreferencesRepository,
  NotificationTargetRepository,
  OrderMeasuresRepository,
  OrderRepository,
  RetentionRepository,
  SavedViewRepository,
  RolloutMemberRepository,
  RolloutRepository,
  SessionRepository,
  SettingsRepository,
  TenantRepository,
  TimelineRepository,
  UserRepository,
];

/** How a program uses the database. */
export interface PersistenceOptions extends DatabaseUse {
  /** Where the program's metrics are; without it the connections are not counted. */
  metrics?: InjectionToken<Registry>;
}

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
        ProgramPresence,
        { provide: PROGRAM, useValue: use.name ?? 'relaypoint' },
        { provide: RepeatedMigrations, useFactory: () => new RepeatedMigrations(use) },
        ...(use.metrics
          ? [
              {
                provide: DatabaseMetrics,
                useFactory: (registry: Registry, connection: Connection) =>
                  new DatabaseMetrics(registry, connection),
                inject: [use.metrics, getConnectionToken()],
              },
            ]
          : []),
        { provide: INDEXED, useValue: ALL_SCHEMAS },
      ],
      exports: [...REPOSITORIES, DatabaseProbe],
    };
  }
}
