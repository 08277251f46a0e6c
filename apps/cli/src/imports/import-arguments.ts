import { parseArgs } from 'node:util';
import {
  CSV_ENCODINGS,
  IMPORT_COLUMNS,
  WITHOUT_DP,
  NAMESAKE_DECISIONS,
  type NamesakeDecision,
  type CsvDelimiter,
  type CsvEncoding,
  type ImportColumn,
  type DpId,
  type ImportOptions,
  type ValueMapping,
  type WithoutDp,
} from '#domain';
import { UsageFault } from '../terminal/usage-fault.js';

export const IMPORT_HELP = `relaypoint import: imports computers from a CSV file or an Active Directory

  relaypoint import csv FILE --tenant T [--dp DP] [--commit]        FILE may be - for standard input
  relaypoint import ad --directory NAME --tenant T [--dp DP] [--commit]
  relaypoint import read ID [--columns ...] [--commit]              the same upload again, with other options
  relaypoint import values ID [--column C]                          the values of a column, and the DP of each
  relaypoint import commit ID | undo ID | discard ID | status ID    a run of before

Without --commit nothing is written: every row is checked and counted, and the run's ID is told.

  --tenant T             tenant of the computers
  --dp DP                distribution point of rows for which nothing else chooses one
  --without-dp WHAT      what becomes of new rows without any: server (the server DP installs them), or reject
  --no-rules             do not ask the tenant's assignment rules
  --commit               take the new and changed rows when the preview is there
  --confirm-assignment   commit although rules or profile have changed since the preview
  --same-name D          what holds for rows with the name of another computer: same, or other; without it
                         they are left out
  --confirm-drop         commit although many computers known from the directory are missing
  --rejected FILE        write the rejected rows there, as CSV with the reasons
  --json                 the run as JSON on standard output, and nothing else
  --yes                  do not ask (undo)

Of a CSV file, when detection is wrong:
  --encoding E           ${CSV_ENCODINGS.join(', ')}
  --delimiter D          ";", ",", "|" or tab
  --header, --no-header  whether the first line names the columns
  --columns C            which column is which: name=Hostname,address=3 (a header, or a number from 0)
                         ${IMPORT_COLUMNS.join(', ')}
  --no-dp-column         do not take the DP from a column of the file
  --profile NAME         read it by this profile of the tenant; by default the one for its headings
  --no-profile           by none
  --map VALUE=DP         rows with this value go to this DP; =server and =reject are understood, too; several times
  --map-column C         the column whose values --map means (a header, or a number from 0); default: dp

Of a directory; each DN option may come several times:
  --base DN              search there instead of in all of the directory's bases
  --filter FILTER        LDAP filter, beside that of the directory: (operatingSystem=Windows*)
  --include-group DN     members only, also those of groups within it
  --exclude-group DN     no members of it
  --no-nested            groups within groups do not count
  --os PATTERN           such as "Windows 1*"
  --stale-days N         leave out what has not been seen for N days
  --include-disabled     take disabled computers as well

Of the server (default: what a running "npm start" wrote to dev.json in its state folder):
  --url URL              or RELAYPOINT_URL; such as https://relaypoint.example.com
  --token TOKEN          or RELAYPOINT_TOKEN, which other users of this machine cannot see; an API token
  --state DIR            or RELAYPOINT_STATE; the state folder, .relaypoint

Exit code: 0 all rows taken, 2 some rows rejected, 3 not committed because rows have no DP (see --without-dp),
           1 failed, 130 interrupted.

Examples:
  relaypoint import csv computers.csv --tenant default --dp north                       look first
  relaypoint import csv computers.csv --tenant default --dp north --commit --rejected rejected.csv
  relaypoint import csv computers.csv --tenant default --profile inventory --commit     its DPs by their values
  relaypoint import ad --directory headquarters --tenant default --commit --json        nightly, by assignment rules
`;

