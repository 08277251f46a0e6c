import { IMPORT_COLUMNS, type CsvOptions, type ImportColumn } from './import-run.js';

/**
 * Header names that are understood, in German and English, best first: an export of Active Directory has `Name` (the
 * common name, which may have nothing to do with the computer), `SamAccountName` and `DNSHostName` side by side.
 */
const SYNONYMS = {
  name: [
    'Computername',
    'Rechnername',
    'Hostname',
    'Gerätename',
    'PC-Name',
    'Devicename',
    'Machinename',
    'Clientname',
    'Servername',
    'Workstation name',
    'sAMAccountName',
    'NetBIOS-Name',
    'NetBIOS',
    'Computer',
    'Rechner',
    'Host',
    'Gerät',
    'Device',
    'Machine',
    'Workstation',
    'PC',
    'Name',
    'CN',
  ],
  fqdn: [
    'DNSHostName',
    'FQDN',
    'DNS-Name',
    'DNS-Hostname',
    'Fully qualified domain name',
    'Vollqualifizierter Domänenname',
    'Full computer name',
    'Vollständiger Computername',
  ],
  dp: ['DP', 'Distribution point', 'Verteilungspunkt', 'Verteilpunkt', 'Verteilerpunkt'],
  address: [
    'IP',
    'IPv4Address',
    'IP-Address',
    'IP-Adresse',
    'IPv4-Adresse',
    'IPv4',
    'IPv6Address',
    'IPv6-Adresse',
    'Address',
    'Adresse',
  ],
  description: ['Description', 'Beschreibung', 'Comment', 'Kommentar', 'Bemerkung', 'Notiz', 'Notes'],
  location: ['Location', 'Standort', 'Ort', 'Site'],
  os: ['OperatingSystem', 'Betriebssystem', 'OS'],
  version: ['OperatingSystemVersion', 'Betriebssystemversion', 'OS-Version'],
  lastLogon: ['LastLogonDate', 'LastLogon', 'LastLogonTimestamp', 'Letzte Anmeldung', 'Last logon'],
} as const satisfies Record<ImportColumn, readonly string[]>;

/** Case, blanks, punctuation, and the ways of writing umlauts make no difference. */
function plain(header: string): string {
  return header
    .normalize('NFC')
    .toLowerCase()
    .replace(/ä/g, 'ae')
    .replace(/ö/g, 'oe')
    .replace(/ü/g, 'ue')
    .replace(/ß/g, 'ss')
    .normalize('NFKD')
    .replace(/[^a-z0-9]/g, '');
}

const ranks = new Map<string, { column: ImportColumn; rank: number }>();
for (const column of IMPORT_COLUMNS) {
  for (const [rank, synonym] of SYNONYMS[column].entries()) {
    ranks.set(plain(synonym), { column, rank });
    // "Geratename": an export that lost the dots of the umlauts.
    ranks.set(plain(synonym.normalize('NFD').replace(/\p{M}/gu, '')), { column, rank });
  }
}

/** What a header says of its column; null when it is not known. */
export function columnOfHeader(header: string): ImportColumn | null {
  return ranks.get(plain(header))?.column ?? null;
}

/** The columns that the headers name. The first of two equally good ones counts. */
export function columnsOfHeader(headers: readonly string[]): Partial<Record<ImportColumn, number>> {
  const best: Partial<Record<ImportColumn, number>> = {};
  const bestRank = new Map<ImportColumn, number>();
  for (const [index, header] of headers.entries()) {
    const known = ranks.get(plain(header));
    if (!known || known.rank >= (bestRank.get(known.column) ?? Infinity)) continue;
    best[known.column] = index;
    bestRank.set(known.column, known.rank);
  }
  return best;
}

/** Two columns with the same header, numbered from 1; null when there are none. */
export function twiceInHeader(
  headers: readonly string[],
): { header: string; first: number; second: number } | null {
  const seen = new Map<string, number>();
  for (const [index, header] of headers.entries()) {
    const key = header.trim().toLowerCase();
    const first = seen.get(key);
    if (first !== undefined) return { header: header.trim(), first: first + 1, second: index + 1 };
    if (key !== '') seen.set(key, index);
  }
  return null;
}

/**
 * Applies what the request says of the columns to what was found.
 *
 * @returns the header or index that is not there, as `missing`
 */
export function chooseColumns(
  found: Partial<Record<ImportColumn, number>>,
  headers: readonly string[] | null,
  width: number,
  wanted: CsvOptions['columns'],
): { columns: Partial<Record<ImportColumn, number>> } | { missing: number | string } {
  const columns = { ...found };
  for (const column of IMPORT_COLUMNS) {
    const wish = wanted?.[column];
    if (wish === undefined) continue;
    const index = typeof wish === 'number' ? wish : indexOfHeader(headers ?? [], wish);
    if (index < 0 || index >= width) return { missing: wish };
    for (const other of IMPORT_COLUMNS) {
      if (columns[other] === index && wanted?.[other] === undefined) delete columns[other];
    }
    columns[column] = index;
  }
  return { columns };
}

function indexOfHeader(headers: readonly string[], wish: string): number {
  const exact = headers.findIndex((h) => h.trim().toLowerCase() === wish.trim().toLowerCase());
  if (exact >= 0 || plain(wish) === '') return exact;
  return headers.findIndex((h) => plain(h) === plain(wish));
}

/** For messages: what a column for the name may be called. */
export const NAME_HEADERS_SHOWN =
  'Name, Computername, Rechnername, Hostname, DNSHostName, FQDN, sAMAccountName';
