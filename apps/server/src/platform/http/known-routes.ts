import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** Remembers which methods each path has, so that a wrong method is told from a path that does not exist. */
@Injectable()
export class KnownRoutes {
  private readonly routes: { pattern: RegExp; parameters: number; methods: readonly string[] }[] = [];

  /** To be called before any route is registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
      const pattern = new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+')}$`);
      const parameters = url.split('/:').length - 1;
      this.routes.push({ pattern, parameters, methods: [method].flat() });
    });
  }

  /** Empty: there is no such path. A path's own name goes before an id that could be there: `/computers/release`. */
  methodsOf(path: string): string[] {
    const fitting = this.routes.filter(({ pattern }) => pattern.test(path));
    const fewest = Math.min(...fitting.map(({ parameters }) => parameters));
    const methods = fitting.flatMap((route) => (route.parameters === fewest ? route.methods : []));
    return [...new Set(methods)].toSorted();
  }
}
