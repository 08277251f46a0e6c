import { Schema, type SchemaDefinitionProperty } from 'mongoose';

// An empty text is a text: by default "required" refuses it
Schema.Types.String.checkRequired((value: unknown) => typeof value === 'string');

/** Texts of one kind, such as ids of tenants, are stored as any text; the words of a table stay those words. */
export type StoredAs<Value> = Value extends string
  ? {} extends Record<Value, unknown>
    ? string
    : Value
  : Value extends readonly (infer Item)[]
    ? readonly StoredAs<Item>[]
    : Value;

declare const stores: unique symbol;

/** The definition of a field for Mongoose, and the type that it stores for the compiler. */
export type Field<Value> = SchemaDefinitionProperty & { readonly [stores]?: (value: Value) => Value };

/** A definition for each field of a type, of exactly its type: the compiler refuses one too many, too few or other. */
export type Fields<Type> = {
  readonly [Key in keyof Type]-?: Field<
    StoredAs<{} extends Pick<Type, Key> ? Type[Key] | undefined : Type[Key]>
  >;
};

type Definition = Record<string, unknown>;

const required = <Value>(type: unknown, more: Definition = {}): Field<Value> =>
  ({ type, required: true, ...more }) as Field<Value>;

/** A text. */
export const text = required<string>(String);
export const number = required<number>(Number);
export const flag = required<boolean>(Boolean);
export const date = required<Date>(Date);

/** One of the words of a table of the domain. */
export function oneOf<const Words extends readonly string[]>(words: Words): Field<Words[number]> {
  return required(String, { enum: [...words] });
}

/** Null where there is none; it may not be missing. */
export function nullable<Value>(field: Field<Value>): Field<Value | null> {
  const { required: _, ...rest } = field as Definition;
  return { ...rest, default: null } as Field<Value | null>;
}

/** May be missing. */
export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  const { required: _, ...rest } = field as Definition;
  return { ...rest, default: undefined } as Field<Value | undefined>;
}

export function list<Item>(item: Field<Item>): Field<readonly Item[]> {
  return required([item]);
}

/** A part of a document, with fields of its own. */
export function part<Type>(fields: Fields<Type>): Field<Type> {
  return required(partSchema(fields));
}

type KeyOfShapes<Type> = Type extends unknown ? keyof Type : never;

/** A part that has one of several shapes; what only some of them have is {@link optional}. */
export function oneOfShapes<Type>(fields: {
  readonly [Key in KeyOfShapes<Type>]-?: SchemaDefinitionProperty;
}): Field<Type> {
  return required(partSchema(fields));
}

/** Parts by names that the product does not know beforehand; none of them holds a dot. */
export function byName<Value>(value: Field<Value>): Field<Readonly<Record<string, Value>>> {
  return required(Map, { of: value });
}

/** What has a shape that a schema cannot say; `isValid` is the domain's own word on it. */
export function checked<Value>(isValid: (value: unknown) => boolean): Field<Value> {
  return required(Schema.Types.Mixed, { validate: { validator: isValid } });
}

/** Facts of whatever shape. */
export function facts<Value>(): Field<Value> {
  return required(Schema.Types.Mixed);
}

const STRICT = { strict: 'throw', minimize: false } as const;

function partSchema<Type>(fields: Fields<Type>): Schema {
  return new Schema(fields as Definition as never, { ...STRICT, _id: false });
}

/**
 * A schema of one collection: the fields of the domain's type, `revision` as the version key, ids that the product makes.
 * Empty objects are kept, and nothing is added that the domain does not know.
 *
 * @param derived fields that only queries need
 */
export function collectionSchema<Type, Derived = object>(
  collection: string,
  fields: Fields<Omit<Type, 'id' | 'revision'>>,
  derived: Fields<Derived> = {} as Fields<Derived>,
): Schema {
  const own = {
    _id: text,
    ...fields,
    ...derived,
    revision: number,
    writeToken: optional(text),
  } as Definition as never;
  return new Schema(own, {
    ...STRICT,
    collection,
    versionKey: 'revision',
    autoIndex: false,
    autoCreate: false,
    id: false,
  });
}
