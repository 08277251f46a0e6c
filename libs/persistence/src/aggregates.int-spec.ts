import fc from 'fast-check';
import { Mongoose, type Model, type Schema } from 'mongoose';
import { SAMPLES, WHOLE } from '../testing/aggregates.js';
import { documentsOf } from '../testing/arbitrary-documents.js';
import { openStage, type Stage } from '../testing/stage.js';
import { VersionedCollection, type Stored } from './versioned-collection.js';
import { SCHEMAS } from './persistence.module.js';
import { documentCheck, StoredDocumentError } from './stored-document.js';

type Name = keyof typeof SCHEMAS;
type Document = Record<string, unknown>;

/** Fields that only queries need. */
const DERIVED: Partial<Record<Name, Document>> = {
  Computer: { nameKey: 'pc', search: 'pc', words: 'pc' },
  Order: { wakeAt: null, dispatchAt: null },
  User: { nameKey: 'admin' },
};

const NAMES = Object.keys(SCHEMAS) as Name[];
const ALL = [...NAMES.map((name) => [name, 'whole', WHOLE[name]] as const), ...SAMPLES];

function storedAs(name: Name, { id, ...fields }: { id: string }): Stored {
  return { _id: id, revision: 0, ...fields, ...DERIVED[name] };
}

/** What Mongoose makes of a document that it casts and validates; throws where that fails. */
async function throughMongoose(schema: Schema, document: Document): Promise<unknown> {
  const Probe = new Mongoose().model<Document>('Probe', schema);
  const hydrated = new Probe(document);
  await hydrated.validate();
  return hydrated.toObject({ flattenMaps: true });
}

/** A deep copy with one field changed; `undefined` takes it out. */
function changed(document: Document, [first = '', ...rest]: readonly string[], value: unknown): Document {
  const copy = (Array.isArray(document) ? [...document] : { ...document }) as Document;
  if (rest.length > 0) copy[first] = changed(copy[first] as Document, rest, value);
  else if (value === undefined) delete copy[first];
  else copy[first] = value;
  return copy;
}

/** Every field of a document down to the last, but for what lies within free facts. */
function pathsOf(value: unknown, free: ReadonlySet<string>, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || value instanceof Date || free.has(path.join('.'))) {
    return path.length > 0 ? [[...path]] : [];
  }
  const own = path.length > 0 && !Array.isArray(value) ? [[...path]] : [];
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, free, [...path, key]))];
}

const FREE: ReadonlySet<string> = new Set([
  'data',
  'answer.body',
  'answer.error.params',
  'answer.error.faults.0.params',
  'alerts.0.params',
  'messages.0.params',
  'fault.params',
  'lines.0.fault.params',
  'detail.params',
  'facts',
  'growing',
  'when',
  'tenants',
  'scope.dps',
  'untold.0.data',
  'timeline.0.data',
]);

describe('each aggregate', () => {
  it.each(ALL)('%s (%s) passes through Mongoose as it is', async (name, _, thing) => {
    const stored = storedAs(name, thing);
    expect(await throughMongoose(SCHEMAS[name], stored)).toEqual(stored);
    documentCheck(SCHEMAS[name])(stored);
  });

  it.each(NAMES)('%s: a schema that lacks one of its fields refuses it', async (name) => {
    const stored = storedAs(name, WHOLE[name]);
    for (const field of Object.keys(stored).filter((key) => key !== '_id' && key !== 'revision')) {
      const schema = SCHEMAS[name].clone().remove(field);
      await expect(throughMongoose(schema, stored)).rejects.toThrow(field);
    }
  });

  it.each(NAMES)('%s: a field that has null or nothing is judged as Mongoose judges it', async (name) => {
    const schema = SCHEMAS[name];
    const stored = storedAs(name, WHOLE[name]);
    const check = documentCheck(schema);
    const paths = pathsOf(stored, FREE).filter((path) => !['_id', 'revision'].includes(path[0] ?? ''));
    expect(paths.length).toBeGreaterThan(1);
    for (const path of paths) {
      const broken = changed(stored, path, null);
      const theirs = await throughMongoose(schema, broken).then(
        () => true,
        () => false,
      );
      const ours = passes(check, broken, path.join('.'));
      expect([path.join('.'), ours]).toEqual([path.join('.'), theirs]);
    }
  });

  it.each(NAMES)('%s: a stored field of another type is named, whatever it was', (name) => {
    const stored = storedAs(name, WHOLE[name]);
    const check = documentCheck(SCHEMAS[name]);
    for (const path of pathsOf(stored, FREE)) {
      if (path[0] === '_id' || FREE.has(path.join('.'))) continue;
      expect([path.join('.'), passes(check, changed(stored, path, Symbol('other')), path.join('.'))]).toEqual(
        [path.join('.'), false],
      );
    }
  });
});

