import { parseArgs } from 'node:util';
import {
  CSV_ENCODINGS,
  IMPORT_COLUMNS,
  type CsvDelimiter,
  type CsvEncoding,
  type ImportColumn,
  type ImportOptions,
} from '#domain';

export const HELP = `relaypoint-import: imports computers from a CSV file or an Active Directory

  relaypoint-import csv FILE --tenant T [--dp DP] [--commit]        FILE may be - for standard input
  relaypoint-import ad --directory NAME --tenant T [--dp DP] [--commit]
  relaypoint-import read ID [--columns ...] [--commit]              the same upload again, with other options
  relaypoint-import commit ID | undo ID | discard ID | status ID    a run of before

Without --commit nothing is written: every row is checked and counted, and the run's ID is told.

  --tenant T             tenant of the computers
  --dp DP                distribution point that installs them; without it the server DP does
  --commit               take the new and changed rows when the preview is there
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

Exit code: 0 all rows taken, 2 some rows rejected, 1 failed, 130 interrupted.

Examples:
  relaypoint-import csv computers.csv --tenant default --dp north                       look first
  relaypoint-import csv computers.csv --tenant default --dp north --commit --rejected rejected.csv
  relaypoint-import ad --directory headquarters --tenant default --commit --json        nightly, from cron
`;

/** How a command line is to be used was not understood. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}

interface Settings {
  url: string | undefined;
  token: string | undefined;
  state: string | undefined;
  tenant: string | undefined;
  dp: string | undefined;
  commit: boolean;
  confirmDrop: boolean;
  rejected: string | undefined;
  json: boolean;
  yes: boolean;
  options: ImportOptions;
}

export type Command = Settings &
  (
    | { kind: 'csv'; file: string }
    | { kind: 'ad'; directory: string }
    | { kind: 'read' | 'commit' | 'undo' | 'discard' | 'status'; run: string }
  );

/** @returns null when help was asked for. @throws UsageFault */
export function readCommand(args: readonly string[]): Command | null {
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
    rejected: values.rejected,
    json: values.json ?? false,
    yes: values.yes ?? false,
    options: {
      ...(values.encoding !== undefined && { encoding: encodingOf(values.encoding) }),
      ...(values.delimiter !== undefined && { delimiter: delimiterOf(values.delimiter) }),
      ...(values.header !== undefined && { header: values.header }),
      ...(values.columns !== undefined && { columns: columnsOf(values.columns) }),
      ...(values['dp-column'] !== undefined && { dpFromColumn: values['dp-column'] }),
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
        'confirm-drop': { type: 'boolean' },
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
