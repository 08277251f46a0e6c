/** A field of what an entry tells of, before and after; what was not there is undefined. */
export interface FieldChange {
  /** Of nested fields with dots between. */
  field: string;
  old: unknown;
  now: unknown;
  changed: boolean;
}

/** Each field before and after; nested ones are fields of their own, lists are values. */
export function changesOf(before: unknown, after: unknown): FieldChange[] {
  const [old, now] = [flat(before), flat(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  return Array.from(names, (field) => {
    const [was, is] = [old.get(field), now.get(field)];
    return { field, old: was, now: is, changed: JSON.stringify(was ?? null) !== JSON.stringify(is ?? null) };
  });
}

function flat(value: unknown, path = ''): Map<string, unknown> {
  if (!isRecord(value)) return new Map(path === '' ? [] : [[path, value]]);
  const fields = Object.entries(value);
  if (fields.length === 0 && path !== '') return new Map([[path, undefined]]);
  return new Map(fields.flatMap(([name, one]) => [...flat(one, path === '' ? name : `${path}.${name}`)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
