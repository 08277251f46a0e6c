import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';

/** The environment lacks something or holds something wrong; names every variable. */
export class EnvironmentFault extends Error {
  override readonly name = 'EnvironmentFault';
}

/**
 * Reads a program's environment once, into a frozen object. Variables set to nothing count as absent: compose files and
 * shells pass those.
 *
 * @throws EnvironmentFault naming every variable that is missing or wrong, and with `NODE_ENV=production` every one that
 * is meant for a demonstration
 */
export function readEnv<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  source: NodeJS.ProcessEnv = process.env,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new EnvironmentFault(`environment: ${z.prettifyError(parsed.error)}`);
  const demo = given['NODE_ENV'] === 'production' ? demoFaults(parsed.data) : [];
  if (demo.length > 0) throw new EnvironmentFault(`environment, in production: ${demo.join('; ')}`);
  return Object.freeze(parsed.data);
}

/** What everybody knows, or can read, does not protect an installation. */
function demoFaults(env: Readonly<Record<string, unknown>>): string[] {
  const { AMQP_URL: broker, MONGODB_STAND_IN: standIn, RELAYPOINT_STATE: state } = env;
  const faults: string[] = [];
  if (typeof broker === 'string' && /\/\/guest[:@]/.test(broker))
    faults.push('AMQP_URL logs in as guest, whose password everybody knows');
  if (standIn === true) faults.push('MONGODB_STAND_IN is for development');
  if (typeof state === 'string' && existsSync(join(state, 'dev.json')))
    faults.push('RELAYPOINT_STATE is the folder of a demonstration, whose secrets stand in its dev.json');
  return faults;
}

/** `1`, `0`, `true` or `false`. */
export const envFlag = z
  .enum(['0', '1', 'true', 'false'])
  .transform((text) => text === '1' || text === 'true');

/** Names of address ranges that proxy-addr knows. */
const RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (rest.length > 0 || version === 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

/** Address a program listens on, and how it speaks TLS; the same variables for every program with HTTP. */
export const httpEnv = {
  HOST: z.string().min(1).default('127.0.0.1'),
  /** PEM files; with both, HTTPS is spoken. */
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  /** Proxies whose X-Forwarded-For is believed, comma-separated: addresses, networks, or names of ranges. False: none. */
  TRUST_PROXY: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine((parts) => parts.every((part) => RANGES.includes(part) || isAddressOrNetwork(part)), {
      message: 'must be addresses or networks, separated by commas',
    })
    .or(z.literal(false))
    .default(false),
  /** Bearer token for /metrics; without it, /metrics answers local callers only. */
  METRICS_TOKEN: z.string().min(16).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};
