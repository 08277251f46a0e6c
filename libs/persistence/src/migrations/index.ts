import { supersededIndexes } from './0001-superseded-indexes.js';
import { searchByIndex } from './0002-search-by-index.js';
import { wholeHostNames } from './0003-whole-host-names.js';
import { searchAndFailure } from './0004-search-and-failure.js';
import type { Migration } from './migration.js';

/** All that there are, in the order in which they are run. */
export const MIGRATIONS: readonly Migration[] = [
  supersededIndexes,
  searchByIndex,
  wholeHostNames,
  searchAndFailure,
];

/** Name of the newest one, by which programs say what they store. */
export const NEWEST_MIGRATION = MIGRATIONS.at(-1)?.name ?? '';
