import type { OpenAPIObject } from '@nestjs/swagger';

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
export type Schema = Record<string, unknown>;
export type Schemas = Record<string, Schema>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Every operation with its path and method. */
export function operationsOf(
  document: OpenAPIObject,
): { operation: Operation; path: string; method: (typeof METHODS)[number] }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ operation, path, method }] : [];
    }),
  );
}

/** Calls `visit` for every object below and including `node`, the outer ones first. */
export function everyObject(node: unknown, visit: (node: Schema) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) visit(node as Schema);
  for (const below of Object.values(node)) everyObject(below, visit);
}

/** Name of the schema that a reference means. */
export function nameOf($ref: unknown): string {
  return typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? '') : '';
}
