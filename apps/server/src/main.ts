import 'reflect-metadata';
import { announceReady, EnvironmentFault, startTracing } from '#runtime';
import { serverEnv } from './platform/config/server-env.js';

await start();

async function start(): Promise<void> {
  try {
    const env = serverEnv();
    // Loaded only now: what is wrong with the environment is said in one line, before anything else begins
    const { createApp, createPreview } = await import('./create-app.js');
    if (process.argv.includes('--openapi')) {
      const { apiDocument } = await import('./platform/http/openapi.js');
      const text = `${JSON.stringify(apiDocument(await createPreview(env), env), null, 2)}\n`;
      // nothing was connected, so nothing is to be closed; a timer of a library may still keep the process
      process.stdout.write(text, () => process.exit(0));
      return;
    }
    await startTracing('relaypoint-server');
    const app = await createApp(env);
    // HTTP answers (not ready) while the broker is still away
    await app.listen(env.PORT, env.HOST);
    announceReady();
    await app.startAllMicroservices();
  } catch (error) {
    const text =
      error instanceof EnvironmentFault
        ? error.message
        : error instanceof Error
          ? error.stack
          : String(error);
    process.stderr.write(`relaypoint server: ${text}\n`);
    process.exit(1);
  }
}
