import { domainToASCII } from 'node:url';
import { AndFilter, EqualityFilter, GreaterThanEqualsFilter, type Entry, type Filter } from 'ldapts';
import {
  importMessage,
  NO_INVENTORY,
  normaliseComputerName,
  passedOver,
  type AdOptions,
  type DirectoryCursor,
  type ImportCandidate,
  type ImportMessage,
} from '#domain';
import type { ReadRow } from '../staging/staging.js';
import type { DnsRemarks } from './dns-names.js';
import type { GroupMembers } from './group-members.js';
import { typedFilter } from './wire-filter.js';
import { bytesOf, domainOf, fileTimeOf, guidOf, numberOf, parentOf, textOf } from './directory-values.js';

/** In the directory's spelling: ldapts gives values back under the server's names. */
export const COMPUTER_ATTRIBUTES = [
  'objectGUID',
  'sAMAccountName',
  'cn',
  'dNSHostName',
  'operatingSystem',
  'operatingSystemVersion',
  'userAccountControl',
  'primaryGroupID',
  'lastLogonTimestamp',
  'pwdLastSet',
  'description',
  'location',
  'memberOf',
] as const;
/** Values that are bytes. Without being named they come as text whenever they happen to be valid UTF-8. */
export const COMPUTER_BINARY = ['objectGUID'] as const;

/** [MS-ADTS] 2.2.16: ACCOUNTDISABLE of userAccountControl. */
const DISABLED = 0x2;
/** [MS-ADTS] 6.1.1.6: primary groups of domain controllers and of those that are read-only. */
const CONTROLLERS = [516, 521];
const DAY_MS = 86_400_000;
const LONGEST = { os: 255, version: 255, description: 1024, location: 255 } as const;

/**
 * The filter that finds computers, and what the filters beside it let through. By objectCategory: group managed service
 * accounts are of class computer as well.
 *
 * @throws ImportFailure FILTER_INVALID
 */
export function computerFilter(...further: readonly (string | null | undefined)[]): Filter {
  const filters: Filter[] = [new EqualityFilter({ attribute: 'objectCategory', value: 'computer' })];
  for (const text of further) if (text?.trim()) filters.push(typedFilter(text.trim()));
  return new AndFilter({ filters });
}

/** What of a filter has changed since a cursor. */
export function changedSince(filter: Filter, cursor: DirectoryCursor | null): Filter {
  if (cursor === null) return filter;
  const value = String(cursor.usn + 1);
  const isLater = new GreaterThanEqualsFilter({ attribute: 'uSNChanged', value });
  return new AndFilter({ filters: [filter, isLater] });
}

/** Domain controllers are no computers to be managed. */
export function isController(entry: Entry): boolean {
  return CONTROLLERS.includes(numberOf(entry['primaryGroupID']) ?? 0);
}

/** Which entries of those that were found are not imported, and why. */
export interface Exclusion {
  options: AdOptions;
  include: GroupMembers | null;
  exclude: GroupMembers | null;
  /** GUIDs of objects that are names of clusters. */
  clusterNames: ReadonlySet<string>;
  now: Date;
}

