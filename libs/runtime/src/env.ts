import { z } from 'zod';

/** The environment lacks something or holds something wrong; names every variable. */
export class EnvironmentFault extends Error {
  override readonly name = 'EnvironmentFault';
}

/**
 * Reads a program's environment once, into a frozen object. Variables set to nothing count as absent: compose files and
 * shells pass those.
 *
 * @throws EnvironmentFault naming every variable that is missing or wrong
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
  return Object.freeze(parsed.data);
}

/** `1`, `0`, `true` or `false`. */
export const envFlag = z
  .enum(['0', '1', 'true', 'false'])
  .transform((text) => text === '1' || text === 'true');

/** Address a program listens on, and how it speaks TLS; the same variables for every program with HTTP. */
export const httpEnv = {
  HOST: z.string().min(1).default('127.0.0.1'),
  /** PEM files; with both, HTTPS is spoken. */
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  /** Addresses of proxies whose X-Forwarded-For is believed, comma-separated. */
  TRUST_PROXY: z.string().optional(),
  /** Bearer token for /metrics; without it, /metrics answers local callers only. */
  METRICS_TOKEN: z.string().min(16).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};
