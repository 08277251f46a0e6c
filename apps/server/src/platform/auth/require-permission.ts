import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Permission } from '#domain';

/** Metadata key of what a route needs; {@link PUBLIC} when it asks for nothing. */
export const ROUTE_NEEDS = 'relaypoint:needs';
export const PUBLIC = 'public';

/** The permission a route's caller must have. A route without this or {@link Public} stops the server at start. */
export const RequirePermission = (permission: Permission): CustomDecorator =>
  SetMetadata(ROUTE_NEEDS, permission);

/** A route that everybody may call, or that checks its callers itself (client API). */
export const Public = (): CustomDecorator => SetMetadata(ROUTE_NEEDS, PUBLIC);
