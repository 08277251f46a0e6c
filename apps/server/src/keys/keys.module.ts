import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { serverEnv } from '../env.js';
import { ServerKeys } from './server-keys.js';

@Module({
  providers: [
    {
      provide: ServerKeys,
      useFactory: () => {
        const { RELAYPOINT_STATE, SERVER_SIGNING_KEY, SERVER_TOKEN_KEY } = serverEnv();
        return ServerKeys.load({
          folder: join(RELAYPOINT_STATE, 'keys'),
          signingKey: SERVER_SIGNING_KEY,
          tokenKey: SERVER_TOKEN_KEY,
        });
      },
    },
  ],
  exports: [ServerKeys],
})
export class KeysModule {}
