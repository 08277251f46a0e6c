import { ApiError } from '../api.js';

/** What the server found wrong, at the fields that it is about; the rest is for the whole form. */
export interface FormFaults {
  /** Messages by the names of fields. */
  fields: Readonly<Record<string, string>>;
  /** Null: every fault stands at a field. */
  rest: unknown;
}

const NONE: FormFaults = { fields: {}, rest: null };

/**
 * Puts each fault to the field that it names.
 *
 * @param names of the form's fields, as they are named in the request; of a path such as `scope.dps[0]` the last part that
 * is a field counts
 */
export function faultsOf(error: unknown, names: readonly string[]): FormFaults {
  if (error === null || error === undefined) return NONE;
  if (!(error instanceof ApiError) || !error.problem.errors?.length) return { fields: {}, rest: error };
  const fields: Record<string, string> = {};
  const others = error.problem.errors.filter(({ path, message }) => {
    const name = path
      .split(/[.[\]/]+/)
      .filter((part) => names.includes(part))
      .at(-1);
    if (name === undefined) return true;
    fields[name] = fields[name] === undefined ? message : `${fields[name]} ${message}`;
    return false;
  });
  const rest = others.length === 0 ? null : new ApiError({ ...error.problem, errors: others });
  return { fields, rest };
}

/** The same without what was said of one field: somebody is mending it. */
export function without({ fields, rest }: FormFaults, name: string): FormFaults {
  const { [name]: _, ...others } = fields;
  return { fields: others, rest };
}
