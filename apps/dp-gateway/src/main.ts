import 'reflect-metadata';
import { EnvironmentFault } from '#runtime';
import { createApp } from './create-app.js';
import { gatewayEnv } from './env.js';

try {
  const env = gatewayEnv();
  const app = await createApp(env);
  await app.listen(env.PORT, env.HOST);
} catch (error) {
  const text =
    error instanceof EnvironmentFault ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`relaypoint dp-gateway: ${text}\n`);
  process.exit(1);
}
