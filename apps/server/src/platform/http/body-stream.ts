import { PassThrough, type Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '#domain';

/**
 * A request's raw body to read from. Whoever reads it may stop and destroy it: the request itself stays whole, its rest
 * is read and dropped, so that the answer still reaches the client.
 *
 * @throws DomainError TOO_LARGE when it says that it is longer than `limit`
 */
export function bodyStream(request: FastifyRequest, body: Readable, limit: number): Readable {
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    body.resume();
    throw tooLarge(limit);
  }
  const copy = new PassThrough();
  body.pipe(copy);
  body.once('error', (error) => copy.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) copy.destroy(new Error('the upload broke off'));
  });
  copy.once('close', () => {
    body.unpipe(copy);
    body.resume();
  });
  return copy;
}

export function tooLarge(limit: number): DomainError {
  return new DomainError('TOO_LARGE', 'releaseFile.tooLarge', { limit });
}
