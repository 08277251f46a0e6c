import type { ReactNode } from 'react';
import { api, take } from '../../api.js';
import { AssignmentSteps } from './assignment-steps.js';
import { RuleExplain, type ExplainField } from './rule-explain.js';
import { assignmentFieldsOf } from './rule-explain-from.js';

type Name = 'computer' | 'address' | 'ou' | 'adSite' | 'column' | 'is';

const FIELDS: readonly ExplainField<Name>[] = [
  { name: 'computer', label: 'name', required: true },
  { name: 'address', label: 'address' },
  { name: 'ou', label: 'criterion.ou' },
  { name: 'adSite', label: 'criterion.adSite' },
  { name: 'column', label: 'criterion.column' },
  { name: 'is', label: 'criterion.columnIs' },
];

/** Asks what the rules make of a computer, and shows the reason of each. */
export function ExplainAssignment({ onClose }: { onClose: () => void }): ReactNode {
  return (
    <RuleExplain
      title="explain.assignment"
      fields={FIELDS}
      fieldsOf={assignmentFieldsOf}
      ask={(tenant, { computer = '', address, ou, adSite, column, is }) => {
        const row = {
          name: computer,
          address: address || null,
          ou: ou || null,
          adSite: adSite || null,
          ...(column && { columns: { [column]: is ?? '' } }),
        };
        return take(api.POST('/api/v1/assignment-rules/explain', { body: { tenant, row } }));
      }}
      show={(explanation) => <AssignmentSteps explanation={explanation} />}
      onClose={onClose}
    />
  );
}
