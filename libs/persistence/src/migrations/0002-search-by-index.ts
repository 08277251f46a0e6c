import { computerSchema } from '../computer.schema.js';
import { dropSuperseded } from './drop-superseded.js';
import type { Migration } from './migration.js';

/** Lists by name have what a search looks at in their indexes by now. */
export const searchByIndex: Migration = {
  name: '0002-search-by-index',
  needs: null,
  up: (context) => dropSuperseded(context, computerSchema, ['name_1__id_1', 'tenant_1_name_1__id_1']),
};
