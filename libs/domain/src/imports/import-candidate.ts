import type { Inventory } from '../computers/computer.js';
import { isCutOf, mayBeSameHost, type HostNames } from '../computers/host-name.js';
import { type NameRemark, normaliseComputerName, quoted, type ToAscii } from './computer-name.js';
import { isHostAddress } from '../base/ip-address.js';
import { cellText, flagOf, optionalText } from './cell.js';
import { isHeading } from './import-header.js';
import type { ImportColumn } from './import-options.js';
import type { TextKey, TextParams } from '#texts';
import { importMessage, type ImportMessage, type ImportMessageCode } from './import-texts.js';

/** A row that names a computer, before anybody has looked whether it is known. */
export interface ImportCandidate extends HostNames {
  line: number;
  /** objectGUID with hyphens, lower case; null for files. */
  guid: string | null;
  address: string | null;
  /** The row's own DP as it was written; null when it names none. */
  dp: string | null;
  /** Null means: this import says nothing of it. */
  inventory: Inventory;
  messages: readonly ImportMessage[];
  /** Why it is not to be imported although it is in order (directories); null otherwise. */
  excluded: ImportMessage | null;
  raw: readonly string[];
  /** Of the groups that rules name those that it is in; missing when nobody has looked. */
  groups?: readonly string[];
  /** A person has said which known computer it is: its names are the computer's. */
  isSame?: true;
}

/** A row that cannot become a computer. */
export interface RefusedRow {
  line: number;
  /** What stood where the name should be, at most 255 characters. */
  name: string;
  messages: readonly ImportMessage[];
  raw: readonly string[];
}

export type RowReading = { ok: true; candidate: ImportCandidate } | { ok: false; refused: RefusedRow };

export interface RowLayout {
  columns: Partial<Record<ImportColumn, number>>;
  /** Columns that the heading has. */
  width: number;
}

export const NO_INVENTORY: Inventory = {
  os: null,
  version: null,
  description: null,
  location: null,
  ou: null,
  enabled: null,
  lastLogon: null,
};

const LONGEST = { os: 255, version: 255, description: 1024, location: 255 } as const;

/** Reads one row of a file. */
export function readRow(
  cells: readonly string[],
  line: number,
  layout: RowLayout,
  toAscii: ToAscii,
): RowReading {
  const say = (code: ImportMessageCode, key: TextKey, params: TextParams = {}): ImportMessage =>
    importMessage(code, 'row.line', { line, what: { key, params } });
  const cell = (column: ImportColumn): string => {
    const index = layout.columns[column];
    const read = column === 'name' ? cellText : optionalText;
    return index === undefined ? '' : read(cells[index] ?? '');
  };
  const shown = (cell('name') || cell('fqdn')).slice(0, 255);
  const refuse = (message: ImportMessage): RowReading => ({
    ok: false,
    refused: { line, name: shown, messages: [message], raw: cells },
  });

  if (!fits(cells, layout))
    return refuse(say('COLUMN_COUNT', 'row.columnCount', { count: cells.length, expected: layout.width }));
  if (isHeading(cells)) return refuse(say('HEADING', 'row.heading'));

  const named = inDomain(readNames(cell('name'), cell('fqdn'), toAscii), cell('domain'), toAscii);
  if (!named.ok) return refuse(say(named.code, named.key, named.params));
  const messages = named.warnings.map((w) => say(w.code, w.key, w.params));
  // a line that an unquoted line end has broken looks the same
  if (cells.length < layout.width)
    messages.push(say('CELLS_MISSING', 'row.cellsMissing', { count: cells.length, expected: layout.width }));

  const text = (column: 'os' | 'version' | 'description' | 'location'): string | null => {
    const value = cell(column);
    if (value === '') return null;
    if (isDamaged(value)) messages.push(say('VALUE_DAMAGED', 'row.damaged', { value: quoted(value) }));
    if (value.includes('ADPropertyValueCollection')) return null;
    if (value.length <= LONGEST[column]) return value;
    messages.push(say('VALUE_CUT', 'row.cut', { field: { key: `column.${column}` }, most: LONGEST[column] }));
    return value.slice(0, LONGEST[column]);
  };

  let address: string | null = cell('address') || null;
  if (address !== null && !isHostAddress(address)) {
    messages.push(say('ADDRESS_INVALID', 'row.notAddress', { value: quoted(address) }));
    address = null;
  }
  const written = cell('lastLogon');
  const lastLogon = written === '' || NEVER.has(written) ? null : dateOf(written);
  if (written !== '' && !lastLogon && !NEVER.has(written)) {
    messages.push(say('DATE_INVALID', 'row.notDate', { value: quoted(written) }));
  }
  const inventory: Inventory = {
    ...NO_INVENTORY,
    os: text('os'),
    version: text('version'),
    description: text('description'),
    location: text('location'),
    lastLogon,
    enabled: flagOf(cell('enabled')),
  };
  return {
    ok: true,
    candidate: {
      line,
      name: named.name,
      hostName: named.hostName,
      fqdn: named.fqdn,
      guid: null,
      address,
      dp: cell('dp').toLowerCase() || null,
      inventory,
      messages,
      excluded: inventory.enabled === false ? say('DISABLED', 'row.disabledInFile') : null,
      raw: cells,
    },
  };
}

