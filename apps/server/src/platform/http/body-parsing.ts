import type { FastifyInstance } from 'fastify';
import { DomainError } from '#domain';
import { EdgeError, jsonParser } from '#http';

/** Levels of nesting; deeper than any request of ours. */
export const MAX_DEPTH = 32;

/**
 * Takes JSON bodies: strict, of limited depth, an empty one counting as none. Bodies of other types are refused, but
 * for the raw stream of a file, which comes by PUT.
 */
export function configureBodyParsing(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = jsonParser(fastify, MAX_DEPTH);
  fastify.addContentTypeParser(
    /^application\/(?:[\w.+-]+\+)?json/,
    { parseAs: 'string' },
    (request, body: string, done) => {
      if (body === '') {
        done(null, undefined);
        return;
      }
      void parse(request, body, (error, value) => {
        if (!error && value === null) done(new DomainError('VALIDATION_FAILED', 'request.notNull'));
        else done(error, value);
      });
    },
  );
  fastify.addContentTypeParser('application/octet-stream', (request, payload, done) => {
    if (request.method === 'PUT') done(null, payload);
    else done(new EdgeError('UNSUPPORTED_MEDIA_TYPE', 'request.jsonOnly'));
  });
}
