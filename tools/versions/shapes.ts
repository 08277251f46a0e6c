// What two versions that stand side by side make of each other's documents and messages, by their schemas alone.

/** A field, by how it may be missing: never; never, but it may be null; or at will. */
type Presence = 'always' | 'nullable' | 'optional';

/** What a schema says of one field. */
export interface FieldShape {
  readonly type: string;
  readonly presence: Presence;
  /** The words that it may have; absent: any value of its type. */
  readonly words?: readonly string[];
  /** Lengths, smallest and largest values, and patterns, by their names in JSON Schema; those of a list's items begin with `items.`. */
  readonly bounds?: Readonly<Record<string, number | string>>;
}

/** The fields of one collection or message, by their paths; items of lists are `[]`. */
export type Shape = Readonly<Record<string, FieldShape>>;

/** What a version stores and says. */
export interface Shapes {
  readonly collections: Readonly<Record<string, Shape>>;
  readonly messages: Readonly<Record<string, Shape>>;
  /** Messages of which unknown fields are left out; others refuse them. */
  readonly lenient: readonly string[];
}

/** A place where one version does not understand the other, and why. */
export type Misunderstandings = Readonly<Record<string, string>>;

const STRENGTH: Readonly<Record<Presence, number>> = { always: 2, nullable: 1, optional: 0 };

/**
 * Compares what two versions store and say: each has to read what the other one writes, because both are at work during an
 * upgrade and on the way back (docs/adr/0035-one-version-beside-the-next.md).
 */
export function misunderstandings(before: Shapes, now: Shapes): Misunderstandings {
  const found: Record<string, string> = {};
  for (const [name, shape] of Object.entries(now.collections)) {
    const old = before.collections[name];
    // a new collection is nobody's but ours
    if (old) Object.assign(found, ofShape(name, old, shape, true));
  }
  for (const name of Object.keys(before.collections)) {
    if (!now.collections[name]) found[name] = 'is a collection that only the version before has';
  }
  for (const [name, shape] of Object.entries(now.messages)) {
    const old = before.messages[name];
    if (old) Object.assign(found, ofShape(name, old, shape, before.lenient.includes(name)));
  }
  return found;
}

/** @param takesMore whether the version before bears fields that it does not know */
function ofShape(name: string, old: Shape, now: Shape, takesMore: boolean): Misunderstandings {
  const found: Record<string, string> = {};
  for (const [path, field] of Object.entries(old)) {
    const fault = lacking(field, now[path]);
    if (fault !== undefined) found[`${name}.${path}`] = fault;
  }
  for (const [path, field] of Object.entries(now)) {
    const place = `${name}.${path}`;
    if (old[path] || !isKnown(old, parentOf(path))) continue;
    if (field.presence !== 'optional') found[place] = 'is demanded, and the version before does not write it';
    else if (!takesMore) found[place] = 'is refused by the version before, which does not know it';
  }
  return found;
}

function lacking(old: FieldShape, now: FieldShape | undefined): string | undefined {
  if (!now)
    return old.presence === 'optional'
      ? undefined
      : 'is demanded by the version before, and not written any more';
  if (now.type !== old.type) return `is of type ${now.type}, and was of type ${old.type}`;
  if (STRENGTH[now.presence] < STRENGTH[old.presence])
    return `may be missing or null, which the version before does not bear (${old.presence})`;
  if (STRENGTH[now.presence] > STRENGTH[old.presence])
    return `is demanded (${now.presence}), and the version before may leave it out (${old.presence})`;
  return ofWords(old.words, now.words) ?? ofBounds(old.bounds, now.bounds);
}

/** A value that one of them writes and the other refuses. Of patterns only that they differ can be told. */
function ofBounds(old: FieldShape['bounds'] = {}, now: FieldShape['bounds'] = {}): string | undefined {
  const changed = [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => old[name] !== now[name])
    .map((name) => {
      const change = `${name} ${String(old[name] ?? 'none')} before, ${String(now[name] ?? 'none')} now`;
      if (name.endsWith('pattern')) return `another pattern (${change})`;
      return `${isWider(name, old[name], now[name]) ? 'wider: refused by the version before' : 'narrower: the version before may write more'} (${change})`;
    });
  return changed.length > 0 ? `is bounded otherwise: ${changed.join('; ')}` : undefined;
}

function isWider(name: string, old: number | string | undefined, now: number | string | undefined): boolean {
  if (old === undefined || now === undefined) return now === undefined;
  return /minimum|min(?:Length|Items)$/i.test(name) ? now < old : now > old;
}

function ofWords(old: readonly string[] | undefined, now: readonly string[] | undefined): string | undefined {
  const added = old && now ? now.filter((word) => !old.includes(word)) : [];
  const gone = old && now ? old.filter((word) => !now.includes(word)) : [];
  if (added.length > 0) return `has words that the version before does not know: ${added.join(', ')}`;
  if (gone.length > 0) return `has lost words that the version before writes: ${gone.join(', ')}`;
  if (old && !now) return 'takes any word, and the version before knows some only';
  if (!old && now) return 'takes some words only, and the version before writes any';
  return undefined;
}

/** The empty path is the whole. */
function parentOf(path: string): string {
  return path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
}

/** Fields of a part that is new itself come with that part. */
function isKnown(shape: Shape, path: string): boolean {
  return path === '' || shape[path] !== undefined || shape[path.replace(/\[\]$/, '')] !== undefined;
}
