import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { newId } from '#runtime';

/** What makes the repeat of a POST harmless when a crash kept its first run from being noted. */
export interface Creation {
  /** Id for what is created; the same when the request is repeated. */
  id: string;
  /** When the first run of a request began that did not end; null on a first run. */
  since: Date | null;
}

export interface CreatingRequest {
  creation?: Creation;
}

export const CurrentCreation = createParamDecorator(
  (_: unknown, context: ExecutionContext): Creation =>
    context.switchToHttp().getRequest<CreatingRequest>().creation ?? { id: newId(), since: null },
);

/** Whether something that exists already was made by the first run of this very request. */
export function madeBefore(existing: { createdAt: Date }, creation: Creation): boolean {
  return creation.since !== null && existing.createdAt >= creation.since;
}
