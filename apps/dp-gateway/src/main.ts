import 'reflect-metadata';
import { announceReady, EnvironmentFault, startTracing } from '#runtime';
import { createApp } from './create-app.js';
import { gatewayEnv } from './env.js';

/**
 * Connections that the system accepts ahead of the program: of thousands of DPs that come at once, it would drop those beyond
 * Node's 511. Linux lowers it to `net.core.somaxconn`.
 */
const BACKLOG = 4_096;

try {
  const env = gatewayEnv();
  await startTracing('relaypoint-dp-gateway');
  const app = await createApp(env);
  await app.listen({ port: env.PORT, host: env.HOST, backlog: BACKLOG });
  announceReady();
} catch (error) {
  const text =
    error instanceof EnvironmentFault ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`relaypoint dp-gateway: ${text}\n`);
  process.exit(1);
}
