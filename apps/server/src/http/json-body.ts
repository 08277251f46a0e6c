import type { FastifyInstance } from 'fastify';
import { DomainError } from '#domain';
import { EdgeError } from './problem.js';

/** Deeper nesting than any request of ours has; a body beyond it would only exhaust the stack of what reads it. */
const DEEPEST = 32;

/**
 * Takes JSON bodies: strict, of limited depth, an empty one counting as none. Bodies of other types are refused, but
 * for the raw stream of a file, which comes by PUT.
 */
export function takeBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser(
    /^application\/(?:[\w.+-]+\+)?json/,
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') {
        done(null, undefined);
        return;
      }
      void parse(request, body as string, (error, value) => {
        if (error) done(error);
        else if (value === null)
          done(new DomainError('VALIDATION_FAILED', 'The body must be a JSON object, not null.'));
        else if (isTooDeep(value))
          done(new DomainError('VALIDATION_FAILED', 'The body is nested too deeply.'));
        else done(null, value);
      });
    },
  );
  fastify.addContentTypeParser('application/octet-stream', (request, payload, done) => {
    if (request.method === 'PUT') done(null, payload);
    else done(new EdgeError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON with Content-Type: application/json.'));
  });
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
