// node print-shapes.mjs FOLDER: what the version that was built in a checkout stores and says (tools/versions/shapes.ts), as JSON.
// It is run for this version and for the one before, so it goes by what both have: SCHEMAS, and messages with a schema.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder = '.'] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(folder, 'dist/libs', path)).href);
const { SCHEMAS } = await load('persistence/src/persistence.module.js');
const contract = await load('contract/src/index.js');

function documentShape(schema, before = '') {
  const shape = {};
  schema.eachPath((name, type) => {
    if (name.endsWith('.$*')) return;
    const { required, default: preset } = type.options;
    const presence = required ? 'always' : preset === null ? 'nullable' : 'optional';
    const isList = type.instance === 'Array';
    const item = isList && !type.schema ? type.getEmbeddedSchemaType?.() : type;
    const words = item?.enumValues?.length > 0 ? item.enumValues : undefined;
    shape[before + name] = { type: type.instance, presence, ...(words && { words }) };
    if (type.schema)
      Object.assign(shape, documentShape(type.schema, `${before}${name}${isList ? '[]' : ''}.`));
  });
  return shape;
}

const BOUNDS = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
];

/** What a value has to keep to beside its type; items of a list, that have no fields of their own, under `items`. */
function boundsOf(schema) {
  const own = BOUNDS.flatMap((name) => (schema[name] === undefined ? [] : [[name, schema[name]]]));
  const item = schema.items?.anyOf?.[0] ?? schema.items;
  const ofItems = item && item.type !== 'object' ? Object.entries(boundsOf(item) ?? {}) : [];
  const all = [...own, ...ofItems.map(([name, value]) => [`items.${name}`, value])];
  return all.length > 0 ? Object.fromEntries(all) : undefined;
}

function messageShape(schema, before = '') {
  const shape = {};
  for (const [name, given] of Object.entries(schema.properties ?? {})) {
    const options = given.anyOf ?? [given];
    const inner = options.find(({ type }) => type !== 'null') ?? {};
    const isOptional = !schema.required.includes(name);
    const presence = isOptional
      ? 'optional'
      : options.length > 1 && options.some(({ type }) => type === 'null')
        ? 'nullable'
        : 'always';
    const words = inner.enum;
    const bounds = boundsOf(inner);
    shape[before + name] = {
      type: inner.type ?? 'any',
      presence,
      ...(words && { words }),
      ...(bounds && { bounds }),
    };
    if (inner.type === 'object') Object.assign(shape, messageShape(inner, `${before}${name}.`));
    if (inner.type === 'array') {
      const item = inner.items?.anyOf?.[0] ?? inner.items ?? {};
      if (item.type === 'object') Object.assign(shape, messageShape(item, `${before}${name}[].`));
    }
  }
  return shape;
}

/** A message takes a field that it does not know where it says nothing against it. */
function isLenient(message) {
  try {
    message.parse({ surprise: 1 });
    return true;
  } catch ({ faults = [] }) {
    return faults.every(({ code }) => code !== 'additionalProperties');
  }
}

const collections = {};
for (const schema of Object.values(SCHEMAS)) collections[schema.get('collection')] = documentShape(schema);
const messages = {};
const lenient = [];
for (const [name, message] of Object.entries(contract)) {
  if (typeof message?.parse !== 'function' || message.schema === undefined) continue;
  messages[name] = messageShape(message.schema);
  if (isLenient(message)) lenient.push(name);
}
process.stdout.write(JSON.stringify({ collections, messages, lenient }));
