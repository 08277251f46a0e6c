import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** Remembers which methods each path has, so that a wrong method is told from a path that does not exist. */
@Injectable()
export class KnownRoutes {
  private readonly routes: { pattern: RegExp; methods: readonly string[] }[] = [];

  /** To be called before any route is registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
      const pattern = new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+')}$`);
      this.routes.push({ pattern, methods: [method].flat() });
    });
  }

  /** Empty: there is no such path. */
  methodsOf(path: string): string[] {
    const methods = this.routes.flatMap(({ pattern, methods: of }) => (pattern.test(path) ? of : []));
    return [...new Set(methods)].toSorted();
  }
}
