import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError, type Caller } from '#domain';

/** A request as the guard leaves it. */
export interface CalledRequest {
  caller?: Caller;
}

/** The caller of a route that {@link Needs} a permission. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<CalledRequest>();
  if (!caller) throw new DomainError('UNAUTHENTICATED', 'access.logIn');
  return caller;
});
