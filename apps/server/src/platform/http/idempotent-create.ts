import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { newId } from '#runtime';

/** What makes the repeat of a POST harmless when a crash kept its first run from being noted. */
export interface IdempotentCreate {
  /** Id for what is created; the same when the request is repeated. */
  id: string;
  /** When the first run of a request began that did not end; null on a first run. */
  since: Date | null;
}

export interface IdempotentRequest {
  creation?: IdempotentCreate;
}

export const CurrentIdempotentCreate = createParamDecorator(
  (_: unknown, context: ExecutionContext): IdempotentCreate =>
    context.switchToHttp().getRequest<IdempotentRequest>().creation ?? { id: newId(), since: null },
);

/** Whether something that exists already was made by the first run of this very request. */
export function isRepeatOf(existing: { createdAt: Date }, creation: IdempotentCreate): boolean {
  return creation.since !== null && existing.createdAt >= creation.since;
}
