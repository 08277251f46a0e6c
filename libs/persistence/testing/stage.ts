import { Test, type TestingModule } from '@nestjs/testing';
import type { Type } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection, ConnectOptions } from 'mongoose';
import {
  planOrder,
  type Computer,
  type ComputerId,
  type DpId,
  type ImportRunId,
  type InstallOrder,
  type OrderId,
  type TenantId,
} from '#domain';
import { createDatabase } from '../../../tools/testing/database.js';
import { connectOptions } from '../src/connection-options.js';
import { PersistenceModule } from '../src/persistence.module.js';

export const tenant = 't1' as TenantId;
export const now = new Date('2026-01-01T00:00:00Z');

/** A time some seconds after {@link now}. */
export const after = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);

/** Computer `c<n>`, imported and fixed to the DP `site`. */
export const computer = (n: number, fields: Partial<Computer> = {}): Computer => ({
  id: `c${n}` as ComputerId,
  tenant,
  name: `PC${n}`,
  hostName: fields.name ?? `PC${n}`,
  fqdn: null,
  address: null,
  identity: `name:PC${n}`,
  source: { kind: 'csv', run: 'r1' as ImportRunId, row: n, directory: null },
  dp: { fixed: 'site' as DpId, assigned: null, since: null, liftedAt: null },
  state: 'imported',
  openOrder: null,
  lastOrder: null,
  inventory: {
    os: null,
    version: null,
    description: null,
    location: null,
    ou: null,
    enabled: null,
    lastLogon: null,
  },
  client: null,
  restartDue: false,
  registerBy: null,
  alerts: [],
  status: { at: now, source: 'importer' },
  createdAt: now,
  revision: 0,
  ...fields,
});

/** Order `o<n>` of computer `c<n>`, planned for {@link now} and expiring an hour later. */
export const order = (n: number, fields: Partial<InstallOrder> = {}): InstallOrder => ({
  ...planOrder({
    id: `o${n}` as OrderId,
    tenant,
    computer: `c${n}` as ComputerId,
    dp: 'site' as DpId,
    kind: 'install-client',
    release: null,
    requestedBy: 'test',
    note: null,
    retryOf: null,
    notBefore: now,
    attemptsAllowed: 5,
    expiry: 3600,
    now,
  }),
  ...fields,
});

/** The repositories on a database of their own. */
export interface Stage {
  get: <T>(repository: Type<T>) => T;
  connection: Connection;
  standIn: boolean;
  uri: string;
  close: () => Promise<void>;
}

/** Injection token of the options that @nestjs/mongoose connects by. */
const CONNECT_OPTIONS = 'MongooseModuleOptions';

/** @param more for the driver, such as `monitorCommands` */
export async function openStage(more: ConnectOptions = {}, through = (uri: string) => uri): Promise<Stage> {
  const database = createDatabase();
  const { standIn } = database;
  const uri = through(database.uri);
  const app: TestingModule = await Test.createTestingModule({
    imports: [PersistenceModule.forRoot({ uri, standIn })],
  })
    .overrideProvider(CONNECT_OPTIONS)
    .useValue({ uri, ...connectOptions({ uri, standIn }), ...more })
    .compile();
  await app.init();
  return {
    get: (repository) => app.get(repository),
    connection: app.get<Connection>(getConnectionToken()),
    standIn,
    uri,
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}
