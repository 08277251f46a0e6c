import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { brokerEnv } from '#messaging';
import { databaseEnv } from '#persistence';
import { httpEnv, readEnv } from '#runtime';
import { AllowedHosts } from './allowed-hosts.js';

const schema = z.object({
  ...httpEnv,
  ...brokerEnv,
  ...databaseEnv,
  PORT: z.coerce.number().int().min(0).max(65_535).default(3002),
  /** Folder of what must outlive the process; the importers' key is in `keys/`. */
  RELAYPOINT_STATE: z.string().min(1).default('.relaypoint'),
  /** Hosts that directories may be on, comma-separated: names, `*.domain`, addresses, networks; `*`: any, this machine too. */
  DIRECTORY_HOSTS: z
    .string()
    .optional()
    .transform((text, context) => {
      const allowed = text === undefined ? AllowedHosts.default : AllowedHosts.parse(text);
      if (allowed) return allowed;
      context.addIssue('must be host names, addresses or networks, separated by commas');
      return z.NEVER;
    }),
  /** Rows that one import may have. */
  MAX_IMPORT_ROWS: z.coerce.number().int().min(1).default(250_000),
  /** Runs that are worked on at once. */
  IMPORT_CONCURRENCY: z.coerce.number().int().min(1).max(16).default(2),
  /** Milliseconds between two looks for runs whose command got lost. */
  IMPORT_SWEEP_MS: z.coerce.number().int().min(100).default(5_000),
  /** Milliseconds after which a run that nobody touches is taken over. */
  IMPORT_STALE_MS: z.coerce.number().int().min(500).default(30_000),
});

export type ImporterEnv = z.infer<typeof schema>;

let env: Readonly<ImporterEnv> | undefined;

/** @throws EnvironmentFault naming every variable that is missing or wrong */
export function importerEnv(): Readonly<ImporterEnv> {
  env ??= readEnv(schema);
  return env;
}

/** The importers' sealing key; all importers of an installation share it. */
export function keyFile(): string {
  return join(importerEnv().RELAYPOINT_STATE, 'keys', 'importer.x25519.pem');
}

/** Which importer this is, in runs and logs. */
export const importerName = `${hostname()}:${process.pid}`;
