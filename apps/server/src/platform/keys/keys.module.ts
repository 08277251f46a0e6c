import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { InstallationRepository, type ServerKeyRecord } from '#persistence';
import { SERVER_ENV, type ServerEnv } from '../config/server-env.js';
import { LastRestore } from './last-restore.js';
import { keysOfDatabase } from './key-record.js';
import { PinnedKeys } from './pinned-keys.js';
import { ServerKeys } from './server-keys.js';

interface Loaded {
  keys: ServerKeys;
  record: ServerKeyRecord;
}

const LOADED = Symbol('the keys, as the database knows them');

@Module({
  providers: [
    {
      provide: LOADED,
      useFactory: async (installation: InstallationRepository, env: ServerEnv): Promise<Loaded> => {
        const { RELAYPOINT_STATE, SERVER_SIGNING_KEY, SERVER_TOKEN_KEY, ACCEPT_SERVER_KEY } = env;
        const folder = join(RELAYPOINT_STATE, 'keys');
        const keys = await ServerKeys.load({
          folder,
          signingKey: SERVER_SIGNING_KEY,
          tokenKey: SERVER_TOKEN_KEY,
        });
        const source = SERVER_SIGNING_KEY === undefined ? folder : 'SERVER_SIGNING_KEY';
        const acceptance = { accepted: ACCEPT_SERVER_KEY, source };
        return { keys, record: await keysOfDatabase(installation, keys, acceptance, new Date()) };
      },
      inject: [InstallationRepository, SERVER_ENV],
    },
    // nobody gets keys that the database does not know
    { provide: ServerKeys, useFactory: ({ keys }: Loaded) => keys, inject: [LOADED] },
    {
      provide: LastRestore,
      useFactory: ({ record }: Loaded) => new LastRestore(record.restoredAt ?? null),
      inject: [LOADED],
    },
    { provide: PinnedKeys, useFactory: ({ record }: Loaded) => new PinnedKeys(record), inject: [LOADED] },
  ],
  exports: [ServerKeys, PinnedKeys, LastRestore],
})
export class KeysModule {}
