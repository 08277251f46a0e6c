import type { Tenant, TenantId, User } from '#domain';
import { collectionSchema, date, flag, nullable, number, oneOf, optional, part, text } from './schema.js';

interface Thing {
  id: TenantId;
  owner: TenantId;
  kind: 'a' | 'b';
  since: Date | null;
  note?: string;
  size: { width: number };
  revision: number;
}

const fields = {
  owner: text,
  kind: oneOf(['a', 'b']),
  since: nullable(date),
  note: optional(text),
  size: part({ width: number }),
};

/** Each of these is held by `tsc`: were the compiler content, the comment above would be its error. */
describe('a schema and the type that it stores', () => {
  it('agree', () => {
    const schema = collectionSchema<Thing>('things', fields);
    expect(Object.keys(schema.paths).toSorted()).toEqual(
      ['_id', 'kind', 'note', 'owner', 'revision', 'since', 'size', 'writeToken'].toSorted(),
    );
  });

  it('are refused when a field is missing, or there is one too many', () => {
    const { note: _, ...less } = fields;
    // @ts-expect-error note is missing
    collectionSchema<Thing>('things', less);
    // @ts-expect-error Tenant has no field of this name
    collectionSchema<Tenant>('tenants', { name: text, createdAt: date, owner: text });
    // @ts-expect-error width is missing
    part<Thing['size']>({});
    expect.assertions(0);
  });

  it('are refused when a field is of another type', () => {
    // @ts-expect-error a number for a text
    collectionSchema<Thing>('things', { ...fields, owner: number });
    // @ts-expect-error any text for a word
    collectionSchema<Thing>('things', { ...fields, kind: text });
    // @ts-expect-error a word too few
    collectionSchema<Thing>('things', { ...fields, kind: oneOf(['a']) });
    // @ts-expect-error a word too many
    collectionSchema<Thing>('things', { ...fields, kind: oneOf(['a', 'b', 'c']) });
    // @ts-expect-error never null
    collectionSchema<Thing>('things', { ...fields, since: date });
    // @ts-expect-error null where the type has none
    collectionSchema<Thing>('things', { ...fields, owner: nullable(text) });
    // @ts-expect-error missing where the type is not
    collectionSchema<Thing>('things', { ...fields, owner: optional(text) });
    // @ts-expect-error a flag in a part
    collectionSchema<Thing>('things', { ...fields, size: part({ width: flag }) });
    // @ts-expect-error always there
    const always: Parameters<typeof collectionSchema<Pick<User, 'disabledAt'>>>[1] = { disabledAt: date };
    expect(always).toBeDefined();
  });
});
