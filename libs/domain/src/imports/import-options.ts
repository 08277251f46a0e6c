import type { ImportProfileId } from '../base/ids.js';
import type { ValueMapping, WithoutDp } from './chosen-dp.js';

/** What a column of a file can hold. */
export const IMPORT_COLUMNS = [
  'name',
  'fqdn',
  'domain',
  'dp',
  'address',
  'description',
  'location',
  'os',
  'version',
  'lastLogon',
  'enabled',
] as const;
export type ImportColumn = (typeof IMPORT_COLUMNS)[number];

export const CSV_ENCODINGS = [
  'utf-8',
  'utf-8-bom',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'cp850',
  'macintosh',
] as const;
export type CsvEncoding = (typeof CSV_ENCODINGS)[number];

export const CSV_DELIMITERS = [';', ',', '\t', '|'] as const;
export type CsvDelimiter = (typeof CSV_DELIMITERS)[number];

/** What overrides detection when a file is read. */
export interface CsvOptions {
  encoding?: CsvEncoding;
  delimiter?: CsvDelimiter;
  header?: boolean;
  /** Index from 0, or the header's text. */
  columns?: Partial<Record<ImportColumn, number | string>>;
  /** Whether the file's DP column counts. Default: yes when there is one. A row's DP goes before the run's. */
  dpFromColumn?: boolean;
  /** Which DP rows get by the values of a column; goes before everything else that chooses. */
  mapping?: ValueMapping;
  /** A profile of the tenant; null: none. Default: the one that was made for a file with these headings. */
  profile?: ImportProfileId | null;
  /** What becomes of new rows for which nothing chooses a DP. Default: the commit asks. */
  withoutDp?: WithoutDp;
  /** Whether the tenant's assignment rules are asked. Default true. */
  assignmentRules?: boolean;
}

/** What an import from a directory takes. */
export interface AdOptions {
  /** Default: the bases of the directory. */
  bases?: readonly string[];
  /** ANDed with the directory's own filter. */
  filter?: string;
  /** Distinguished names of groups. */
  includeGroups?: readonly string[];
  excludeGroups?: readonly string[];
  /** Groups within groups count too. Default true. */
  nested?: boolean;
  /** Such as `Windows 1*`; `*` stands for any text. */
  osPattern?: string;
  /** Days without a logon after which a computer is `excluded`. Default: never. */
  staleDays?: number;
  /** Take disabled computers as well. Default false: they are `excluded`. */
  includeDisabled?: boolean;
  /** Take the import although more than {@link DROP_LIMIT} of the known computers are missing. */
  confirmDrop?: boolean;
}

export type ImportOptions = CsvOptions & AdOptions;

/** Share of the known computers that may be missing before an import needs `confirmDrop`. */
export const DROP_LIMIT = 0.3;