interface Settings {
  url: string | undefined;
  token: string | undefined;
  state: string | undefined;
  tenant: string | undefined;
  dp: string | undefined;
  commit: boolean;
  confirmDrop: boolean;
  confirmAssignment: boolean;
  withoutDp: WithoutDp | undefined;
  /** Name or id; null: none. */
  profile: string | null | undefined;
  sameName: NamesakeDecision | undefined;
  rejected: string | undefined;
  json: boolean;
  yes: boolean;
  options: ImportOptions;
}

export type Command = Settings &
  (
    | { kind: 'csv'; file: string }
    | { kind: 'ad'; directory: string }
    | { kind: 'values'; run: string; column: string | undefined }
    | { kind: 'read' | 'commit' | 'undo' | 'discard' | 'status'; run: string }
  );

/** @returns null when help was asked for. @throws UsageFault */
export function readImport(args: readonly string[]): Command | null {
  const { values, positionals } = parsed(args);
  if (values.help) return null;
  const [kind, target, ...rest] = positionals;
  if (rest.length > 0) throw new UsageFault(`"${rest.join(' ')}" is too much`);
  const settings: Settings = {
    url: values.url,
    token: values.token,
    state: values.state,
    tenant: values.tenant,
    dp: values.dp,
    commit: values.commit ?? false,
    confirmDrop: values['confirm-drop'] ?? false,
    confirmAssignment: values['confirm-assignment'] ?? false,
    withoutDp: values['without-dp'] === undefined ? undefined : withoutDpOf(values['without-dp']),
    profile: profileOf(values),
    sameName: values['same-name'] === undefined ? undefined : sameNameOf(values['same-name']),
    rejected: values.rejected,
    json: values.json ?? false,
    yes: values.yes ?? false,
    options: {
      ...(values.encoding !== undefined && { encoding: encodingOf(values.encoding) }),
      ...(values.delimiter !== undefined && { delimiter: delimiterOf(values.delimiter) }),
      ...(values.header !== undefined && { header: values.header }),
      ...(values.columns !== undefined && { columns: columnsOf(values.columns) }),
      ...(values['dp-column'] !== undefined && { dpFromColumn: values['dp-column'] }),
      ...(values['without-dp'] !== undefined && { withoutDp: withoutDpOf(values['without-dp']) }),
      ...(values.rules !== undefined && { assignmentRules: values.rules }),
      ...(values.map !== undefined && { mapping: mappingOf(values.map, values['map-column'] ?? 'dp') }),
      ...(values.base !== undefined && { bases: values.base }),
      ...(values.filter !== undefined && { filter: values.filter }),
      ...(values['include-group'] !== undefined && { includeGroups: values['include-group'] }),
      ...(values['exclude-group'] !== undefined && { excludeGroups: values['exclude-group'] }),
      ...(values.nested !== undefined && { nested: values.nested }),
      ...(values.os !== undefined && { osPattern: values.os }),
      ...(values['stale-days'] !== undefined && { staleDays: daysOf(values['stale-days']) }),
      ...(values['include-disabled'] && { includeDisabled: true }),
    },
  };
  switch (kind) {
    case 'csv':
      if (!target) throw new UsageFault('csv needs a FILE, or - for standard input');
      needTenant(settings);
      return { ...settings, kind, file: target };
    case 'ad':
      if (target !== undefined || !values.directory) throw new UsageFault('ad needs --directory NAME');
      needTenant(settings);
      return { ...settings, kind, directory: values.directory };
    case 'values':
      if (!target) throw new UsageFault('values needs the ID of a run');
      return { ...settings, kind, run: target, column: values.column };
    case 'read':
    case 'commit':
    case 'undo':
    case 'discard':
    case 'status':
      if (!target) throw new UsageFault(`${kind} needs the ID of a run`);
      return { ...settings, kind, run: target };
    default:
      throw new UsageFault(kind === undefined ? 'a command is missing' : `there is no command "${kind}"`);
  }
}

