import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { invalid, mustBe } from '#domain';
import { languageOf } from '#http';
import { type Language, LANGUAGES } from '#texts';

/** {@link languageOf} of a route that says in which languages it can be asked. */
export const RequestLanguage = createParamDecorator((_: unknown, context: ExecutionContext): Language => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const { lang } = (request.query ?? {}) as { lang?: unknown };
  if (lang !== undefined && !LANGUAGES.some((one) => one === lang))
    throw invalid([{ path: 'lang', code: 'enum', ...mustBe('what.oneOf', { values: LANGUAGES }) }]);
  return languageOf(request);
});

/** Something that is put into words when it is known for whom. */
export type InLanguage<Shown> = (language: Language) => Shown;
