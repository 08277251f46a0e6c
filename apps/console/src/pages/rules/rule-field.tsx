import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ApiError, take } from '../../api.js';
import type { Field } from '../../forms/form-fields.js';
import { text } from '../../texts.js';
import { RuleBuilder } from './rule-builder.js';
import { conditionOf, rowsOf, type RuleRows } from './rule-rows.js';

type Fault = { path: string; message: string };

/**
 * The condition of a rule as a field of a dialog: rows where it can be shown as rows, else JSON.
 *
 * @param criteria that may be asked, by their names in the API
 * @param before null for a new rule
 * @returns the field, and what gives a call the condition that was put together and keeps what the server finds wrong with it
 */
export function useConditionField<Condition extends object>(
  criteria: readonly string[],
  before: Condition | null,
): {
  field: Field;
  saving: <Saved>(typed: string, save: (when: Condition) => Promise<Saved>) => Promise<Saved>;
} {
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const suggestions = useSuggestions(criteria.includes('ou'));
  const first: RuleRows = {
    match: 'all',
    groups: [[{ field: criteria[0] ?? '', negated: false, value: '', column: '' }]],
  };
  const rows = before === null ? first : rowsOf(before);
  const field: Field =
    rows === null
      ? {
          name: 'when',
          label: 'condition.json',
          kind: 'area',
          hint: 'hint.condition',
          initial: JSON.stringify(before, null, 2),
        }
      : {
          name: 'when',
          label: 'condition',
          kind: 'own',
          initial: JSON.stringify(rows),
          render: ({ value, error, onChange }) => (
            <RuleBuilder
              fields={criteria}
              rows={JSON.parse(value) as RuleRows}
              onChange={(now) => onChange(JSON.stringify(now))}
              faults={error === undefined ? [] : faults}
              suggestions={suggestions}
            />
          ),
        };
  const saving = async <Saved,>(typed: string, save: (when: Condition) => Promise<Saved>): Promise<Saved> => {
    const when = rows === null ? parsed(typed) : conditionOf(JSON.parse(typed) as RuleRows).when;
    try {
      return await save(when as Condition);
    } catch (error) {
      const found = error instanceof ApiError ? (error.problem.errors ?? []) : [];
      setFaults(found.filter(({ path }) => /^when\b/.test(path)));
      throw error;
    }
  };
  return { field, saving };
}

/** @throws ApiError when it is no JSON */
function parsed(typed: string): unknown {
  try {
    return JSON.parse(typed);
  } catch (error) {
    const detail = `${text('condition.notJson')} ${(error as Error).message}`;
    throw new ApiError({ type: 'about:blank', title: '', status: 400, code: 'VALIDATION_FAILED', detail });
  }
}

/** What directories and the last imports have: bases and groups, and the headings of files. */
function useSuggestions(isWanted: boolean): Readonly<Record<string, readonly string[]>> {
  const query = { limit: 50 };
  const directories = useQuery({
    queryKey: ['directories', 'all'],
    queryFn: () => take(api.GET('/api/v1/directories', { params: { query: { limit: 500 } } })),
    enabled: isWanted,
  });
  const imports = useQuery({
    queryKey: ['imports', 'headings'],
    queryFn: () => take(api.GET('/api/v1/imports', { params: { query } })),
    enabled: isWanted,
  });
  const headings = (imports.data?.items ?? []).flatMap(({ columns }) =>
    columns.flatMap(({ header }) => (header === null ? [] : [header])),
  );
  const all = directories.data?.items ?? [];
  return {
    column: [...new Set(headings)],
    ou: [...new Set(all.flatMap(({ bases }) => bases))],
    group: [...new Set(all.flatMap(({ options }) => options.includeGroups ?? []))],
  };
}
