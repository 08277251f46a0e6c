import type { FastifyBodyParser, FastifyInstance } from 'fastify';
import { DomainError } from '#domain';

/**
 * A parser of JSON bodies that refuses what would change a prototype, and what is nested so deeply that it would only
 * exhaust the stack of whatever reads it.
 *
 * @param maxDepth levels below the body itself that are taken
 */
export function jsonParser(fastify: FastifyInstance, maxDepth: number): FastifyBodyParser<string> {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  return (request, body, done) => {
    void parse(request, body, (error, value) => {
      if (error) done(error);
      else if (isTooDeep(value, maxDepth)) done(new DomainError('VALIDATION_FAILED', 'request.tooDeep'));
      else done(null, value);
    });
  };
}

/** Whether a value that came as JSON has more than so many levels below it. */
export function isTooDeep(value: unknown, maxDepth: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
