import { Injectable, RequestMethod, type OnModuleInit } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ROUTE_NEEDS } from './require-permission.js';

type Handler = (...args: unknown[]) => unknown;

/** Refuses to start when a route says neither what it needs nor that it is public: forgetting it must not open a door. */
@Injectable()
export class RouteCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.discovery
      .getControllers()
      .flatMap(({ instance }) => this.openRoutes(instance as object));
    if (open.length > 0) {
      throw new Error(`routes without @RequirePermission or @Public: ${open.join(', ')}`);
    }
  }

  private openRoutes(controller: object | undefined): string[] {
    if (!controller) return [];
    const prototype = Object.getPrototypeOf(controller) as Record<string, Handler>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (!handler || Reflect.getMetadata(PATH_METADATA, handler) === undefined) return [];
      if (this.reflector.getAllAndOverride(ROUTE_NEEDS, [handler, controller.constructor]) !== undefined)
        return [];
      const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number];
      return [`${method} ${controller.constructor.name}.${name}`];
    });
  }
}
