import { resolve } from 'node:path';
import { z } from 'zod';
import { parseAllowedHosts } from '#domain';
import { brokerEnv } from '#messaging';
import { databaseEnv } from '#persistence';
import { EnvironmentFault, httpEnv, readEnv } from '#runtime';

const url = z.url().transform((text) => text.replace(/\/+$/, ''));

const onOff = z
  .enum(['on', 'off'])
  .default('on')
  .transform((word) => word === 'on');

/** Everything the server takes from its environment (docs/operations.md). */
const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  ...httpEnv,
  /** Where clients and browsers reach the server. */
  PUBLIC_URL: url.optional(),
  /** Folder with the agent's bundles, as `npm run dp:pack` writes them: what new DPs are installed from. */
  DP_BUNDLE_DIR: z
    .string()
    .default('dist/agents')
    .transform((path) => resolve(path)),
  /** Container image that holds the agent; stands in the line for containers. */
  DP_IMAGE: z
    .string()
    .regex(/^[\w./:@-]+$/)
    .default('relaypoint:local'),
  /** Where DPs reach the gateway; stands in join commands. */
  GATEWAY_URL: url.default('http://127.0.0.1:3001'),
  ...databaseEnv,
  ...brokerEnv,
  /** RabbitMQ's management API; queue counts then include messages that were delivered and not acked yet. */
  AMQP_MANAGEMENT_URL: url.optional(),
  RELAYPOINT_STATE: z
    .string()
    .default('.relaypoint')
    .transform((path) => resolve(path)),
  /** Whether this process handles queues and deadlines, and whether it answers the API; one of both may be off. */
  ENGINE: onOff,
  API: onOff,
  ADMIN_USER: z.string().min(1).max(64).default('admin'),
  ADMIN_PASSWORD: z.string().min(12).max(256).optional(),
  /** An owner's API token that is to exist, for scripts that set an installation up. */
  API_TOKEN: z
    .string()
    .regex(/^rlp_[A-Za-z0-9_-]{40,200}$/, 'must be rlp_ and at least 40 characters of base64url')
    .optional(),
  /** Folder that what has been kept long enough is written to before it is removed; none: see `removeUnarchived`. */
  ARCHIVE_DIR: z
    .string()
    .min(1)
    .transform((path) => resolve(path))
    .optional(),
  /** Milliseconds between two looks at deadlines. */
  SWEEP_INTERVAL_MS: z.coerce.number().int().min(50).max(60_000).default(1000),
  /** Failed logins per minute and address before more are refused. */
  LOGIN_LIMIT: z.coerce.number().int().min(1).max(10_000).default(10),
  /** Keys shared by several servers: raw private Ed25519 key, and 32 bytes, both base64url. Else files in the state folder. */
  SERVER_SIGNING_KEY: z.string().optional(),
  SERVER_TOKEN_KEY: z.string().optional(),
  /** Fingerprint of a new server key that is to count, when the one that the database knows is gone for good. */
  ACCEPT_SERVER_KEY: z.string().startsWith('SHA256:').optional(),
  /** Hosts beside the public internet that webhooks may be on: names, `*.domain`, addresses, networks, comma-separated. */
  WEBHOOK_HOSTS: z
    .string()
    .default('')
    .transform((text, context) => {
      const allowed = parseAllowedHosts(text);
      if (allowed) return allowed;
      context.addIssue('must be host names, addresses or networks, separated by commas');
      return z.NEVER;
    }),
  /** Milliseconds that a receiver of notices has to answer, and a mail server for each step. */
  NOTIFICATION_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(10_000),
  /** Days for which notices and the log of their deliveries are kept. */
  NOTIFICATION_DAYS: z.coerce.number().int().min(2).max(3650).default(30),
  /** Mail server that takes notices, `smtp://` or `smtps://`, with user and password if it wants them. Without: no mail. */
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  /** Domains that mails may go to, comma-separated; none named: any. */
  SMTP_DOMAINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim().toLowerCase())
        .filter((part) => part !== ''),
    ),
  /** Whom mails are from. */
  SMTP_FROM: z.string().min(3).max(320).optional(),
  /** Whether `smtp://` has to be encrypted by STARTTLS, or only is where the mail server offers it. */
  SMTP_TLS: z.enum(['required', 'if-offered']).default('required'),
  /** DPs of which /metrics has series of their own; where there are more, it has sums only. */
  METRICS_DPS: z.coerce.number().int().min(0).max(10_000).default(500),
  /** Largest CSV upload in bytes. */
  IMPORT_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(64 * 1024 * 1024),
  /** Largest client release file in bytes. */
  RELEASE_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(2 * 1024 * 1024 * 1024),
});

/** What the server reads from its environment, once. */
export type ServerEnv = Readonly<Omit<z.infer<typeof schema>, 'PUBLIC_URL'> & { PUBLIC_URL: string }>;

/** Injection token of {@link ServerEnv}. */
export const SERVER_ENV = Symbol('SERVER_ENV');

/** @throws EnvironmentFault naming every variable that is missing or wrong */
export function serverEnv(source: NodeJS.ProcessEnv = process.env): ServerEnv {
  const env = readEnv(schema, source);
  if ((env.TLS_CERT === undefined) !== (env.TLS_KEY === undefined)) {
    throw new EnvironmentFault('environment: TLS_CERT and TLS_KEY belong together');
  }
  if ((env.SMTP_URL === undefined) !== (env.SMTP_FROM === undefined)) {
    throw new EnvironmentFault('environment: SMTP_URL and SMTP_FROM belong together');
  }
  if (!env.ENGINE && !env.API) {
    throw new EnvironmentFault('environment: ENGINE and API cannot both be off');
  }
  const scheme = env.TLS_CERT ? 'https' : 'http';
  return { ...env, PUBLIC_URL: env.PUBLIC_URL ?? `${scheme}://${env.HOST}:${env.PORT}` };
}
