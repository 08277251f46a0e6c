import { ApiExtension } from '@nestjs/swagger';
import type { ProblemCode } from '#http';

/** Extension that carries the codes to {@link completeDocument}, which turns them into responses. */
export const PROBLEMS_EXTENSION = 'x-problems';

/** The broken rules that this operation in particular may answer with, for the OpenAPI document. */
export const ApiProblems = (...codes: ProblemCode[]): MethodDecorator =>
  ApiExtension(PROBLEMS_EXTENSION, codes);
