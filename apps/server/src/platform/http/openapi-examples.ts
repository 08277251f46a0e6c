import type { OpenAPIObject } from '@nestjs/swagger';
import { nameOf, operationsOf, type Schema, type Schemas } from './openapi-walk.js';
import { SAMPLES } from './openapi-samples.js';

/**
 * Gives every body an example, made of the examples of its fields: what a decorator says, else what {@link SAMPLES} has for
 * the field, else what the schema allows. A computer, an order or a DP is so the same one all over the document.
 */
export function addExamples(document: OpenAPIObject, schemas: Schemas): void {
  const bodies = operationsOf(document).flatMap(({ operation }) => [
    { of: operation.requestBody, isRequest: true },
    ...Object.values(operation.responses).map((of) => ({ of, isRequest: false })),
  ]);
  for (const { of, isRequest } of bodies) {
    if (!of || '$ref' in of) continue;
    for (const media of Object.values(of.content ?? {})) {
      if (!media.schema || 'example' in media || 'examples' in media) continue;
      media.example = new Composer(schemas, isRequest).valueOf(media.schema as Schema, '', '');
    }
  }
}

class Composer {
  constructor(
    private readonly schemas: Schemas,
    private readonly isRequest: boolean,
  ) {}

  /** @param owner name of the schema that has the field */
  valueOf(schema: Schema, owner: string, field: string): unknown {
    const { $ref, example, anyOf, oneOf, type, properties } = schema as {
      $ref?: string;
      example?: unknown;
      anyOf?: Schema[];
      oneOf?: Schema[];
      type?: string | string[];
      properties?: Schemas;
    };
    if (example !== undefined) return example;
    const own = SAMPLES[`${owner}.${field}`];
    if (own !== undefined) return own;
    if (field in SAMPLES && this.allows(schema, SAMPLES[field])) return SAMPLES[field];
    if ($ref !== undefined) {
      const name = nameOf($ref);
      return this.valueOf(this.schemas[name] ?? {}, name, '');
    }
    const choices = anyOf ?? oneOf;
    if (choices) {
      const isNullable = choices.some((one) => one['type'] === 'null');
      return isNullable ? null : this.valueOf(choices[0] ?? {}, owner, '');
    }
    if (Array.isArray(type) && type.includes('null')) return null;
    if (properties) return this.objectOf(properties, (schema['required'] ?? []) as string[], owner);
    return this.plain(schema, owner);
  }

  /** Whether a value is of the kind that a schema asks for: fields of one name are not always of one kind. */
  private allows(schema: Schema, value: unknown): boolean {
    const { $ref, anyOf, oneOf, type } = schema as {
      $ref?: string;
      anyOf?: Schema[];
      oneOf?: Schema[];
      type?: string | string[];
    };
    if ($ref !== undefined) return this.allows(this.schemas[nameOf($ref)] ?? {}, value);
    const choices = anyOf ?? oneOf;
    if (choices) return choices.some((one) => this.allows(one, value));
    if (Array.isArray(schema['enum'])) return schema['enum'].includes(value);
    const types = [type ?? []].flat();
    return types.includes(kindOf(value)) || (kindOf(value) === 'integer' && types.includes('number'));
  }

  /** What may be left out is left out, unless there is a sample of it. */
  private objectOf(properties: Schemas, required: readonly string[], owner: string): Schema {
    const names = Object.keys(properties).filter((name) => {
      if (required.includes(name) || `${owner}.${name}` in SAMPLES) return true;
      return !this.isRequest && name in SAMPLES && properties[name]?.['writeOnly'] !== true;
    });
    return Object.fromEntries(names.map((name) => [name, this.valueOf(properties[name] ?? {}, owner, name)]));
  }

  private plain(schema: Schema, owner: string): unknown {
    const { items, minimum, minItems } = schema as { items?: Schema; minimum?: number; minItems?: number };
    const values = schema['enum'] as unknown[] | undefined;
    if (values) return values[0];
    switch (schema['type']) {
      case 'array':
        return Array.from({ length: minItems || 1 }, () => this.valueOf(items ?? {}, owner, ''));
      case 'boolean':
        return false;
      case 'integer':
      case 'number':
        return minimum ?? 0;
      case 'object':
        return {};
      case 'string':
        return schema['format'] === 'date-time' ? '2026-05-04T08:00:00.000Z' : 'text';
      default:
        return null;
    }
  }
}

/** The name that JSON Schema has for the type of a value. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