/**
 * Programs leave out empty cells at the end of a row, or write more of them. What decides which computer it is, and who
 * installs it, must not be among those that are missing.
 */
function fits(cells: readonly string[], { columns, width }: RowLayout): boolean {
  if (cells.slice(width).some((cell) => cell.trim() !== '')) return false;
  return [columns.name, columns.fqdn, columns.dp].every(
    (index) => index === undefined || index < cells.length,
  );
}

type Names = ({ ok: true; warnings: NameRemark[] } & HostNames) | ({ ok: false } & NameRemark);

/** The FQDN goes before the name: the name column of an export may hold a common name of any kind. */
function readNames(nameCell: string, fqdnCell: string, toAscii: ToAscii): Names {
  const fromFqdn = fqdnCell === '' ? null : normaliseComputerName(fqdnCell, toAscii);
  if (fromFqdn && !fromFqdn.ok) return fromFqdn;
  const fromName = nameCell === '' && fromFqdn ? null : normaliseComputerName(nameCell, toAscii);
  if (!fromFqdn) {
    if (!fromName) return { ok: false, code: 'NAME_EMPTY', key: 'name.empty' };
    return fromName.ok ? { ...fromName, warnings: [...fromName.warnings] } : fromName;
  }
  const warnings = [...fromFqdn.warnings];
  if (!fromName) return { ...fromFqdn, warnings };
  const differs = !fromName.ok || !mayBeSameHost(fromName.hostName, fromFqdn.hostName);
  if (differs) {
    warnings.push({
      code: 'NAME_FQDN_MISMATCH',
      key: 'name.fqdnMismatch',
      params: { name: quoted(nameCell), fqdn: quoted(fqdnCell) },
    });
  }
  const fqdn = fromFqdn.fqdn ?? (fromName.ok && !differs ? fromName.fqdn : null);
  // a column for FQDNs that names no domain may hold what NetBIOS leaves of the name
  const isCut = fqdn === null && fromName.ok && isCutOf(fromFqdn.hostName, fromName.hostName);
  const { name, hostName } = isCut ? fromName : fromFqdn;
  return { ok: true, name, hostName, fqdn, warnings };
}

/** A DNS domain beside a name makes it an FQDN. What is none, such as a NetBIOS domain or a workgroup, names no computer. */
function inDomain(names: Names, domainCell: string, toAscii: ToAscii): Names {
  if (!names.ok || names.fqdn !== null || !domainCell.includes('.')) return names;
  const whole = normaliseComputerName(`${names.hostName}.${domainCell}`, toAscii);
  return whole.ok && whole.fqdn !== null ? { ...names, fqdn: whole.fqdn } : names;
}

/** Whether it can be seen of a value that an export has damaged it. */
function isDamaged(value: string): boolean {
  const lost = /\p{L}\?\p{L}/u.test(value) || /[\ufffd\u0080-\u009f]/.test(value);
  return lost || value.includes('ADPropertyValueCollection');
}

/** What a directory has where there was no logon, as a FILETIME. */
const NEVER: ReadonlySet<string> = new Set(['0', '9223372036854775807']);
/** The beginning of 1970 as a FILETIME: tenths of microseconds since 1601. */
const EPOCH = 116_444_736_000_000_000n;

/** ISO 8601, the German form, with or without a time, or a FILETIME; a time without a zone is UTC. */
function dateOf(text: string): Date | null {
  if (/^\d{17,18}$/.test(text)) return new Date(Number((BigInt(text) - EPOCH) / 10_000n));
  const iso =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (iso) return timeOf(iso[1], iso[2], iso[3], iso[4], iso[5], iso[6], iso[7]);
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? (\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (german) return timeOf(german[3], german[2], german[1], german[4], german[5], german[6], undefined);
  return null;
}

function timeOf(
  year = '',
  month = '',
  day = '',
  hour = '00',
  minute = '00',
  second = '00',
  zone = 'Z',
): Date | null {
  const two = (part: string): string => part.padStart(2, '0');
  const date = `${year}-${two(month)}-${two(day)}`;
  // A day that its month does not have would roll over into the next month.
  const midnight = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== date) return null;
  const time = new Date(`${date}T${two(hour)}:${minute}:${second}${zone}`);
  return Number.isNaN(time.getTime()) ? null : time;
}
