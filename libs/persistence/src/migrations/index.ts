import { supersededIndexes } from './0001-superseded-indexes.js';
import { searchByIndex } from './0002-search-by-index.js';
import type { Migration } from './migration.js';

/** All that there are, in the order in which they are run. */
export const MIGRATIONS: readonly Migration[] = [supersededIndexes, searchByIndex];