/** A computer's entry as a row. */
export function readComputerEntry(
  entry: Entry,
  line: number,
  exclusion: Exclusion,
  remarks: DnsRemarks = new Map(),
): ReadRow {
  const raw = [entry.dn];
  const account = (textOf(entry['sAMAccountName']) ?? textOf(entry['cn']) ?? '').replace(/\$$/, '');
  const refuse = (message: ImportMessage): ReadRow => ({
    ok: false,
    refused: { line, name: account.slice(0, 255), messages: [message], raw },
  });
  const guid = guidOf(bytesOf(entry['objectGUID']));
  if (guid === null) return refuse(importMessage('NO_GUID', 'row.noGuid'));
  const over = passedOver({ dn: entry.dn, account, isClusterName: exclusion.clusterNames.has(guid) });
  if (over) return { ok: true, candidate: passedOverRow(entry, line, guid, account, over) };

  const dnsName = textOf(entry['dNSHostName']);
  const domain = domainOf(entry.dn);
  const named = normaliseComputerName(account, domainToASCII);
  if (!named.ok) return refuse(importMessage(named.code, named.key, named.params));
  // What a computer without a DNS name will be called when it joins (pre-staged ones have none)
  const fqdn = normaliseComputerName(dnsName ?? (domain ? `${account}.${domain}` : account), domainToASCII);
  if (!fqdn.ok) return refuse(importMessage(fqdn.code, fqdn.key, fqdn.params));
  const messages = fqdn.warnings.map(({ code, key, params }) => importMessage(code, key, params));
  const remark = remarks.get(guid);

  const text = (field: keyof typeof LONGEST, attribute: string): string | null => {
    const value = textOf(entry[attribute]);
    if (value === null || value.length <= LONGEST[field]) return value;
    messages.push(
      importMessage('VALUE_CUT', 'row.cut', { field: { key: `column.${field}` }, most: LONGEST[field] }),
    );
    return value.slice(0, LONGEST[field]);
  };
  const enabled = ((numberOf(entry['userAccountControl']) ?? 0) & DISABLED) === 0;
  const candidate: ImportCandidate = {
    line,
    name: named.name,
    hostName: fqdn.hostName,
    fqdn: fqdn.fqdn,
    guid,
    address: null,
    dp: null,
    inventory: {
      ...NO_INVENTORY,
      os: text('os', 'operatingSystem'),
      version: text('version', 'operatingSystemVersion'),
      description: text('description', 'description'),
      location: text('location', 'location'),
      ou: parentOf(entry.dn),
      enabled,
      lastLogon: fileTimeOf(entry['lastLogonTimestamp']),
    },
    messages,
    excluded: null,
    raw,
  };
  const excluded = whyExcluded(entry, candidate, exclusion);
  if (remark?.severity === 'error' && !excluded) return refuse(remark);
  return {
    ok: true,
    candidate: { ...candidate, messages: [...messages, ...(remark && !excluded ? [remark] : [])], excluded },
  };
}

/** An object that no machine stands behind: its name is shown as it is, whatever is wrong with it. */
function passedOverRow(
  entry: Entry,
  line: number,
  guid: string,
  account: string,
  excluded: ImportMessage,
): ImportCandidate {
  return {
    line,
    name: account.slice(0, 255),
    hostName: account.slice(0, 255),
    fqdn: null,
    guid,
    address: null,
    dp: null,
    inventory: NO_INVENTORY,
    messages: [],
    excluded,
    raw: [entry.dn],
  };
}

function whyExcluded(entry: Entry, candidate: ImportCandidate, exclusion: Exclusion): ImportMessage | null {
  const { options, include, exclude, now } = exclusion;
  const { enabled, os, lastLogon } = candidate.inventory;
  if (enabled === false && !options.includeDisabled) {
    return importMessage('DISABLED', 'row.disabled');
  }
  if (options.staleDays !== undefined && lastLogon !== null) {
    // The logon is up to 14 days behind ([MS-ADTS] lastLogonTimestamp), and computers renew their passwords every 30
    const renewed = fileTimeOf(entry['pwdLastSet'])?.getTime() ?? 0;
    const days = Math.floor((now.getTime() - Math.max(lastLogon.getTime(), renewed)) / DAY_MS);
    if (days > options.staleDays) return importMessage('STALE', 'row.stale', { days });
  }
  if (options.osPattern !== undefined && !patternOf(options.osPattern).test(os ?? '')) {
    return os === null
      ? importMessage('FILTERED', 'row.unknownOs', { pattern: options.osPattern })
      : importMessage('FILTERED', 'row.wrongOs', { os, pattern: options.osPattern });
  }
  if (include && !include.has(entry)) return importMessage('FILTERED', 'row.notInGroups');
  if (exclude?.has(entry)) return importMessage('FILTERED', 'row.inExcludedGroup');
  return null;
}

/** `*` stands for any text; upper and lower case are the same. */
function patternOf(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'isu');
}
