import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError, type Role, type TenantScope } from '#domain';

/** Who asks: a user with a session, or a script with an API token. */
export interface Caller {
  /** `user:<id>` or `token:<id>`. */
  id: string;
  /** Shown in audit, orders and timeline. */
  name: string;
  role: Role;
  tenants: TenantScope;
  /** Address the request came from. */
  address: string | null;
}

/** A request as the guard leaves it. */
export interface CalledRequest {
  caller?: Caller;
}

/** The caller of a route that {@link Needs} a permission. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<CalledRequest>();
  if (!caller) throw new DomainError('UNAUTHENTICATED', 'Log in, or send an API token.');
  return caller;
});