/** Whether a document passes; if not, the error must name what is wrong. */
function passes(check: (stored: { _id: unknown }) => void, document: Document, path: string): boolean {
  try {
    check(document as Stored);
    return true;
  } catch (error) {
    if (!(error instanceof StoredDocumentError)) throw error;
    expect(error).toMatchObject({ id: document['_id'], field: path });
    return false;
  }
}

describe('each aggregate in the store', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  }, 60_000);

  afterAll(() => stage.close(), 30_000);

  /** A collection of its own, without indexes: whatever is generated may be stored. */
  const collectionOf = (
    name: Name,
    purpose: string,
  ): VersionedCollection<{ id: string; revision: number }> => {
    const collection = stage.connection.collection(`${purpose}-${name}`);
    const model = { schema: SCHEMAS[name], collection } as unknown as Model<unknown>;
    return new VersionedCollection(model);
  };

  it.each(ALL)('%s (%s) comes back as it was', async (name, state, thing) => {
    const store = collectionOf(name, state);
    const { _id: id, ...fields } = storedAs(name, thing);
    await store.insert({ id, ...fields });
    expect(await store.findById(id)).toEqual({ id, ...fields });
    const next = await store.replace({ id, ...fields });
    expect(await store.findById(id)).toEqual(next);
  });

  it.each(NAMES)('%s comes back whatever it holds, and Mongoose agrees', async (name) => {
    const store = collectionOf(name, 'any');
    const documents = documentsOf(SCHEMAS[name], storedAs(name, WHOLE[name]));
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(documents, { minLength: 1, maxLength: 8 }), async (made) => {
        const things = made.map(({ _id, ...fields }) => ({
          ...fields,
          id: `${String(_id)}-${(count += 1)}`,
          revision: 0,
        }));
        await store.insertMany(things);
        const found = await store.findByIds(things.map(({ id }) => id));
        expect(found).toEqual(things);
        const [first] = things.map(({ id, ...fields }) => ({ _id: id, ...fields }));
        expect(await throughMongoose(SCHEMAS[name], first as Document)).toEqual(first);
      }),
      { numRuns: 15 },
    );
  });

  it('says which document is broken, and where', async () => {
    const store = collectionOf('Order', 'broken');
    const { _id, ...fields } = storedAs('Order', WHOLE.Order);
    await store.collection.insertOne({ ...fields, _id: 'o-9', state: 'sleeping', revision: 0 });
    await expect(store.findById('o-9')).rejects.toThrow(
      new StoredDocumentError('orders', 'o-9', 'state', 'has a value that is not known'),
    );
    expect(_id).toBe('order-1');
  });

  it('does not write what its schema does not allow', async () => {
    const store = collectionOf('Tenant', 'refused');
    const { _id: id, ...fields } = storedAs('Tenant', WHOLE.Tenant);
    await store.insert({ id, ...fields });
    const named = new StoredDocumentError('tenants', id, 'name', 'is of type number, not String');
    const wrong = { id, ...fields, name: 5 } as never;
    await expect(store.insert(wrong)).rejects.toThrow(named);
    await expect(store.replace(wrong)).rejects.toThrow(named);
    await expect(store.replaceMany([wrong])).rejects.toThrow(named);
    expect(await store.findById(id)).toEqual({ id, ...fields });
  });

  it('lets a field through that a later version has added, and keeps it', async () => {
    const store = collectionOf('Tenant', 'later');
    await store.collection.insertOne({ ...storedAs('Tenant', WHOLE.Tenant), colour: 'red' });
    const found = await store.findById('acme');
    expect(found).toMatchObject({ colour: 'red' });
    await store.replace(found ?? { id: 'acme', revision: -1 });
    expect(await store.collection.findOne({ _id: 'acme' })).toMatchObject({ colour: 'red', revision: 1 });
  });
});
