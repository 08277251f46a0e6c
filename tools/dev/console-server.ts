import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the console is while it is worked on. */
export interface ConsoleServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the console from its sources by Vite, which shows a change at once; whatever is not the console goes to the
 * server. `cache` is a folder for what Vite makes of the libraries.
 */
export async function serveConsoleSources(options: {
  /** The project's folder. */
  readonly root: string;
  readonly serverUrl: string;
  readonly host: string;
  readonly port: number;
  readonly cache: string;
}): Promise<ConsoleServer> {
  const { root, serverUrl, host, port, cache } = options;
  // loaded only where it is wanted: `npm start` has no use for it
  const { createServer } = await import('vite');
  // a copy of the project may use the libraries of a folder above it
  const libraries = dirname(dirname(dirname(fileURLToPath(import.meta.resolve('vite/package.json')))));
  const proxied = { target: serverUrl };
  const server = await createServer({
    root: join(root, 'apps/console'),
    cacheDir: cache,
    logLevel: 'warn',
    clearScreen: false,
    server: {
      host,
      port,
      strictPort: true,
      proxy: { '/api': proxied, '/health': proxied, '/docs': proxied },
      fs: { allow: [root, libraries] },
    },
  });
  await server.listen();
  return { port, close: () => server.close() };
}
