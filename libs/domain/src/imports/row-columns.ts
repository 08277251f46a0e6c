import type { ImportCandidate } from './import-candidate.js';
import { addressesOf, type AssignmentFacts } from './assignment-criterion.js';
import { optionalText } from './cell.js';
import { dnKey, partsOfDn } from './distinguished-name.js';
import { plain } from './import-header.js';
import { IMPORT_COLUMNS, type ImportColumn } from './import-options.js';
import { nameKey } from '../location/location-criterion.js';

/** The columns of a file, as rules and mappings name them. */
export interface RowColumns {
  /** Index from 0 of a column by its index, its heading, or what it holds; null when there is none. */
  indexOf: (column: number | string) => number | null;
  /** How the column is called: its heading, else its number from 1. */
  titleOf: (index: number) => string;
}

/** Headings of what only rules ask for, in the plain form of headings: exports of a directory have them. */
const PLACE_HEADINGS = ['distinguishedname', 'dn', 'ou', 'organizationalunit', 'organisationseinheit'];
const SITE_HEADINGS = ['adsite', 'adsitename', 'adstandort', 'activedirectorysite'];
const GROUP_HEADINGS = ['memberof', 'mitgliedvon'];

/** @param headers of the columns in their order; null where the file has no header line */
export function rowColumns(
  headers: readonly (string | null)[],
  columns: Partial<Record<ImportColumn, number>>,
): RowColumns {
  const found = new Map<string, number | null>();
  const search = (column: string): number | null => {
    const typed = column.trim().toLowerCase();
    const exact = headers.findIndex((header) => header?.trim().toLowerCase() === typed);
    if (exact >= 0) return exact;
    const key = plain(column);
    const alike = key === '' ? -1 : headers.findIndex((header) => header !== null && plain(header) === key);
    if (alike >= 0) return alike;
    const meaning = IMPORT_COLUMNS.find((one) => one.toLowerCase() === typed);
    return (meaning && columns[meaning]) ?? null;
  };
  return {
    indexOf: (column) => {
      if (typeof column === 'number') return column < headers.length ? column : null;
      let index = found.get(column);
      if (index === undefined) found.set(column, (index = search(column)));
      return index;
    },
    titleOf: (index) => headers[index] || String(index + 1),
  };
}

/** Every form of a name once: alone, and whole. */
function namesOf({ name, hostName, fqdn }: ImportCandidate): string[] {
  const forms = [name, hostName, ...(fqdn === null ? [] : [fqdn])];
  return [...new Map(forms.toReversed().map((form) => [form.toLowerCase(), form])).values()].toReversed();
}

/** What rules may ask of a row. A row of a file says more where the file is an export of a directory. */
export function assignmentFacts(row: ImportCandidate, columns: RowColumns): AssignmentFacts {
  const cell = (column: number | string): string | null => {
    const index = row.guid === null ? columns.indexOf(column) : null;
    return index === null ? null : optionalText(row.raw[index] ?? '') || null;
  };
  const first = (headings: readonly string[]): string | null => {
    for (const heading of headings) {
      const value = cell(heading);
      if (value !== null) return value;
    }
    return null;
  };
  const { fqdn, groups } = row;
  const place = row.inventory.ou ?? first(PLACE_HEADINGS);
  const members = groups ?? first(GROUP_HEADINGS)?.split(/;\s*(?=[A-Za-z]+=)/);
  return {
    names: namesOf(row),
    addresses: addressesOf(row.address ?? cell('address')),
    ou: place === null || partsOfDn(place).length === 0 ? null : dnKey(place),
    adSite: nameKey(first(SITE_HEADINGS) ?? ''),
    dnsSuffix: nameKey(fqdn?.split('.').slice(1).join('.') ?? ''),
    groups: members ? new Set(members.map(dnKey)) : null,
    cell,
  };
}
