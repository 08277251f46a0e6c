import fc from 'fast-check';
import type { Schema, SchemaType } from 'mongoose';

type Document = Record<string, unknown>;

const date = fc.date({ min: new Date(0), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const fact = fc.oneof(text, fc.integer(), fc.boolean(), date, fc.constant(null), fc.array(fc.integer()));

/**
 * Documents of a schema: its words, its types, null where it may be and nothing where that may be.
 *
 * @param sample where the values come from whose shape the schema cannot say
 */
export function documentsOf(schema: Schema, sample: Document): fc.Arbitrary<Document> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  const optional: string[] = [];
  schema.eachPath((path, type) => {
    if (path.endsWith('.$*') || path === 'writeToken' || path === 'revision') return;
    const { required, default: preset } = type.options as { required?: boolean; default?: unknown };
    const values = type.instance === 'Map' ? schema.path(`${path}.$*`) : undefined;
    const value = valuesOf(type, values, sample[path]);
    fields[path] = preset === null ? fc.option(value, { nil: null }) : value;
    if (!required && preset !== null) optional.push(path);
  });
  const always = Object.keys(fields).filter((path) => !optional.includes(path));
  return fc.record(fields, { requiredKeys: always });
}

function valuesOf(type: SchemaType, values: SchemaType | undefined, sample: unknown): fc.Arbitrary<unknown> {
  const inner = (sample ?? {}) as Document;
  if (values) {
    const [first] = Object.values(inner);
    return fc.dictionary(name, valuesOf(values, undefined, first), { maxKeys: 3, noNullPrototype: true });
  }
  if (type.instance === 'Array') {
    const [first] = Array.isArray(sample) ? sample : [];
    const item = type.schema
      ? documentsOf(type.schema, (first ?? {}) as Document)
      : valuesOf(type.getEmbeddedSchemaType() as SchemaType, undefined, first);
    return fc.array(item, { maxLength: 3 });
  }
  if (type.schema) return documentsOf(type.schema, inner);
  const { enumValues = [] } = type as { enumValues?: string[] };
  if (enumValues.length > 0) return fc.constantFrom(...enumValues);
  switch (type.instance) {
    case 'String':
      return text;
    case 'Number':
      return fc.integer();
    case 'Boolean':
      return fc.boolean();
    case 'Date':
      return date;
    default:
      return 'validate' in type.options
        ? fc.constant(sample)
        : fc.dictionary(name, fact, { maxKeys: 3, noNullPrototype: true });
  }
}
