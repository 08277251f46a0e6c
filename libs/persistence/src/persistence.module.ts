import { Inject, Injectable, Logger, Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { InjectConnection, MongooseModule } from '@nestjs/mongoose';
import type { Connection, ConnectOptions, Schema } from 'mongoose';
import { ApiTokenRepository, apiTokenSchema } from './api-token.repository.js';
import { AuditRepository, auditSchema } from './audit.repository.js';
import { AccountRepository, accountSchema } from './account.repository.js';
import { BlobStore } from './blob-store.js';
import { BrakeRepository, brakeSchema } from './brake.repository.js';
import { ClientReleaseRepository, clientReleaseSchema } from './client-release.repository.js';
import { ComputerRepository } from './computer.repository.js';
import { computerSchema } from './computer.schema.js';
import { DistributionPointRepository, distributionPointSchema } from './distribution-point.repository.js';
import { IdempotencyRepository, idempotencySchema } from './idempotency.repository.js';
import {
  DirectoryRepository,
  directorySchema,
  ImportRowRepository,
  importRowSchema,
  ImportRunRepository,
  importRunSchema,
} from './import.repositories.js';
import { LocationRuleRepository, locationRuleSchema } from './location-rule.repository.js';
import { OrderRepository } from './order.repository.js';
import { orderSchema } from './order.schema.js';
import { SessionRepository, sessionSchema } from './session.repository.js';
import { SettingsRepository, settingsSchema } from './settings.repository.js';
import { TenantRepository, tenantSchema } from './tenant.repository.js';
import { TimelineRepository, timelineSchema } from './timeline.repository.js';
import { UserRepository, userSchema } from './user.repository.js';

const SCHEMAS = {
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
  LocationRuleRepository,
  OrderRepository,
  SessionRepository,
  SettingsRepository,
  TenantRepository,
  TimelineRepository,
  UserRepository,
];

export interface PersistenceOptions {
  uri: string;
  /** The database is the development stand-in (mongo-java-server), which knows neither sessions nor `hello`. */
  standIn: boolean;
}

const STAND_IN = Symbol('the database is the stand-in');

/** Makes the indexes at start; one that exists stays. */
@Injectable()
class Indexes implements OnModuleInit {
  private readonly log = new Logger('Database');

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(STAND_IN) private readonly standIn: boolean,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const name of Object.keys(SCHEMAS)) {
      const model = this.connection.models[name];
      if (!model) continue;
      await model.createIndexes();
      // The stand-in looks up `{_id, revision}` by reading everything unless an index names exactly these fields
      if (this.standIn) {
        await model.collection.createIndex({ _id: 1, revision: 1 }, { unique: true });
      }
    }
    this.log.log('indexes are there');
  }
}

/** Whether the database answers. */
@Injectable()
export class DatabaseProbe {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  async check(): Promise<{ up: boolean; detail?: string }> {
    const { db } = this.connection;
    if (!db) return { up: false, detail: 'not connected' };
    try {
      await db.command({ ping: 1 });
      return { up: true };
    } catch (error) {
      return { up: false, detail: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** How long an operation looks for a server before it fails; a passing fault. */
const SELECTION_MS = 5_000;

/**
 * MongoDB, and the repositories that return domain objects. Standalone server, replica set and sharded cluster all do:
 * no transaction, no change stream, and only commands of the Stable API.
 */
@Module({})
export class PersistenceModule {
  static forRoot({ uri, standIn }: PersistenceOptions): DynamicModule {
    const real: ConnectOptions = {
      serverApi: { version: '1', strict: true },
      writeConcern: { w: 'majority', journal: true },
    };
    // Without sessions a retryable write cannot be numbered; the stand-in would refuse it
    const stand: ConnectOptions = { retryWrites: false, retryReads: false, directConnection: true };
    return {
      module: PersistenceModule,
      global: true,
      imports: [
        MongooseModule.forRoot(uri, {
          serverSelectionTimeoutMS: SELECTION_MS,
          autoIndex: false,
          autoCreate: false,
          bufferCommands: false,
          maxPoolSize: 32,
          ...(standIn ? stand : real),
        }),
        MongooseModule.forFeature(Object.entries(SCHEMAS).map(([name, schema]) => ({ name, schema }))),
      ],
      providers: [...REPOSITORIES, DatabaseProbe, Indexes, { provide: STAND_IN, useValue: standIn }],
      exports: [...REPOSITORIES, DatabaseProbe],
    };
  }
}
