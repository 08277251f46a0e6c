import type { FastifyRequest } from 'fastify';
import { type Language, LANGUAGES, preferredLanguage } from '#texts';

/**
 * The language that a request is answered in: `lang` of its address, for what browsers cannot set a header for (event
 * streams and downloads), else what its `Accept-Language` prefers.
 */
export function languageOf(request: Pick<FastifyRequest, 'headers' | 'query'>): Language {
  const { lang } = (request.query ?? {}) as { lang?: unknown };
  return LANGUAGES.find((one) => one === lang) ?? preferredLanguage(request.headers['accept-language']);
}
