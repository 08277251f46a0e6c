import { computerSchema } from '../computer.schema.js';
import { importRowSchema } from '../import.schemas.js';
import { orderSchema } from '../order.schema.js';
import { dropSuperseded } from './drop-superseded.js';
import type { Migration } from './migration.js';

/** Indexes of version 0.1 that others serve by now, by the names that MongoDB gave them. */
const SUPERSEDED = [
  [computerSchema, ['dp.fixed_1_state_1', 'tenant_1_source.directory_1', 'openOrder.dp_1']],
  [importRowSchema, ['run_1_line_1', 'run_1_verdict_1_line_1']],
  [orderSchema, ['tenant_1_createdAt_-1', 'createdAt_-1', 'endedAt_-1', 'computer_1_createdAt_-1']],
] as const;

export const supersededIndexes: Migration = {
  name: '0001-superseded-indexes',
  needs: null,
  up: async (context) => {
    for (const [schema, names] of SUPERSEDED) await dropSuperseded(context, schema, names);
  },
};
