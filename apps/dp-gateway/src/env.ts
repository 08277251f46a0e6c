import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { brokerEnv } from '#messaging';
import { httpEnv, readEnv } from '#runtime';

const count = z.coerce.number().int().positive();

const schema = z
  .object({
    ...httpEnv,
    AMQP_URL: brokerEnv.AMQP_URL,
    ORDER_QUEUE_TYPE: brokerEnv.ORDER_QUEUE_TYPE,
    PORT: z.coerce.number().int().min(0).max(65_535).default(3001),
    /** Base URL of the server as this gateway reaches it; release files come from there. */
    SERVER_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:3000'),
    /** Milliseconds a call to the server may take. */
    CALL_TIMEOUT_MS: count.max(30_000).default(4_000),
    /** Limits of one DP, in calls per second. */
    POLL_RATE: count.default(10),
    POLL_BURST: count.default(20),
    REPORT_RATE: count.default(100),
    /** Limits of one address, in calls per minute. */
    /** Enrolments that are refused. */
    ENROL_RATE: count.default(30),
    /** All of them. */
    ENROL_MOST: count.default(1_200),
    /** What machines ask for that are to become DPs: the install script, manifests, its files (of these never more than 240). */
    INSTALL_RATE: count.default(1_200),
    REGISTER_RATE: count.default(600),
    CONTACT_RATE: count.default(6_000),
    /** Milliseconds in which a request has to be here as a whole. */
    REQUEST_TIMEOUT_MS: count.min(1_000).default(30_000),
  })
  .refine((env) => (env.TLS_CERT === undefined) === (env.TLS_KEY === undefined), {
    message: 'TLS_CERT and TLS_KEY go together',
  });

/** What the gateway reads from its environment, once. */
export type GatewayEnv = Readonly<z.infer<typeof schema>>;

/** Injection token of {@link GatewayEnv}. */
export const GATEWAY_ENV = Symbol('GATEWAY_ENV');

/** @throws EnvironmentFault naming every variable that is missing or wrong */
export function gatewayEnv(source: NodeJS.ProcessEnv = process.env): GatewayEnv {
  return readEnv(schema, source);
}

/** Certificate and key, when the gateway itself speaks TLS. */
export function tlsOf(env: GatewayEnv): { cert: Buffer; key: Buffer } | null {
  if (env.TLS_CERT === undefined || env.TLS_KEY === undefined) return null;
  return { cert: readFileSync(env.TLS_CERT), key: readFileSync(env.TLS_KEY) };
}
