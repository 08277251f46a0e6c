import type { Schema, SchemaType } from 'mongoose';

/** A document that its schema does not allow: it is not written, and nothing is decided by it. */
export class StoredDocumentError extends Error {
  override readonly name = 'StoredDocumentError';

  constructor(
    readonly collection: string,
    readonly id: string,
    /** Its path in the document. */
    readonly field: string,
    /** What is wrong, without the value: it may be secret. */
    readonly fault: string,
  ) {
    super(`${collection} ${id}: the field ${field} ${fault}`);
  }
}

interface Found {
  /** Below the value that was looked at; empty: the value itself. */
  path: string;
  fault: string;
}

type Check = (value: unknown) => Found | null;

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  String: (value) => typeof value === 'string',
  Number: (value) => typeof value === 'number',
  Boolean: (value) => typeof value === 'boolean',
  Date: (value) => value instanceof Date,
};

/** What counts of the options of a field. */
interface Options {
  required?: boolean;
  default?: unknown;
  validate?: { validator: (value: unknown) => boolean };
}

/** Mongoose's name for the values of a map. */
const VALUES = '.$*';

/**
 * Makes a function that demands of documents what their schema says, without casting anything. Mongoose's own validation
 * says the same of a hydrated document, at a hundred times the cost (docs/adr/0017).
 *
 * Fields that the schema does not know are let through: servers of the next version may write them already.
 *
 * @returns a function that throws StoredDocumentError
 */
export function documentCheck(schema: Schema): (stored: { _id: unknown }) => void {
  const collection = String(schema.get('collection'));
  const check = objectCheck(schema);
  return (stored) => {
    const found = check(stored);
    if (found) throw new StoredDocumentError(collection, String(stored._id), found.path, found.fault);
  };
}

function objectCheck(schema: Schema): Check {
  const fields: [string, Check][] = [];
  schema.eachPath((name, type) => {
    if (name.endsWith(VALUES)) return;
    const values = type.instance === 'Map' ? schema.path(name + VALUES) : undefined;
    fields.push([name, presence(type, valueCheck(type, values))]);
  });
  return (value) => {
    if (typeof value !== 'object' || value === null) return wrong('is no object');
    for (const [name, check] of fields) {
      const found = check((value as Record<string, unknown>)[name]);
      if (found) return below(name, found);
    }
    return null;
  };
}

/** `required`: never null. `default: null`: never missing. Else either is fine, unless a validator of its own refuses null. */
function presence(type: SchemaType, check: Check): Check {
  const { required, default: preset, validate } = type.options as Options;
  const missing = required || preset === null ? wrong('is missing') : null;
  const ofNull = required ? wrong('is null') : validate ? check(null) : null;
  return (value) => {
    if (value === undefined) return missing;
    return value === null ? ofNull : check(value);
  };
}

/** @param values of a map */
function valueCheck(type: SchemaType, values?: SchemaType): Check {
  if (values) {
    const check = presence(values, valueCheck(values));
    return (value) =>
      typeof value === 'object' ? firstFault(Object.entries(value ?? {}), check) : wrong('is no object');
  }
  if (type.instance === 'Array') {
    const check = itemCheck(type);
    return (value) => (Array.isArray(value) ? firstFault(value.entries(), check) : wrong('is no list'));
  }
  return type.schema ? objectCheck(type.schema) : plainCheck(type);
}

function itemCheck(type: SchemaType): Check {
  if (type.schema) return objectCheck(type.schema);
  const item = type.getEmbeddedSchemaType();
  return item ? presence(item, valueCheck(item)) : () => null;
}

function plainCheck(type: SchemaType): Check {
  const isOfType = TYPES[type.instance] ?? (() => true);
  const { enumValues = [] } = type as { enumValues?: string[] };
  const words = enumValues.length > 0 ? new Set<unknown>(enumValues) : null;
  const { validate } = type.options as Options;
  return (value) => {
    if (!isOfType(value)) return wrong(`is of type ${typeof value}, not ${type.instance}`);
    if (words && !words.has(value)) return wrong('has a value that is not known');
    return validate && !validate.validator(value) ? wrong('is not as expected') : null;
  };
}

function firstFault(entries: Iterable<[number | string, unknown]>, check: Check): Found | null {
  for (const [key, value] of entries) {
    const found = check(value);
    if (found) return below(String(key), found);
  }
  return null;
}

function wrong(fault: string): Found {
  return { path: '', fault };
}

function below(name: string, { path, fault }: Found): Found {
  return { path: path === '' ? name : `${name}.${path}`, fault };
}
