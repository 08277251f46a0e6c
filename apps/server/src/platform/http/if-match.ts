import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { DomainError, invalid, mustBe } from '#domain';

/** A revision, as an entity tag or bare. */
const TAKEN = '^(?:W/)?"?([0-9]{1,15})"?$';

function demandedRevision(_: unknown, context: ExecutionContext): number | null {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  const wanted = header?.trim() ?? '*';
  if (wanted === '*') return null;
  const revision = new RegExp(TAKEN).exec(wanted)?.[1];
  if (revision === undefined) {
    throw invalid([
      {
        path: 'If-Match',
        code: 'revision',
        ...mustBe('what.revision', { revision: '"3"' }),
      },
    ]);
  }
  return Number(revision);
}

const DOCUMENTED = ApiHeader({
  name: 'If-Match',
  required: false,
  description: 'The revision that was read; when it is another one by now, nothing is changed.',
  schema: { type: 'string', pattern: String.raw`^\*$|${TAKEN}` },
});

/**
 * The revision that `If-Match` demands; null when the header is absent or `*`. A handler that takes it says so in the
 * OpenAPI document.
 *
 * @throws DomainError VALIDATION_FAILED when the header holds something else
 */
export const IfMatch = createParamDecorator(demandedRevision, [
  (target, handler): void => {
    const method = handler === undefined ? undefined : Object.getOwnPropertyDescriptor(target, handler);
    if (handler !== undefined && method) DOCUMENTED(target, handler, method);
  },
]);

/** @throws DomainError REVISION_STALE when the caller has seen another revision than the stored one */
export function assertRevision(stored: { revision: number }, demanded: number | null): void {
  if (demanded !== null && demanded !== stored.revision) {
    throw new DomainError('REVISION_STALE', 'changed.revision', { now: stored.revision, demanded });
  }
}