function sameNameOf(text: string): NamesakeDecision {
  const decision = NAMESAKE_DECISIONS.find((one) => one === text);
  if (!decision) throw new UsageFault(`--same-name is ${NAMESAKE_DECISIONS.join(' or ')}, not "${text}"`);
  return decision;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        url: { type: 'string' },
        token: { type: 'string' },
        state: { type: 'string' },
        tenant: { type: 'string' },
        dp: { type: 'string' },
        directory: { type: 'string' },
        commit: { type: 'boolean' },
        'same-name': { type: 'string' },
        'confirm-drop': { type: 'boolean' },
        'confirm-assignment': { type: 'boolean' },
        'without-dp': { type: 'string' },
        profile: { type: 'string' },
        rules: { type: 'boolean' },
        map: { type: 'string', multiple: true },
        'map-column': { type: 'string' },
        column: { type: 'string' },
        rejected: { type: 'string' },
        json: { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        help: { type: 'boolean', short: 'h' },
        encoding: { type: 'string' },
        delimiter: { type: 'string' },
        header: { type: 'boolean' },
        columns: { type: 'string' },
        'dp-column': { type: 'boolean' },
        base: { type: 'string', multiple: true },
        filter: { type: 'string' },
        'include-group': { type: 'string', multiple: true },
        'exclude-group': { type: 'string', multiple: true },
        nested: { type: 'boolean' },
        os: { type: 'string' },
        'stale-days': { type: 'string' },
        'include-disabled': { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageFault(error instanceof Error ? error.message : String(error));
  }
}

function needTenant({ tenant }: Settings): void {
  if (!tenant) throw new UsageFault('--tenant is missing');
}

function encodingOf(text: string): CsvEncoding {
  const found = CSV_ENCODINGS.find((encoding) => encoding === text);
  if (!found) throw new UsageFault(`--encoding is one of ${CSV_ENCODINGS.join(', ')}`);
  return found;
}

function daysOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageFault('--stale-days is a number of days');
  return Number(text);
}

const DELIMITERS: Readonly<Record<string, CsvDelimiter>> = {
  ';': ';',
  ',': ',',
  '|': '|',
  '\t': '\t',
  '\\t': '\t',
  tab: '\t',
};

function delimiterOf(text: string): CsvDelimiter {
  const found = DELIMITERS[text];
  if (!found) throw new UsageFault('--delimiter is one of ; , | tab');
  return found;
}

/** `--no-profile` comes as false, which the types of Node do not know of an option with a value. */
function profileOf({ profile }: { profile?: unknown }): string | null | undefined {
  if (profile === undefined) return undefined;
  return typeof profile === 'string' ? profile : null;
}

function withoutDpOf(text: string): WithoutDp {
  const found = WITHOUT_DP.find((one) => one === text);
  if (!found) throw new UsageFault(`--without-dp is one of ${WITHOUT_DP.join(', ')}`);
  return found;
}

/** `value=dp`; the last sign of equality counts, because values may have some of their own. */
function mappingOf(pairs: readonly string[], column: string): ValueMapping {
  const values = pairs.map((pair) => {
    const at = pair.lastIndexOf('=');
    const [value, wanted] = [
      pair.slice(0, at).trim(),
      pair
        .slice(at + 1)
        .trim()
        .toLowerCase(),
    ];
    if (at < 0 || value === '' || wanted === '') {
      throw new UsageFault(`--map: "${pair}" is not like "North=north-site"`);
    }
    if (wanted === 'reject' || wanted === 'server') return { value, target: wanted, dp: null } as const;
    return { value, target: 'dp', dp: wanted as DpId } as const;
  });
  return { column: /^\d+$/.test(column) ? Number(column) : column, values };
}

function columnsOf(text: string): Partial<Record<ImportColumn, number | string>> {
  const pairs = text.split(',').map((part): [ImportColumn, number | string] => {
    const at = part.indexOf('=');
    const column = IMPORT_COLUMNS.find((one) => one === part.slice(0, at).trim());
    const where = part.slice(at + 1).trim();
    if (at < 0 || !column || where === '') {
      throw new UsageFault(`--columns: "${part}" is not like name=2 or name=Hostname`);
    }
    return [column, /^\d+$/.test(where) ? Number(where) : where];
  });
  return Object.fromEntries(pairs);
}
