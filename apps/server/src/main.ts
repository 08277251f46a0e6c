import 'reflect-metadata';
import { EnvironmentFault } from '#runtime';
import { serverEnv } from './env.js';

await start();

async function start(): Promise<void> {
  try {
    const { HOST, PORT } = serverEnv();
    // Loaded only now: what is wrong with the environment is said in one line, before anything else begins
    const { createApp, createPreview } = await import('./create-app.js');
    if (process.argv.includes('--openapi')) {
      const { apiDocument } = await import('./http/openapi.js');
      const text = `${JSON.stringify(apiDocument(await createPreview()), null, 2)}\n`;
      // nothing was connected, so nothing is to be closed; a timer of a library may still keep the process
      process.stdout.write(text, () => process.exit(0));
      return;
    }
    const app = await createApp();
    // HTTP answers (not ready) while the broker is still away
    await app.listen(PORT, HOST);
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
