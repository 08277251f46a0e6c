import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const ASSETS = 'assets';

/**
 * Serves the console under /console when it has been built. Names of assets carry a hash of their content, so browsers
 * keep them for ever; the page that names them is asked for each time, and answers every address below /console.
 *
 * @param root where the build put it; dist/apps/console, seen from the program dist/apps/server/src/main.js
 */
export function serveConsole(
  app: NestFastifyApplication,
  root: string = join(dirname(process.argv[1] ?? ''), '../../console'),
): void {
  const index = join(root, 'index.html');
  if (!existsSync(index)) return;
  const page = readFileSync(index);
  app.useStaticAssets({
    root: join(root, ASSETS),
    prefix: `/console/${ASSETS}/`,
    wildcard: false,
    index: false,
    maxAge: '1y',
    immutable: true,
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/', (_, reply) => reply.redirect('/console'));
  for (const path of ['/console', '/console/*']) {
    fastify.get(path, (request, reply) => {
      // a page of an older build asks for what is gone; it must not take this page for a script
      if (request.url.startsWith(`/console/${ASSETS}/`)) return reply.callNotFound();
      return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
    });
  }
}
