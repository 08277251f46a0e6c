import { Schema, type SchemaDefinition } from 'mongoose';

/**
 * A schema of one collection: its fields for Mongoose, `revision` as the version key, ids that the product makes. Empty
 * objects are kept, and nothing is added that the domain does not know.
 */
export function collectionSchema(collection: string, fields: SchemaDefinition): Schema {
  return new Schema(
    { _id: { type: String, required: true }, ...fields },
    { collection, versionKey: 'revision', minimize: false, autoIndex: false, autoCreate: false, id: false },
  );
}

/** A part of a document whose shape the domain's types define. */
export const DOMAIN_OBJECT = { type: Schema.Types.Mixed };
