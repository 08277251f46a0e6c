import { join, resolve } from 'node:path';
import { z } from 'zod';
import { databaseEnv, type DatabaseUse } from '#persistence';
import { readEnv } from '#runtime';

/** What the commands take from their environment: the same as the server (docs/operations.md). */
const schema = z.object({
  ...databaseEnv,
  RELAYPOINT_STATE: z
    .string()
    .default('.relaypoint')
    .transform((path) => resolve(path)),
  SERVER_SIGNING_KEY: z.string().optional(),
  SERVER_TOKEN_KEY: z.string().optional(),
});

export type AdminEnv = Readonly<z.infer<typeof schema>>;

/** @throws EnvironmentFault naming every variable that is missing or wrong */
export function adminEnv(source: NodeJS.ProcessEnv): AdminEnv {
  return readEnv(schema, source);
}

export function databaseOf({ MONGODB_URI, MONGODB_STAND_IN }: AdminEnv): DatabaseUse {
  return { uri: MONGODB_URI, standIn: MONGODB_STAND_IN, name: 'admin' };
}

/** Where a server of this environment keeps its keys. */
export function keyFolderOf({ RELAYPOINT_STATE }: AdminEnv): string {
  return join(RELAYPOINT_STATE, 'keys');
}
